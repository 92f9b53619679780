// One webhook: where it is, what signs, and what became of each delivery.
import { useState } from "preact/hooks";
import type { Webhook } from "#workers/webhooks/contract.ts";
import { useDashboard } from "./context.ts";
import { Shown, useLoaded, type Loaded } from "./loading.tsx";
import { navigate } from "./navigation.ts";
import { Confirm, Fault, PageHead, useDoing } from "./parts.tsx";
import { may } from "./session.ts";
import { Deliveries } from "./webhook-deliveries.tsx";
import { EditWebhook, RotateSecret } from "./webhook-form.tsx";
import { HookPill } from "./webhooks-page.tsx";

type Open = "nothing" | "edit" | "rotate" | "remove";

export function WebhookPage({ webhookId, search }: { webhookId: string; search: string }) {
  const { api, session } = useDashboard();
  const path = `/v1/webhooks/${encodeURIComponent(webhookId)}`;
  const loaded = useLoaded<Webhook>(path, (signal) => api.get(path, signal));
  const hook = loaded.state.kind === "loaded" ? loaded.state.value : null;
  const [open, setOpen] = useState<Open>("nothing");
  const close = (): void => setOpen("nothing");
  const opens = (what: Open, label: string) => (
    <button class="button small" type="button" disabled={hook === null} onClick={() => setOpen(what)}>
      {label}
    </button>
  );
  return (
    <>
      <PageHead title="Webhook">
        {may(session, "webhooks:write") && (
          <>
            {opens("edit", "Change")}
            {opens("rotate", "Rotate the secret")}
            {opens("remove", "Delete")}
          </>
        )}
      </PageHead>
      <Shown of={loaded} rows={1}>
        {(found) => <Endpoint hook={found} path={path} reload={loaded.reload} />}
      </Shown>
      <Deliveries
        path={path}
        url={hook?.url ?? ""}
        search={search}
        onSearch={(next) => navigate({ page: "webhook", webhookId, search: next }, true)}
      />
      {open === "edit" && hook !== null && (
        <EditWebhook
          hook={hook}
          onDone={() => {
            close();
            loaded.reload();
          }}
          onClose={close}
        />
      )}
      {open === "rotate" && hook !== null && (
        <RotateSecret hook={hook} onDone={loaded.reload} onClose={close} />
      )}
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

interface EndpointProps {
  readonly hook: Webhook;
  readonly path: string;
  readonly reload: Loaded<Webhook>["reload"];
}

function Endpoint({ hook, path, reload }: EndpointProps) {
  const { api, session } = useDashboard();
  const doing = useDoing();
  const until = hook.secrets
    .flatMap(({ endsAt }) => endsAt ?? [])
    .toSorted()
    .at(-1);
  return (
    <div class="stack">
      <p class="line">
        <HookPill hook={hook} />
        <span class="name">{hook.url}</span>
        <span class="soft">{hook.events.join(", ")}</span>
        {may(session, "webhooks:write") && (
          <button
            class="button small"
            type="button"
            disabled={doing.busy}
            onClick={() => doing.run(() => api.send("PATCH", path, { enabled: !hook.enabled }), reload)}
          >
            {hook.enabled ? "Turn off" : "Turn on"}
          </button>
        )}
      </p>
      {hook.description !== "" && <p class="soft">{hook.description}</p>}
      {until !== undefined && (
        <p class="soft">The secret of before signs too, until {new Date(until).toLocaleString()}</p>
      )}
      <Fault text={doing.fault} />
    </div>
  );
}
