// One webhook, and what became of each delivery.
import { useState } from "preact/hooks";
import type { Delivery, Webhook } from "#workers/webhooks/contract.ts";
import { useDashboard } from "./context.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { navigate } from "./navigation.ts";
import type { Listed } from "./listed.ts";
import { Paged } from "./paged.tsx";
import { Confirm, Fault, PageHead, Section, useDoing, When } from "./parts.tsx";
import { EditWebhook, NewSecret } from "./webhook-dialogs.tsx";
import { HookPill } from "./webhooks-page.tsx";

const pageSize = 30;

export function WebhookPage({ webhookId }: { webhookId: string }) {
  const { api } = useDashboard();
  const path = `/v1/webhooks/${encodeURIComponent(webhookId)}`;
  const [state, setState] = useState("");
  const logPath = `${path}/deliveries?limit=${pageSize}${state === "" ? "" : `&state=${state}`}`;
  const hook = useLoaded<Webhook>(path, (signal) => api.get(path, signal));
  const deliveries = useLoaded<Listed<Delivery>>(logPath, (signal) => api.get(logPath, signal));
  const [open, setOpen] = useState<"none" | "edit" | "rotate" | "remove">("none");
  const close = (): void => setOpen("none");
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
        <button class="button small" type="button" onClick={() => setOpen("edit")}>
          Edit
        </button>
        <button class="button small" type="button" onClick={() => setOpen("rotate")}>
          New secret
        </button>
        <button class="button small" type="button" onClick={() => setOpen("remove")}>
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
          <span class="line">
            <select
              aria-label="Which deliveries"
              value={state}
              onChange={(event) => setState(event.currentTarget.value)}
            >
              <option value="">All</option>
              {Object.keys(moods).map((each) => (
                <option key={each} value={each}>
                  {each}
                </option>
              ))}
            </select>
            <button class="button small" type="button" onClick={deliveries.reload}>
              Refresh
            </button>
          </span>
        }
      >
        <Shown of={deliveries} rows={3}>
          {(first) =>
            first.data.length === 0 ? (
              <Nothing title={state === "" ? "Nothing was sent yet" : "None is so"} />
            ) : (
              <Paged key={logPath} path={logPath} first={first} label="Deliveries">
                {(delivery) => (
                  <DeliveryRow
                    key={delivery.id}
                    delivery={delivery}
                    url={hook.state.kind === "loaded" ? hook.state.value.url : ""}
                    busy={doing.busy}
                    onResend={() =>
                      doing.run(
                        () => api.send("POST", `${path}/deliveries/${delivery.id}/resend`),
                        deliveries.reload,
                      )
                    }
                  />
                )}
              </Paged>
            )
          }
        </Shown>
      </Section>
      {open === "edit" && hook.state.kind === "loaded" && (
        <EditWebhook
          path={path}
          hook={hook.state.value}
          onDone={() => {
            close();
            hook.reload();
          }}
          onClose={close}
        />
      )}
      {open === "rotate" && <NewSecret path={path} onClose={close} />}
      {open === "remove" && (
        <Confirm
          title="Delete this webhook?"
          text="It hears of nothing more, and its delivery log goes."
          label="Delete it"
          ask={() => api.send("DELETE", path)}
          onDone={() => navigate({ page: "webhooks" })}
          onClose={close}
        />
      )}
    </>
  );
}

const moods = { pending: "busy", delivered: "good", failed: "bad" } as const;

interface DeliveryRowProps {
  readonly delivery: Delivery;
  readonly url: string;
  readonly busy: boolean;
  readonly onResend: () => void;
}

function DeliveryRow({ delivery, url, busy, onResend }: DeliveryRowProps) {
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
          <h3>Event</h3>
          <pre tabindex={0}>{indented(delivery.request.body)}</pre>
          {delivery.attempts.map((attempt) => (
            <div key={attempt.number} class="stack">
              <h3>{`Attempt ${attempt.number}, ${attempt.durationMs} ms`}</h3>
              <Message label="Sent" head={`POST ${url}`} headers={attempt.request.headers} body="" />
              {attempt.response === null ? (
                <p>{attempt.error?.message ?? "No answer"}</p>
              ) : (
                <Message
                  label="Answered"
                  head={String(attempt.response.status)}
                  headers={attempt.response.headers}
                  body={attempt.response.body}
                />
              )}
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

interface MessageProps {
  readonly label: string;
  readonly head: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** As it goes over the line. */
function Message({ label, head, headers, body }: MessageProps) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return (
    <pre tabindex={0} aria-label={label}>
      {[head, ...lines, ...(body === "" ? [] : ["", body])].join("\n")}
    </pre>
  );
}

function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
