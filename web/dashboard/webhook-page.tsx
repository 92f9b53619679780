// One webhook, and what became of each delivery.
import { useState } from "preact/hooks";
import type { Delivery, Webhook } from "#workers/webhooks/contract.ts";
import { useDashboard } from "./context.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { navigate } from "./navigation.ts";
import { Confirm, Fault, PageHead, Section, useDoing, When } from "./parts.tsx";
import { HookPill } from "./webhooks-page.tsx";

export function WebhookPage({ webhookId }: { webhookId: string }) {
  const { api } = useDashboard();
  const path = `/v1/webhooks/${encodeURIComponent(webhookId)}`;
  const hook = useLoaded<Webhook>(path, (signal) => api.get(path, signal));
  const deliveries = useLoaded<{ data: readonly Delivery[] }>(`${path}/deliveries`, (signal) =>
    api.get(`${path}/deliveries?limit=50`, signal),
  );
  const [removing, setRemoving] = useState(false);
  const doing = useDoing();
  return (
    <>
      <PageHead title="Webhook">
        <button
          class="button small"
          type="button"
          disabled={doing.busy}
          onClick={() => doing.run(() => api.send("POST", `${path}/test`, {}), deliveries.reload)}
        >
          Send a test
        </button>
        <button class="button small" type="button" onClick={() => setRemoving(true)}>
          Delete
        </button>
      </PageHead>
      <Fault text={doing.fault} />
      <Shown of={hook} rows={1}>
        {(found) => (
          <p class="line">
            <HookPill hook={found} />
            <span class="name">{found.url}</span>
            <span class="soft">{found.events.join(", ")}</span>
            <button
              class="button small"
              type="button"
              disabled={doing.busy}
              onClick={() =>
                doing.run(() => api.send("PATCH", path, { enabled: !found.enabled }), hook.reload)
              }
            >
              {found.enabled ? "Turn off" : "Turn on"}
            </button>
          </p>
        )}
      </Shown>
      <Section
        title="Deliveries"
        about="Newest first, with what was sent and what was answered."
        actions={
          <button class="button small" type="button" onClick={deliveries.reload}>
            Refresh
          </button>
        }
      >
        <Shown of={deliveries} rows={3}>
          {({ data }) =>
            data.length === 0 ? (
              <Nothing title="Nothing was sent yet" />
            ) : (
              <ul class="rows-list">
                {data.map((delivery) => (
                  <DeliveryRow
                    key={delivery.id}
                    delivery={delivery}
                    busy={doing.busy}
                    onResend={() =>
                      doing.run(
                        () => api.send("POST", `${path}/deliveries/${delivery.id}/resend`),
                        deliveries.reload,
                      )
                    }
                  />
                ))}
              </ul>
            )
          }
        </Shown>
      </Section>
      {removing && (
        <Confirm
          title="Delete this webhook?"
          text="It hears of nothing more, and its delivery log goes."
          label="Delete it"
          ask={() => api.send("DELETE", path)}
          onDone={() => navigate({ page: "webhooks" })}
          onClose={() => setRemoving(false)}
        />
      )}
    </>
  );
}

const moods = { pending: "busy", delivered: "good", failed: "bad" } as const;

function DeliveryRow(props: { delivery: Delivery; busy: boolean; onResend: () => void }) {
  const { delivery, busy, onResend } = props;
  const last = delivery.attempts.at(-1);
  return (
    <li>
      <details class="grow">
        <summary>
          <span class="name">{delivery.type}</span>{" "}
          <span class={`pill ${moods[delivery.state]}`}>{delivery.state}</span>{" "}
          <span class="soft">
            {last === undefined ? "" : (last.response?.status ?? last.error?.message ?? "")} ·{" "}
            <When at={delivery.createdAt} />
          </span>
        </summary>
        <div class="stack">
          <h3>Request</h3>
          <pre tabindex={0}>{indented(delivery.request.body)}</pre>
          {delivery.attempts.map((attempt) => (
            <div key={attempt.number} class="stack">
              <h3>{`Attempt ${attempt.number}, ${attempt.durationMs} ms`}</h3>
              <pre tabindex={0}>
                {attempt.response === null
                  ? (attempt.error?.message ?? "No answer")
                  : `${attempt.response.status}\n${attempt.response.body}`}
              </pre>
            </div>
          ))}
        </div>
      </details>
      <button class="button small" type="button" disabled={busy} onClick={onResend}>
        Resend
      </button>
    </li>
  );
}

function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
