// Making a webhook, changing it, and giving it another secret.
import { useState } from "preact/hooks";
import type { Webhook } from "#workers/webhooks/contract.ts";
import { ShareField } from "../watch/share-field.tsx";
import { useDashboard } from "./context.ts";
import { Dialog, Fault, Field, formOf, textOf, useDoing } from "./parts.tsx";

/** Of the form below. */
function webhookIn(event: SubmitEvent) {
  const form = formOf(event);
  const events = textOf(form, "events")
    .split(/[\s,]+/)
    .filter((name) => name !== "");
  return { url: textOf(form, "url"), description: textOf(form, "description"), events };
}

function WebhookFields({ hook }: { hook: Webhook | null }) {
  return (
    <>
      <Field label="URL">
        {(ids) => (
          <input
            {...ids}
            name="url"
            type="url"
            required
            placeholder="https://example.com/hooks/sluice"
            defaultValue={hook?.url ?? ""}
          />
        )}
      </Field>
      <Field label="Events" hint="With commas between: video.ready, upload.*, or * for all.">
        {(ids) => <input {...ids} name="events" required defaultValue={hook?.events.join(", ") ?? "*"} />}
      </Field>
      <Field label="Description">
        {(ids) => (
          <input {...ids} name="description" maxLength={200} defaultValue={hook?.description ?? ""} />
        )}
      </Field>
    </>
  );
}

function SigningSecret({ secret }: { secret: string }) {
  return (
    <div class="secret">
      <ShareField
        label="Signing secret"
        value={secret}
        note="Shown this once. Give it to a Standard Webhooks library in your application."
      />
    </div>
  );
}

export function NewWebhook({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [secret, setSecret] = useState("");
  const make = (event: SubmitEvent): void => {
    const body = webhookIn(event);
    doing.run(
      () => api.send<{ secret: string }>("POST", "/v1/webhooks", body),
      (made) => {
        setSecret(made.secret);
        onMade();
      },
    );
  };
  return (
    <Dialog title={secret === "" ? "New webhook" : "Its secret"} onClose={onClose}>
      {secret === "" ? (
        <form class="stack" onSubmit={make}>
          <WebhookFields hook={null} />
          <Fault text={doing.fault} />
          <p class="dialog-actions">
            <button class="button primary" type="submit" disabled={doing.busy}>
              Create webhook
            </button>
          </p>
        </form>
      ) : (
        <SigningSecret secret={secret} />
      )}
    </Dialog>
  );
}

interface EditWebhookProps {
  readonly path: string;
  readonly hook: Webhook;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function EditWebhook({ path, hook, onDone, onClose }: EditWebhookProps) {
  const { api } = useDashboard();
  const doing = useDoing();
  return (
    <Dialog title="Edit webhook" onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          const change = webhookIn(event);
          doing.run(() => api.send("PATCH", path, change), onDone);
        }}
      >
        <WebhookFields hook={hook} />
        <Fault text={doing.fault} />
        <p class="dialog-actions">
          <button class="button primary" type="submit" disabled={doing.busy}>
            Save
          </button>
        </p>
      </form>
    </Dialog>
  );
}

export function NewSecret({ path, onClose }: { path: string; onClose: () => void }) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [secret, setSecret] = useState("");
  const rotate = (event: SubmitEvent): void => {
    const overlapSeconds = Math.round(Number(textOf(formOf(event), "hours")) * 3600);
    doing.run(
      () => api.send<{ secret: string }>("POST", `${path}/rotate`, { overlapSeconds }),
      (made) => setSecret(made.secret),
    );
  };
  return (
    <Dialog title={secret === "" ? "Give it a new secret?" : "Its secret"} onClose={onClose}>
      {secret === "" ? (
        <form class="stack" onSubmit={rotate}>
          <Field label="Overlap" hint="Hours in which the former secret signs too.">
            {(ids) => (
              <input
                {...ids}
                name="hours"
                type="number"
                min={0}
                max={168}
                step="any"
                required
                defaultValue="24"
              />
            )}
          </Field>
          <Fault text={doing.fault} />
          <p class="dialog-actions">
            <button class="button primary" type="submit" disabled={doing.busy}>
              Make the secret
            </button>
          </p>
        </form>
      ) : (
        <SigningSecret secret={secret} />
      )}
    </Dialog>
  );
}
