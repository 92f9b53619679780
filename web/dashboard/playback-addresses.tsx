// Where a playback id plays, and what to paste into an application, each with a button that copies it.
import { useState } from "preact/hooks";
import { ShareField } from "../watch/share-field.tsx";
import type { Video } from "../api.ts";
import { useDashboard } from "./context.ts";
import { Field, Section } from "./parts.tsx";
import { addressesOf, snippets } from "./snippets.ts";

export function PlaybackAddresses({ video }: { video: Video }) {
  const { playbackOrigin } = useDashboard();
  const [id, setId] = useState("");
  const [kind, setKind] = useState(0);
  const { playbackIds, width, height } = video;
  const playbackId = playbackIds.find((each) => each.id === id) ?? playbackIds[0];
  if (playbackId === undefined) return null;
  const hosts = { origin: location.origin, playbackOrigin };
  const all = snippets(hosts, playbackId, width === null || height === null ? null : [width, height]);
  const snippet = all[kind];
  return (
    <Section
      title="Put it into your application"
      about={playbackId.policy === "public" ? "" : "Put a token where it says TOKEN."}
    >
      {playbackIds.length > 1 && (
        <Field label="Addresses of">
          {(ids) => (
            <select {...ids} value={playbackId.id} onChange={(event) => setId(event.currentTarget.value)}>
              {playbackIds.map((each) => (
                <option key={each.id} value={each.id}>{`${each.id} (${each.policy})`}</option>
              ))}
            </select>
          )}
        </Field>
      )}
      <div class="columns">
        {addressesOf(hosts, playbackId).map(({ name, code }) => (
          <ShareField key={name} label={name} value={code} />
        ))}
      </div>
      <div class="line" role="group" aria-label="Kind of snippet">
        {all.map(({ name }, at) => (
          <button
            key={name}
            class={at === kind ? "button small primary" : "button small"}
            type="button"
            aria-pressed={at === kind}
            onClick={() => setKind(at)}
          >
            {name}
          </button>
        ))}
      </div>
      {snippet !== undefined && (
        <ShareField label={snippet.name} value={snippet.code} lines={snippet.code.split("\n").length} />
      )}
    </Section>
  );
}
