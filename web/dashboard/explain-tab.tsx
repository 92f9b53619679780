// Why a player is answered as it is: the very decision, rule by rule.
import { useState } from "preact/hooks";
import type { Video } from "../api.ts";
import { ShareField } from "../watch/share-field.tsx";
import { useDashboard } from "./context.ts";
import { explainedUrl, type Explained } from "./explained.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { Field, formOf, Section, textOf } from "./parts.tsx";
import { may } from "./session.ts";
import type { TabProps } from "./video-page.tsx";

interface Answer {
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
  const first = video.playbackIds[0]?.id ?? "";
  const [asked, setAsked] = useState<Explained>({ playbackId: first, file: "hls.m3u8", token: "", asks: "" });
  if (first === "") return <Nothing title="There is no playback id to ask for" />;
  const url = explainedUrl(playbackOrigin, asked);
  return (
    <Section
      title="Why is it answered like this?"
      about="As the manifest would be for the viewer of this token, asked for from where you are and by your browser."
    >
      <AskedFor video={video} asked={asked} onAsk={setAsked} />
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

interface AskedForProps {
  readonly video: Video;
  readonly asked: Explained;
  readonly onAsk: (asked: Explained) => void;
}

function AskedFor({ video, asked, onAsk }: AskedForProps) {
  const ask = (event: SubmitEvent): void => {
    const form = formOf(event);
    onAsk({ ...asked, token: textOf(form, "token"), asks: textOf(form, "asks") });
  };
  return (
    <form class="stack" onSubmit={ask}>
      <div class="columns">
        <Field label="Playback id">
          {(ids) => (
            <select
              {...ids}
              value={asked.playbackId}
              onChange={(event) => onAsk({ ...asked, playbackId: event.currentTarget.value })}
            >
              {video.playbackIds.map(({ id, policy }) => (
                <option key={id} value={id}>
                  {id} ({policy})
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Manifest">
          {(ids) => (
            <select
              {...ids}
              value={asked.file}
              onChange={(event) =>
                onAsk({ ...asked, file: event.currentTarget.value === "dash.mpd" ? "dash.mpd" : "hls.m3u8" })
              }
            >
              <option value="hls.m3u8">HLS</option>
              <option value="dash.mpd">DASH</option>
            </select>
          )}
        </Field>
        <Field label="Token of the viewer" hint="Or the address that has it. Empty: nobody's.">
          {(ids) => <input {...ids} name="token" autocomplete="off" spellcheck={false} />}
        </Field>
        <Field label="What else is asked for" hint="As in maxHeight=720&start=10.">
          {(ids) => <input {...ids} name="asks" autocomplete="off" spellcheck={false} />}
        </Field>
      </div>
      <p>
        <button class="button" type="submit">
          Explain
        </button>
      </p>
    </form>
  );
}

function Explanation({ url }: { url: string }) {
  const { api } = useDashboard();
  const loaded = useLoaded<Answer>(url, (signal) => api.get(url, signal));
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
