// What was sent to a webhook, and what was answered.
import { eventTypes } from "#workers/events/event-types.ts";
import type { Delivery } from "#workers/webhooks/contract.ts";
import { useDashboard } from "./context.ts";
import { filtersIn } from "./filter.ts";
import { ChoiceFilter, FilterBar, useFilters } from "./filters.tsx";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import type { Listed } from "./listed.ts";
import { Paged } from "./paged.tsx";
import { Fault, Section, useDoing, When } from "./parts.tsx";
import { may } from "./session.ts";

const pageSize = 30;
const states = [
  ["pending", "Pending"],
  ["delivered", "Delivered"],
  ["failed", "Failed"],
] as const;

interface DeliveriesProps {
  /** Of the webhook, at the API. */
  readonly path: string;
  readonly url: string;
  readonly search: string;
  readonly onSearch: (search: string) => void;
}

export function Deliveries({ path, url, search, onSearch }: DeliveriesProps) {
  const { api, session } = useDashboard();
  const doing = useDoing();
  const of = useFilters(search, onSearch);
  const filters = filtersIn(search, ["state", "type"]);
  const query = new URLSearchParams({ limit: String(pageSize), ...filters });
  const logPath = `${path}/deliveries?${query.toString()}`;
  const loaded = useLoaded<Listed<Delivery>>(logPath, (signal) => api.get(logPath, signal));
  const write = may(session, "webhooks:write");
  const send = (what: string, body?: object): void =>
    doing.run(() => api.send("POST", `${path}/${what}`, body), loaded.reload);
  return (
    <Section
      title="Deliveries"
      about="Newest first, with what was sent and what was answered."
      actions={
        <span class="line">
          {write && (
            <button class="button small" type="button" disabled={doing.busy} onClick={() => send("test", {})}>
              Send a test
            </button>
          )}
          <button class="button small" type="button" onClick={loaded.reload}>
            Refresh
          </button>
        </span>
      }
    >
      <FilterBar>
        <ChoiceFilter of={of} name="state" label="State" any="Any state" choices={states} />
        <ChoiceFilter
          of={of}
          name="type"
          label="Event"
          any="Any event"
          choices={eventTypes.map((type) => [type, type])}
        />
      </FilterBar>
      <Fault text={doing.fault} />
      <Shown of={loaded} rows={3}>
        {(first) =>
          first.data.length === 0 ? (
            <Nothing title={query.size > 1 ? "Nothing was found" : "Nothing was sent yet"} />
          ) : (
            <Paged key={logPath} path={logPath} first={first} label="Deliveries">
              {(delivery) => (
                <DeliveryRow
                  key={delivery.id}
                  delivery={delivery}
                  url={url}
                  resend={
                    write ? { busy: doing.busy, begin: () => send(`deliveries/${delivery.id}/resend`) } : null
                  }
                />
              )}
            </Paged>
          )
        }
      </Shown>
    </Section>
  );
}

const moods = { pending: "busy", delivered: "good", failed: "bad" } as const;

interface DeliveryRowProps {
  readonly delivery: Delivery;
  readonly url: string;
  /** Null: the key may not. */
  readonly resend: { readonly busy: boolean; readonly begin: () => void } | null;
}

function DeliveryRow({ delivery, url, resend }: DeliveryRowProps) {
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
      {resend !== null && (
        <button class="button small" type="button" disabled={resend.busy} onClick={resend.begin}>
          Resend
        </button>
      )}
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
