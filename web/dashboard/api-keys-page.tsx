import { useState } from "preact/hooks";
import type { ApiKey } from "#workers/access/contract.ts";
import { scopes } from "#workers/access/scope.ts";
import { ShareField } from "../watch/share-field.tsx";
import { useDashboard } from "./context.ts";
import { Shown, useLoaded } from "./loading.tsx";
import { Confirm, Dialog, Fault, Field, formOf, PageHead, textOf, useDoing, When } from "./parts.tsx";

export function ApiKeysPage() {
  const { api, session } = useDashboard();
  const loaded = useLoaded<{ data: readonly ApiKey[] }>("keys", (signal) => api.get("/v1/api-keys", signal));
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  return (
    <>
      <PageHead title="API keys">
        <button class="button primary" type="button" onClick={() => setMaking(true)}>
          New key
        </button>
      </PageHead>
      <Shown of={loaded} rows={3}>
        {({ data }) => (
          <ul class="rows-list">
            {data.map((key) => (
              <li key={key.id}>
                <div class="grow">
                  <p class="name">{key.name}</p>
                  <p class="meta">
                    <code>{key.id}</code>
                    <span>{key.scopes.join(", ")}</span>
                    <span>
                      used <When at={key.lastUsedAt} />
                    </span>
                  </p>
                </div>
                {key.id === session.keyId && <span class="pill good">Yours</span>}
                <button
                  class="button small"
                  type="button"
                  aria-label={`Revoke ${key.name}`}
                  onClick={() => setRevoking(key)}
                >
                  Revoke
                </button>
              </li>
            ))}
          </ul>
        )}
      </Shown>
      {making && <NewKey onMade={loaded.reload} onClose={() => setMaking(false)} />}
      {revoking !== null && (
        <Confirm
          title="Revoke this key?"
          text={
            revoking.id === session.keyId
              ? "You signed in with it: you will be signed out at once."
              : `“${revoking.name}” stops working within seconds, and so does whoever signed in with it.`
          }
          label="Revoke it"
          ask={() => api.send("DELETE", `/v1/api-keys/${revoking.id}`)}
          onDone={() => {
            setRevoking(null);
            loaded.reload();
          }}
          onClose={() => setRevoking(null)}
        />
      )}
    </>
  );
}

function NewKey({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [token, setToken] = useState("");
  const make = (event: SubmitEvent): void => {
    const form = formOf(event);
    const body = { name: textOf(form, "name"), scopes: new FormData(form).getAll("scope") };
    doing.run(
      () => api.send<{ token: string }>("POST", "/v1/api-keys", body),
      (made) => {
        setToken(made.token);
        onMade();
      },
    );
  };
  return (
    <Dialog title={token === "" ? "New API key" : "Your new key"} onClose={onClose}>
      {token === "" ? (
        <form class="stack" onSubmit={make}>
          <Field label="Name" hint="Where it will be used.">
            {(ids) => <input {...ids} name="name" required maxLength={100} />}
          </Field>
          <fieldset class="scopes">
            <legend>It may</legend>
            {scopes.map((scope) => (
              <label class="check" key={scope}>
                <input type="checkbox" name="scope" value={scope} /> {scope}
              </label>
            ))}
          </fieldset>
          <Fault text={doing.fault} />
          <p class="dialog-actions">
            <button class="button primary" type="submit" disabled={doing.busy}>
              Create key
            </button>
          </p>
        </form>
      ) : (
        <div class="secret">
          <ShareField label="API key" value={token} note="Shown this once. Only its hash is kept." />
        </div>
      )}
    </Dialog>
  );
}
