import type { AuditEntryView } from "#workers/audit/contract.ts";
import { useDashboard } from "./context.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import type { Listed } from "./listed.ts";
import { Paged } from "./paged.tsx";
import { PageHead, When } from "./parts.tsx";

const path = "/v1/audit-log?limit=50";

export function AuditLogPage() {
  const { api } = useDashboard();
  const loaded = useLoaded<Listed<AuditEntryView>>(path, (signal) => api.get(path, signal));
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
            <Paged path={path} first={first} label="Changes">
              {(entry) => <Entry key={entry.id} entry={entry} />}
            </Paged>
          )
        }
      </Shown>
    </>
  );
}

const unnamed: { readonly [Kind in AuditEntryView["actor"]["kind"]]: string } = {
  apiKey: "a key",
  dashboard: "the dashboard",
  uploadUrl: "who has the upload's URL",
  system: "Sluice itself",
};

function Entry({ entry }: { entry: AuditEntryView }) {
  return (
    <li>
      <div class="grow">
        <p class="name">{entry.operationId}</p>
        <p class="meta">
          <span>{entry.actor.name ?? entry.actor.keyId ?? unnamed[entry.actor.kind]}</span>
          <code>{`${entry.method} ${entry.path}`}</code>
          {entry.address !== null && <span>{entry.address}</span>}
          <When at={entry.createdAt} />
        </p>
      </div>
      <span class={entry.status < 400 ? "pill good" : "pill bad"}>{entry.code ?? entry.status}</span>
    </li>
  );
}
