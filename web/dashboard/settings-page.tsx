// What a deployment is set up with: encoding profiles, keys that sign tokens, tokens of runners.
import { useState } from "preact/hooks";
import type { CreatedSigningKey, SigningKey } from "#workers/access/signing-key-contract.ts";
import type { RunnerToken } from "#workers/transcoding/runner-token-contract.ts";
import { useDashboard } from "./context.ts";
import { EncodingProfiles } from "./encoding-profiles.tsx";
import { Shown, Together, useLoaded } from "./loading.tsx";
import { NewSecret } from "./new-secret.tsx";
import { Confirm, Field, PageHead, Section, textOf, When } from "./parts.tsx";
import { may } from "./session.ts";

export interface Removal {
  readonly title: string;
  readonly text: string;
  readonly path: string;
  readonly reload: () => void;
}

type SetRemoval = (removal: Removal) => void;

export function SettingsPage() {
  const { api, session } = useDashboard();
  const [removal, setRemoval] = useState<Removal | null>(null);
  return (
    <>
      <PageHead title="Settings" />
      <Together>
        <EncodingProfiles onRemove={setRemoval} />
        {may(session, "admin") && (
          <>
            <SigningKeys onRemove={setRemoval} />
            <RunnerTokens onRemove={setRemoval} />
          </>
        )}
      </Together>
      {removal !== null && (
        <Confirm
          title={removal.title}
          text={removal.text}
          label="Go on"
          ask={() => api.send("DELETE", removal.path)}
          onDone={() => {
            removal.reload();
            setRemoval(null);
          }}
          onClose={() => setRemoval(null)}
        />
      )}
    </>
  );
}

function SigningKeys({ onRemove }: { onRemove: SetRemoval }) {
  const { api } = useDashboard();
  const path = "/v1/signing-keys";
  const loaded = useLoaded<{ data: readonly SigningKey[] }>(path, (signal) => api.get(path, signal));
  return (
    <Section
      title="Signing keys"
      about="With one of your own, your server signs playback tokens without asking."
      actions={
        <NewSecret<CreatedSigningKey>
          title="New signing key"
          path={path}
          body={(form) => ({ alg: textOf(form, "alg"), name: textOf(form, "name") })}
          secretOf={({ privateKeyPem, secret }) => privateKeyPem ?? secret ?? ""}
          onMade={loaded.reload}
        >
          <Field label="Name">{(ids) => <input {...ids} name="name" maxLength={100} required />}</Field>
          <Field label="Algorithm">
            {(ids) => (
              <select {...ids} name="alg">
                {["EdDSA", "ES256", "RS256", "HS256"].map((alg) => (
                  <option key={alg}>{alg}</option>
                ))}
              </select>
            )}
          </Field>
        </NewSecret>
      }
    >
      <Shown of={loaded} rows={1}>
        {({ data }) =>
          data.length === 0 ? (
            <p class="soft">None. One is made at the first token that is asked for here.</p>
          ) : (
            <ul class="rows-list">
              {data.map((key) => (
                <li key={key.id}>
                  <div class="grow">
                    <p class="name">{key.name === "" ? "Unnamed" : key.name}</p>
                    <p class="meta">
                      <code>{key.id}</code>
                      <span>{key.alg}</span>
                      <span>{key.origin}</span>
                      <When at={key.createdAt} />
                    </p>
                  </div>
                  <span class={key.state === "active" ? "pill good" : "pill"}>{key.state}</span>
                  {key.state !== "revoked" && (
                    <button
                      class="button small"
                      type="button"
                      aria-label={`Revoke ${key.name === "" ? key.id : key.name}`}
                      onClick={() =>
                        onRemove({
                          title: "Revoke this signing key?",
                          text: "Every token that it signed stops working, and so do the sessions made with them.",
                          path: `${path}/${key.id}`,
                          reload: loaded.reload,
                        })
                      }
                    >
                      Revoke
                    </button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </Section>
  );
}

function RunnerTokens({ onRemove }: { onRemove: SetRemoval }) {
  const { api } = useDashboard();
  const path = "/v1/runner-tokens";
  const loaded = useLoaded<{ data: readonly RunnerToken[] }>(path, (signal) => api.get(path, signal));
  return (
    <Section
      title="Runner tokens"
      about="For machines of your own that encode."
      actions={
        <NewSecret<{ token: string }>
          title="New runner token"
          path={path}
          body={(form) => ({ name: textOf(form, "name") })}
          secretOf={({ token }) => token}
          onMade={loaded.reload}
        >
          <Field label="Name" hint="Of the machine.">
            {(ids) => <input {...ids} name="name" maxLength={100} required />}
          </Field>
        </NewSecret>
      }
    >
      <Shown of={loaded} rows={1}>
        {({ data }) =>
          data.length === 0 ? (
            <p class="soft">None. The fleet's own token is a secret of the deployment.</p>
          ) : (
            <ul class="rows-list">
              {data.map((token) => (
                <li key={token.id}>
                  <div class="grow">
                    <p class="name">{token.name}</p>
                    <p class="meta">
                      <code>{token.id}</code>
                      <span>{token.kinds === null ? "all tasks" : token.kinds.join(", ")}</span>
                      <span>
                        used <When at={token.lastUsedAt} />
                      </span>
                    </p>
                  </div>
                  <button
                    class="button small"
                    type="button"
                    aria-label={`Revoke ${token.name}`}
                    onClick={() =>
                      onRemove({
                        title: "Revoke this token?",
                        text: `“${token.name}” gets no work any more.`,
                        path: `${path}/${token.id}`,
                        reload: loaded.reload,
                      })
                    }
                  >
                    Revoke
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </Section>
  );
}
