import { useState } from "preact/hooks";
import type { AuditEntryView } from "#workers/audit/contract.ts";
import { useDashboard } from "./context.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { Fault, PageHead, useDoing, When } from "./parts.tsx";

interface AuditPageOf {
  readonly data: readonly AuditEntryView[];
  readonly nextCursor: string | null;
}

const path = "/v1/audit-log?limit=50";

export function AuditLogPage() {
  const { api } = useDashboard();
  const loaded = useLoaded<AuditPageOf>(path, (signal) => api.get(path, signal));
  return (
    <>
      <PageHead title="Audit log" />
      <Shown of={loaded} rows={6}>
        {(first) =>
          first.data.length === 0 ? (
            <Nothing title="Nothing was changed yet">
              <p>Every change by the API or by this dashboard is kept here.</p>
            </Nothing>
          ) : (
            <Entries first={first} />
          )
        }
      </Shown>
    </>
  );
}

function Entries({ first }: { first: AuditPageOf }) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [more, setMore] = useState<AuditPageOf>({ data: [], nextCursor: first.nextCursor });
  const load = (): void =>
    doing.run(
      () => api.get<AuditPageOf>(`${path}&cursor=${encodeURIComponent(more.nextCursor ?? "")}`),
      (next) => setMore((before) => ({ data: [...before.data, ...next.data], nextCursor: next.nextCursor })),
    );
  return (
    <>
      <ul class="rows-list">
        {[...first.data, ...more.data].map((entry) => (
          <li key={entry.id}>
            <div class="grow">
              <p class="name">{entry.operationId}</p>
              <p class="meta">
                <span>{entry.actor.name ?? entry.actor.keyId}</span>
                <code>{`${entry.method} ${entry.path}`}</code>
                {entry.address !== null && <span>{entry.address}</span>}
                <When at={entry.createdAt} />
              </p>
            </div>
            <span class={entry.status < 400 ? "pill good" : "pill bad"}>{entry.code ?? entry.status}</span>
          </li>
        ))}
      </ul>
      <Fault text={doing.fault} />
      {more.nextCursor !== null && (
        <p>
          <button class="button" type="button" disabled={doing.busy} onClick={load}>
            Show more
          </button>
        </p>
      )}
    </>
  );
}
