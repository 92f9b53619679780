// The sounds of a video: which there are, which is heard first, and another one in a file of its own.
import { useState } from "preact/hooks";
import type { AudioTrack } from "#workers/audio-tracks/contract.ts";
import type { Video } from "#workers/videos/contract.ts";
import { useDashboard } from "./context.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { Confirm, Fault, Field, formOf, Section, textOf, useDoing } from "./parts.tsx";
import { SendingFile, useSending } from "./sending.tsx";
import { may } from "./session.ts";
import { useNews } from "./use-news.ts";
import type { TabProps } from "./video-page.tsx";

export function SoundTab({ video }: TabProps) {
  const { api, session } = useDashboard();
  const path = `/v1/videos/${encodeURIComponent(video.id)}/audio-tracks`;
  const loaded = useLoaded<{ data: readonly AudioTrack[] }>(path, (signal) => api.get(path, signal));
  const [removing, setRemoving] = useState<AudioTrack | null>(null);
  const change = useDoing();
  const write = may(session, "videos:write");
  useNews(
    (message) =>
      "videoId" in message && message.videoId === video.id && message.type.startsWith("audioTrack."),
    loaded.reload,
  );
  return (
    <>
      <Section title="Sounds" about="Languages and commentaries. Players are told at their next load.">
        <Fault text={change.fault} />
        <Shown of={loaded} rows={1}>
          {({ data }) =>
            data.length === 0 ? (
              <Nothing title="No sound">It has none, or nothing of it plays yet.</Nothing>
            ) : (
              <ul class="rows-list">
                {data.map((track) => (
                  <li key={track.id}>
                    <div class="grow">
                      <p class="name">{track.label}</p>
                      <p class="meta">
                        <code>{track.id}</code>
                        <span>{track.language}</span>
                        <span>{track.error?.message ?? track.codec ?? ""}</span>
                      </p>
                    </div>
                    {track.default && <span class="pill good">Default</span>}
                    {track.state !== "ready" && (
                      <span class={`pill ${track.state === "failed" ? "bad" : "busy"}`}>
                        {words[track.state]}
                      </span>
                    )}
                    <span class="line">
                      {write && track.state === "ready" && !track.default && (
                        <button
                          class="button small"
                          type="button"
                          disabled={change.busy}
                          onClick={() =>
                            change.run(
                              () => api.send("PATCH", `${path}/${track.id}`, { default: true }),
                              loaded.reload,
                            )
                          }
                        >
                          Make default
                        </button>
                      )}
                      {write && track.added && (
                        <button
                          class="button small quiet"
                          type="button"
                          aria-label={`Delete ${track.label}`}
                          onClick={() => setRemoving(track)}
                        >
                          Delete
                        </button>
                      )}
                    </span>
                  </li>
                ))}
              </ul>
            )
          }
        </Shown>
      </Section>
      {write && video.clip === null && video.encoding !== "passthrough" && (
        <AddSound video={video} onArrived={loaded.reload} />
      )}
      {removing !== null && (
        <Confirm
          title="Delete this sound?"
          text={`“${removing.label}” goes from every player at its next load.`}
          label="Delete it"
          ask={() => api.send("DELETE", `${path}/${removing.id}`)}
          onDone={() => {
            setRemoving(null);
            loaded.reload();
          }}
          onClose={() => setRemoving(null)}
        />
      )}
    </>
  );
}

const words = { uploading: "Uploading", encoding: "Encoding", failed: "Failed" } as const;

function AddSound({ video, onArrived }: { video: Video; onArrived: () => void }) {
  const sending = useSending(onArrived);
  const send = (event: SubmitEvent): void => {
    const form = formOf(event);
    const label = textOf(form, "label");
    const named = label === "" ? {} : { label };
    sending.send(form, { videoId: video.id, audioTrack: { language: textOf(form, "language"), ...named } });
  };
  if (video.status.state !== "ready")
    return (
      <Section title="Add a sound">
        <p class="soft">It can be added when the video is encoded in all qualities.</p>
      </Section>
    );
  return (
    <Section title="Add a sound">
      <SendingFile of={sending}>
        <form class="stack" onSubmit={send}>
          <div class="columns">
            <Field label="File" hint="As long as the film, from its first picture on.">
              {(ids) => <input {...ids} name="file" type="file" accept="audio/*,video/*" required />}
            </Field>
            <Field label="Language" hint="BCP 47, as in en or pt-BR.">
              {(ids) => <input {...ids} name="language" required maxLength={35} placeholder="de" />}
            </Field>
            <Field label="Label" hint="Shown in menus. Empty: the language's name.">
              {(ids) => <input {...ids} name="label" maxLength={100} />}
            </Field>
          </div>
          <p>
            <button class="button" type="submit" disabled={sending.busy}>
              Add
            </button>
          </p>
        </form>
      </SendingFile>
    </Section>
  );
}
