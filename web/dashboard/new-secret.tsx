import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ShareField } from "../watch/share-field.tsx";
import { useDashboard } from "./context.ts";
import { Dialog, Fault, formOf, useDoing } from "./parts.tsx";

interface NewSecretProps<T> {
  readonly title: string;
  readonly path: string;
  readonly body: (form: HTMLFormElement) => object;
  readonly secretOf: (made: T) => string;
  readonly onMade: () => void;
  readonly children: ComponentChildren;
}

/** A button, its dialog, and then the secret: once. */
export function NewSecret<T>({ title, path, body, secretOf, onMade, children }: NewSecretProps<T>) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [open, setOpen] = useState(false);
  const [secret, setSecret] = useState("");
  const make = (event: SubmitEvent): void => {
    const asked = body(formOf(event));
    doing.run(
      () => api.send<T>("POST", path, asked),
      (made) => {
        setSecret(secretOf(made));
        onMade();
      },
    );
  };
  return (
    <>
      <button
        class="button small"
        type="button"
        onClick={() => {
          setSecret("");
          setOpen(true);
        }}
      >
        {title}
      </button>
      {open && (
        <Dialog title={title} onClose={() => setOpen(false)}>
          {secret === "" ? (
            <form class="stack" onSubmit={make}>
              {children}
              <Fault text={doing.fault} />
              <p class="dialog-actions">
                <button class="button primary" type="submit" disabled={doing.busy}>
                  Create
                </button>
              </p>
            </form>
          ) : (
            <div class="secret">
              <ShareField
                label="Secret"
                value={secret}
                lines={Math.min(6, secret.split("\n").length)}
                note="Shown this once."
              />
            </div>
          )}
        </Dialog>
      )}
    </>
  );
}
