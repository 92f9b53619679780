// Why a player is answered as it is: the very decision, rule by rule.
import { useState } from "preact/hooks";
import { useDashboard } from "./context.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { Field, formOf, Section, textOf } from "./parts.tsx";
import { ShareField } from "../watch/share-field.tsx";
import { may } from "./session.ts";
import type { TabProps } from "./video-page.tsx";

interface Explained {
  readonly allowed: boolean;
  readonly reason?: string;
  readonly answeredBy?: string | null;
  readonly checks: readonly (Readonly<Record<string, unknown>> & {
    readonly rule: string;
    readonly outcome: string;
  })[];
}

export function ExplainTab({ video }: TabProps) {
  const { session, playbackOrigin } = useDashboard();
  const [chosen, setChosen] = useState(video.playbackIds[0]?.id ?? "");
  const [token, setToken] = useState("");
  if (chosen === "") return <Nothing title="There is no playback id to ask for" />;
  const asked = [`explain=1`, ...(token === "" ? [] : [`token=${encodeURIComponent(token)}`])].join("&");
  const url = `${playbackOrigin}/p/${chosen}/hls.m3u8?${asked}`;
  return (
    <Section
      title="Why is it answered like this?"
      about="As the manifest would be, asked for from where you are."
    >
      <div class="field">
        <label for="explained">Playback id</label>
        <select id="explained" value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
          {video.playbackIds.map(({ id, policy }) => (
            <option key={id} value={id}>
              {id} ({policy})
            </option>
          ))}
        </select>
      </div>
      <form
        class="ask"
        onSubmit={(event) => {
          event.preventDefault();
          setToken(textOf(formOf(event), "token"));
        }}
      >
        <Field label="A viewer's token" hint="Of a signed playback id. Empty: as somebody without one.">
          {(ids) => <input {...ids} name="token" spellcheck={false} autocomplete="off" />}
        </Field>
        <button class="button" type="submit">
          Ask
        </button>
      </form>
      {playbackOrigin !== location.origin ? (
        // The session's cookie stays on this host.
        <ShareField label="Ask by a key" value={`curl -H "Authorization: Bearer $SLUICE_KEY" "${url}"`} />
      ) : may(session, "admin") ? (
        <Explanation url={url} />
      ) : (
        <Nothing title="Only for a key with the scope admin" />
      )}
    </Section>
  );
}

function Explanation({ url }: { url: string }) {
  const { api } = useDashboard();
  const loaded = useLoaded<Explained>(url, (signal) => api.get(url, signal));
  return (
    <Shown of={loaded} rows={4}>
      {({ allowed, reason, answeredBy, checks }) => (
        <div class="stack">
          <p class="line" role="status">
            {allowed ? <span class="pill good">Allowed</span> : <span class="pill bad">Refused</span>}
            <span class="soft">{allowed ? `Answered by: ${answeredBy ?? "nobody yet"}` : reason}</span>
          </p>
          <ol class="rows-list">
            {checks.map(({ rule, outcome, ...facts }, at) => (
              <li key={`${at}${rule}`}>
                <details class="grow">
                  <summary class="name">
                    {rule} <span class={outcome === "refused" ? "pill bad" : "pill"}>{outcome}</span>
                  </summary>
                  <pre tabindex={0}>{JSON.stringify(facts, null, 2)}</pre>
                </details>
              </li>
            ))}
          </ol>
        </div>
      )}
    </Shown>
  );
}
