import { useState } from "preact/hooks";
import type { Webhook } from "#workers/webhooks/contract.ts";
import { useDashboard } from "./context.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { PageHead } from "./parts.tsx";
import { addressOf } from "./route.ts";
import { may } from "./session.ts";
import { NewWebhook } from "./webhook-form.tsx";

export function WebhooksPage() {
  const { api, session } = useDashboard();
  const path = "/v1/webhooks?limit=100";
  const loaded = useLoaded<{ data: readonly Webhook[] }>(path, (signal) => api.get(path, signal));
  const [making, setMaking] = useState(false);
  return (
    <>
      <PageHead title="Webhooks">
        {may(session, "webhooks:write") && (
          <button class="button primary" type="button" onClick={() => setMaking(true)}>
            New webhook
          </button>
        )}
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
                    <a class="name" href={addressOf({ page: "webhook", webhookId: hook.id, search: "" })}>
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
      {making && <NewWebhook onDone={loaded.reload} onClose={() => setMaking(false)} />}
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
