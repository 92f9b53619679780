import { useState } from "preact/hooks";
import type { Webhook } from "#workers/webhooks/contract.ts";
import { ShareField } from "../watch/share-field.tsx";
import { useDashboard } from "./context.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { Dialog, Fault, Field, formOf, PageHead, textOf, useDoing } from "./parts.tsx";
import { addressOf } from "./route.ts";

export function WebhooksPage() {
  const { api } = useDashboard();
  const path = "/v1/webhooks?limit=100";
  const loaded = useLoaded<{ data: readonly Webhook[] }>(path, (signal) => api.get(path, signal));
  const [making, setMaking] = useState(false);
  return (
    <>
      <PageHead title="Webhooks">
        <button class="button primary" type="button" onClick={() => setMaking(true)}>
          New webhook
        </button>
      </PageHead>
      <Shown of={loaded} rows={3}>
        {({ data }) =>
          data.length === 0 ? (
            <Nothing title="No webhooks yet">
              <p>Your application is told of every video, upload and job as it changes.</p>
            </Nothing>
          ) : (
            <ul class="rows-list">
              {data.map((hook) => (
                <li key={hook.id} class="video-row">
                  <div class="grow">
                    <a class="name" href={addressOf({ page: "webhook", webhookId: hook.id })}>
                      {hook.url}
                    </a>
                    <p class="meta">
                      <span>{hook.events.join(", ")}</span>
                      {hook.description !== "" && <span>{hook.description}</span>}
                    </p>
                  </div>
                  <HookPill hook={hook} />
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
      {making && <NewWebhook onMade={loaded.reload} onClose={() => setMaking(false)} />}
    </>
  );
}

export function HookPill({ hook }: { hook: Webhook }) {
  if (!hook.enabled) return <span class="pill">Off</span>;
  return hook.failingSince === null ? (
    <span class="pill good">On</span>
  ) : (
    <span class="pill bad">Failing</span>
  );
}

function NewWebhook({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [secret, setSecret] = useState("");
  const make = (event: SubmitEvent): void => {
    const form = formOf(event);
    const events = textOf(form, "events")
      .split(/[\s,]+/)
      .filter((name) => name !== "");
    const body = { url: textOf(form, "url"), description: textOf(form, "description"), events };
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
          <Field label="URL">
            {(ids) => (
              <input {...ids} name="url" type="url" required placeholder="https://example.com/hooks/sluice" />
            )}
          </Field>
          <Field label="Events" hint="With commas between: video.ready, upload.*, or * for all.">
            {(ids) => <input {...ids} name="events" required defaultValue="*" />}
          </Field>
          <Field label="Description">{(ids) => <input {...ids} name="description" maxLength={200} />}</Field>
          <Fault text={doing.fault} />
          <p class="dialog-actions">
            <button class="button primary" type="submit" disabled={doing.busy}>
              Create webhook
            </button>
          </p>
        </form>
      ) : (
        <div class="secret">
          <ShareField
            label="Signing secret"
            value={secret}
            note="Shown this once. Give it to a Standard Webhooks library in your application."
          />
        </div>
      )}
    </Dialog>
  );
}
