// The few things that pages of the dashboard are made of.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Result } from "#workers/result.ts";
import type { Refusal } from "../api.ts";
import { formatWhen } from "../design/format.ts";
import { refusalWords } from "./refusal-words.ts";

export function PageHead({ title, children }: { title: string; children?: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Sluice`;
  }, [title]);
  return (
    <header class="page-head">
      <h1>{title}</h1>
      {children !== undefined && <div class="page-actions">{children}</div>}
    </header>
  );
}

interface SectionProps {
  readonly title: string;
  readonly about?: string;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Section({ title, about, actions, children }: SectionProps) {
  const id = useId();
  return (
    <section class="panel" aria-labelledby={id}>
      <div class="panel-head">
        <div>
          <h2 id={id}>{title}</h2>
          {about !== undefined && <p class="soft">{about}</p>}
        </div>
        {actions}
      </div>
      {children}
    </section>
  );
}

export function When({ at }: { at: string | null }) {
  if (at === null) return <span class="soft">never</span>;
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {formatWhen(at, Date.now())}
    </time>
  );
}

/** In a list of the class `figures`. */
export function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** What a button has begun: whether it runs, and why it was refused. */
export interface Doing {
  readonly busy: boolean;
  readonly fault: string;
  readonly run: <T>(ask: () => Promise<Result<T, Refusal>>, then: (value: T) => void) => void;
}

export function useDoing(): Doing {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const run: Doing["run"] = (ask, then) => {
    setBusy(true);
    setFault("");
    void ask().then((answer) => {
      setBusy(false);
      if (answer.ok) then(answer.value);
      else setFault(refusalWords(answer.reason));
    });
  };
  return { busy, fault, run };
}

export function Fault({ text }: { text: string }) {
  return (
    <p class="message" role="alert" hidden={text === ""}>
      {text}
    </p>
  );
}

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Modal: the browser keeps the focus inside, and Escape closes it. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button
          class="button small quiet"
          type="button"
          aria-label="Close"
          onClick={() => dialog.current?.close()}
        >
          ✕
        </button>
      </div>
      {children}
    </dialog>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  readonly label: string;
  readonly ask: () => Promise<Result<unknown, Refusal>>;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** What can't be undone is asked twice. */
export function Confirm({ title, text, label, ask, onDone, onClose }: ConfirmProps) {
  const doing = useDoing();
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <Fault text={doing.fault} />
      <p class="dialog-actions">
        <button class="button" type="button" onClick={onClose}>
          Keep it
        </button>
        <button
          class="button danger"
          type="button"
          disabled={doing.busy}
          onClick={() => doing.run(ask, onDone)}
        >
          {label}
        </button>
      </p>
    </Dialog>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly children: (ids: { id: string; "aria-describedby": string }) => ComponentChildren;
}

export function Field({ label, hint = "", children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": `${id}-hint` })}
      <p id={`${id}-hint`} class="hint" hidden={hint === ""}>
        {hint}
      </p>
    </div>
  );
}

/** The text of a field of a form; empty where it is not there. */
export function textOf(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === "string" ? value.trim() : "";
}

export function formOf(event: SubmitEvent): HTMLFormElement {
  event.preventDefault();
  if (!(event.currentTarget instanceof HTMLFormElement)) throw new Error("A form is submitted");
  return event.currentTarget;
}
