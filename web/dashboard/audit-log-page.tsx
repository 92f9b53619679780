import type { ApiKey } from "#workers/access/contract.ts";
import type { AuditEntryView } from "#workers/audit/contract.ts";
import { operations } from "../client/operations.ts";
import { useDashboard } from "./context.ts";
import { filtersIn, spanOf } from "./filter.ts";
import { ChoiceFilter, DayFilter, FilterBar, TextFilter, useFilters } from "./filters.tsx";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import type { Listed } from "./listed.ts";
import { navigate } from "./navigation.ts";
import { Paged } from "./paged.tsx";
import { PageHead, When } from "./parts.tsx";

/** What only reads is not kept. What tus asks for has no name of its own. */
const changing = [
  ...Object.entries(operations).flatMap(([name, [method]]) => (method === "GET" ? [] : [name])),
  "POST /v1/uploads/tus",
].toSorted();

export function AuditLogPage({ search }: { search: string }) {
  const { api } = useDashboard();
  const { from = "", to = "" } = filtersIn(search, ["from", "to"]);
  const query = new URLSearchParams({
    limit: "50",
    ...filtersIn(search, ["keyId", "operationId", "resourceId"]),
    ...spanOf(from, to),
  });
  const path = `/v1/audit-log?${query.toString()}`;
  const loaded = useLoaded<Listed<AuditEntryView>>(path, (signal) => api.get(path, signal));
  return (
    <>
      <PageHead title="Audit log" />
      <LogFilters search={search} />
      <Shown of={loaded} rows={6}>
        {(first) =>
          first.data.length === 0 ? (
            <NoEntries filtered={query.size > 1} />
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

function LogFilters({ search }: { search: string }) {
  const { api } = useDashboard();
  const of = useFilters(search, (next) => navigate({ page: "audit-log", search: next }, true));
  const { state } = useLoaded<{ data: readonly ApiKey[] }>("keys", (signal) =>
    api.get("/v1/api-keys", signal),
  );
  const keys = state.kind === "loaded" ? state.value.data : [];
  return (
    <FilterBar>
      <ChoiceFilter
        of={of}
        name="keyId"
        label="Key"
        any="Any key"
        choices={keys.map(({ id, name }) => [id, name])}
      />
      <ChoiceFilter
        of={of}
        name="operationId"
        label="What was done"
        any="Anything"
        choices={changing.map((name) => [name, name])}
      />
      <TextFilter of={of} name="resourceId" label="Id of what was changed" />
      <DayFilter of={of} name="from" label="From" />
      <DayFilter of={of} name="to" label="To" />
    </FilterBar>
  );
}

function NoEntries({ filtered }: { filtered: boolean }) {
  return filtered ? (
    <Nothing title="Nothing was found">
      <a class="button small" href="/dashboard/audit-log">
        Show all changes
      </a>
    </Nothing>
  ) : (
    <Nothing title="Nothing was changed yet">
      <p>Every change by the API or by this dashboard is kept here.</p>
    </Nothing>
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
