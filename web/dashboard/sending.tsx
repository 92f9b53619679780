// A file on its way to a video that is there: asked for, sent by tus, and arrived or refused.
import { useEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import type { CreatedUpload } from "#workers/uploads/contract.ts";
import { formatBytes } from "../design/format.ts";
import { Transfer } from "../upload/transfer.ts";
import { useDashboard } from "./context.ts";
import { Fault, useDoing } from "./parts.tsx";
import { refusalWords } from "./refusal-words.ts";

type State =
  | { readonly kind: "nothing" }
  | { readonly kind: "sending"; readonly file: File; readonly sentBytes: number }
  | { readonly kind: "arrived" }
  | { readonly kind: "failed"; readonly fault: string };

export interface Sending {
  readonly state: State;
  readonly busy: boolean;
  readonly fault: string;
  /** `wanted` is the body of `POST /v1/uploads`, but for the file's name and size. */
  readonly send: (form: HTMLFormElement, wanted: object) => void;
  readonly cancel: () => void;
}

export function useSending(onArrived: () => void): Sending {
  const { api } = useDashboard();
  const doing = useDoing();
  const [state, setState] = useState<State>({ kind: "nothing" });
  const transfer = useRef<Transfer | null>(null);
  useEffect(() => () => void transfer.current?.pause(), []);
  const begin = (file: File, url: string): void => {
    setState({ kind: "sending", file, sentBytes: 0 });
    transfer.current = new Transfer(
      file,
      { kind: "made", url },
      {
        onProgress: (sentBytes) => setState({ kind: "sending", file, sentBytes }),
        onFinished: () => {
          setState({ kind: "arrived" });
          onArrived();
        },
        onFailed: (refusal) => setState({ kind: "failed", fault: refusalWords(refusal) }),
      },
    );
    void transfer.current.start();
  };
  return {
    state,
    busy: doing.busy,
    fault: state.kind === "failed" ? state.fault : doing.fault,
    send: (form, wanted) => {
      const file = new FormData(form).get("file");
      if (!(file instanceof File) || file.size === 0) return;
      doing.run(
        () =>
          api.send<CreatedUpload>("POST", "/v1/uploads", {
            ...wanted,
            sizeBytes: file.size,
            fileName: file.name,
          }),
        ({ url }) => {
          form.reset();
          begin(file, url);
        },
      );
    },
    cancel: () => {
      void transfer.current?.cancel();
      setState({ kind: "nothing" });
    },
  };
}

/** The form until a file is on its way, and how far it is. */
export function SendingFile({ of, children }: { of: Sending; children: ComponentChildren }) {
  const { state } = of;
  return (
    <>
      {state.kind === "sending" ? (
        <p class="line">
          <span class="grow">{state.file.name}</span>
          <progress max={state.file.size} value={state.sentBytes} aria-label="Sent" />
          <span class="soft">{`${formatBytes(state.sentBytes)} of ${formatBytes(state.file.size)}`}</span>
          <button class="button small" type="button" onClick={of.cancel}>
            Cancel
          </button>
        </p>
      ) : (
        children
      )}
      <p class="soft" role="status">
        {state.kind === "arrived" ? "The file has arrived." : ""}
      </p>
      <Fault text={of.fault} />
    </>
  );
}
