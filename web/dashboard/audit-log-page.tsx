import { useState } from "preact/hooks";
import type { AuditEntryView } from "#workers/audit/contract.ts";
import { useDashboard } from "./context.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import type { Listed } from "./listed.ts";
import { Paged } from "./paged.tsx";
import { PageHead, When } from "./parts.tsx";

export function AuditLogPage() {
  const { api } = useDashboard();
  const [filter, setFilter] = useState<Readonly<Record<string, string>>>({});
  const asked = Object.entries(filter).filter(([, value]) => value !== "");
  const path = `/v1/audit-log?${new URLSearchParams([["limit", "50"], ...asked]).toString()}`;
  const loaded = useLoaded<Listed<AuditEntryView>>(path, (signal) => api.get(path, signal));
  return (
    <>
      <PageHead title="Audit log" />
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        {filters.map(([name, label]) => (
          <input
            key={name}
            type="search"
            aria-label={label}
            placeholder={label}
            onChange={(event) => setFilter({ ...filter, [name]: event.currentTarget.value.trim() })}
          />
        ))}
      </form>
      <Shown of={loaded} rows={6}>
        {(first) =>
          first.data.length === 0 ? (
            <Nothing title={asked.length === 0 ? "Nothing was changed yet" : "Nothing was found"}>
              <p>Every change by the API or by this dashboard is kept here.</p>
            </Nothing>
          ) : (
            <Paged key={path} path={path} first={first} label="Changes">
              {(entry) => <Entry key={entry.id} entry={entry} />}
            </Paged>
          )
        }
      </Shown>
    </>
  );
}

const filters = [
  ["resourceId", "Id of what was changed"],
  ["operationId", "Operation, like deleteVideo"],
  ["keyId", "Id of the key"],
] as const;

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
