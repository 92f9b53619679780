// Where a webhook is and what it is told: to be made, or changed. And the secret that signs.
import { useState } from "preact/hooks";
import type { Result } from "#workers/result.ts";
import type { Webhook } from "#workers/webhooks/contract.ts";
import type { Refusal } from "../api.ts";
import { ShareField } from "../watch/share-field.tsx";
import { useDashboard } from "./context.ts";
import { Dialog, Fault, Field, formOf, textOf, useDoing } from "./parts.tsx";

interface WebhookDialogProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const basePath = "/v1/webhooks";
const pathOf = ({ id }: Webhook): string => `${basePath}/${encodeURIComponent(id)}`;

export function NewWebhook({ onDone, onClose }: WebhookDialogProps) {
  const { api } = useDashboard();
  const [secret, setSecret] = useState("");
  return (
    <Dialog title={secret === "" ? "New webhook" : "Its secret"} onClose={onClose}>
      {secret === "" ? (
        <WebhookForm<{ secret: string }>
          hook={null}
          label="Create webhook"
          ask={(body) => api.send("POST", basePath, body)}
          onDone={(made) => {
            setSecret(made.secret);
            onDone();
          }}
        />
      ) : (
        <Secret secret={secret} />
      )}
    </Dialog>
  );
}

export function EditWebhook({ hook, onDone, onClose }: WebhookDialogProps & { hook: Webhook }) {
  const { api } = useDashboard();
  return (
    <Dialog title="Change this webhook" onClose={onClose}>
      <WebhookForm
        hook={hook}
        label="Save"
        ask={(body) => api.send("PATCH", pathOf(hook), body)}
        onDone={onDone}
      />
    </Dialog>
  );
}

interface WebhookFormProps<T> {
  readonly hook: Webhook | null;
  readonly label: string;
  readonly ask: (body: object) => Promise<Result<T, Refusal>>;
  readonly onDone: (answer: T) => void;
}

function WebhookForm<T>({ hook, label, ask, onDone }: WebhookFormProps<T>) {
  const doing = useDoing();
  const submit = (event: SubmitEvent): void => {
    const form = formOf(event);
    const events = textOf(form, "events")
      .split(/[\s,]+/)
      .filter((name) => name !== "");
    const body = { url: textOf(form, "url"), description: textOf(form, "description"), events };
    doing.run(() => ask(body), onDone);
  };
  return (
    <form class="stack" onSubmit={submit}>
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
      <Fault text={doing.fault} />
      <p class="dialog-actions">
        <button class="button primary" type="submit" disabled={doing.busy}>
          {label}
        </button>
      </p>
    </form>
  );
}

export function RotateSecret({ hook, onDone, onClose }: WebhookDialogProps & { hook: Webhook }) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [secret, setSecret] = useState("");
  const rotate = (event: SubmitEvent): void => {
    const overlapSeconds = Math.round(Number(textOf(formOf(event), "hours")) * 3600);
    doing.run(
      () => api.send<{ secret: string }>("POST", `${pathOf(hook)}/rotate`, { overlapSeconds }),
      (rotated) => {
        setSecret(rotated.secret);
        onDone();
      },
    );
  };
  return (
    <Dialog title={secret === "" ? "Rotate the secret" : "Its new secret"} onClose={onClose}>
      {secret === "" ? (
        <form class="stack" onSubmit={rotate}>
          <Field
            label="The old one signs too, for"
            hint="Hours until your endpoint has the new one; 168 at most."
          >
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
              Make a new secret
            </button>
          </p>
        </form>
      ) : (
        <Secret secret={secret} />
      )}
    </Dialog>
  );
}

function Secret({ secret }: { secret: string }) {
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
