import { useState } from "preact/hooks";
import type { Video } from "../api.ts";
import { formatBytes, formatClock } from "../design/format.ts";
import { useDashboard } from "./context.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { offeredBy } from "./offered.ts";
import { Fault, Field, formOf, Section, textOf, useDoing, When } from "./parts.tsx";
import { PlayerFrame, useWatchable, type Watchable } from "./player-frame.tsx";
import { may } from "./session.ts";
import type { TabProps } from "./video-page.tsx";

export function OverviewTab({ video, reload }: TabProps) {
  const { session } = useDashboard();
  const watchable = useWatchable(video);
  const found = watchable.state.kind === "loaded" ? watchable.state.value : null;
  return (
    <>
      <div class="columns stage">
        <PlayerFrame video={video} />
        <Section title="About">
          <Facts video={video} />
        </Section>
      </div>
      {video.status.playable && found !== null && (
        <>
          <Offer found={found} state={video.status.state} />
          <Pictures found={found} durationSeconds={video.durationSeconds ?? 0} />
        </>
      )}
      {may(session, "videos:write") && <Details video={video} reload={reload} />}
    </>
  );
}

function Facts({ video }: { video: Video }) {
  const { source, durationSeconds, width, height, frameRate, instantPlay } = video;
  return (
    <dl class="facts-list">
      <dt>Id</dt>
      <dd class="id">{video.id}</dd>
      <dt>Uploaded</dt>
      <dd>
        <When at={video.createdAt} />
      </dd>
      <dt>Duration</dt>
      <dd>{durationSeconds === null ? "not known yet" : formatClock(durationSeconds)}</dd>
      <dt>Picture</dt>
      <dd>
        {width === null || height === null
          ? "none"
          : `${width} × ${height}${frameRate === null ? "" : `, ${Number(frameRate.toFixed(2))} fps`}`}
      </dd>
      <dt>Source</dt>
      <dd>
        {source === null
          ? "not here yet"
          : `${source.name ?? source.objectKey ?? "file"}, ${formatBytes(source.sizeBytes)}`}
      </dd>
      <dt>Encoding</dt>
      <dd>
        {video.encoding}, priority {video.priority}
      </dd>
      {video.creator !== null && (
        <>
          <dt>Creator</dt>
          <dd>{video.creator}</dd>
        </>
      )}
      {video.tags.length > 0 && (
        <>
          <dt>Tags</dt>
          <dd>{video.tags.join(", ")}</dd>
        </>
      )}
      {instantPlay?.state === "waiting" && (
        <>
          <dt>Waited</dt>
          <dd>{instantPlay.reason.message}</dd>
        </>
      )}
      {video.status.error !== null && (
        <>
          <dt>Failure</dt>
          <dd>
            {video.status.error.message} <code class="id">{video.status.error.code}</code>
          </dd>
        </>
      )}
    </dl>
  );
}

/** As a player is told it. */
function Offer({ found: { playbackId, token }, state }: { found: Watchable; state: string }) {
  const { api } = useDashboard();
  const url = `${playbackId.hlsUrl}${token === "" ? "" : `?token=${token}`}`;
  const loaded = useLoaded<string>(`${playbackId.id} ${state}`, (signal) => api.getText(url, signal));
  return (
    <Section title="Renditions and tracks" about="What a player is offered now.">
      <Shown of={loaded} rows={2}>
        {(playlist) => {
          const { pictures, tracks } = offeredBy(playlist);
          if (pictures.length + tracks.length === 0) return <Nothing title="Sound only" />;
          return (
            <div class="table-scroll" tabindex={0} role="region" aria-label="Table of renditions">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Track</th>
                    <th scope="col">Codecs, language</th>
                    <th scope="col">Frames/s</th>
                    <th scope="col">Peak rate</th>
                  </tr>
                </thead>
                <tbody>
                  {pictures.map((picture) => (
                    <tr key={picture.resolution + picture.codecs}>
                      <td>{picture.resolution}</td>
                      <td>
                        <code>{picture.codecs}</code>
                      </td>
                      <td>{Number(picture.frameRate)}</td>
                      <td>{(picture.bandwidthBps / 1e6).toFixed(2)} Mbit/s</td>
                    </tr>
                  ))}
                  {tracks.map((track) => (
                    <tr key={track.kind + track.name + track.language}>
                      <td>{`${track.kind}: ${track.name}`}</td>
                      <td>{track.language === "" || track.language === "und" ? "–" : track.language}</td>
                      <td>–</td>
                      <td>–</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Shown>
    </Section>
  );
}

const pictureCount = 6;

function Pictures({ found, durationSeconds }: { found: Watchable; durationSeconds: number }) {
  const { playbackOrigin } = useDashboard();
  const base = `${playbackOrigin}/p/${found.playbackId.id}`;
  const times = Array.from({ length: pictureCount }, (_, at) =>
    Math.floor((durationSeconds * (at + 0.5)) / pictureCount),
  );
  const distinct = [...new Set(times)];
  // A signed id takes modifiers from the token alone.
  if (found.token !== "") return null;
  return (
    <Section title="Thumbnails" about="Any second of the video, by the address of its picture.">
      <ul class="strip">
        {distinct.map((seconds) => (
          <li key={seconds}>
            <Picture url={`${base}/thumbnail.jpg?time=${seconds}`} seconds={seconds} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Picture({ url, seconds }: { url: string; seconds: number }) {
  const [broken, setBroken] = useState(false);
  return (
    <a href={url} target="_blank" rel="noreferrer">
      {broken ? (
        <span class="soft">Not made yet</span>
      ) : (
        <img
          src={url}
          alt={`Thumbnail at ${formatClock(seconds)}`}
          loading="lazy"
          onError={() => setBroken(true)}
        />
      )}
    </a>
  );
}

function Details({ video, reload }: TabProps) {
  const { api } = useDashboard();
  const doing = useDoing();
  const [fault, setFault] = useState("");
  const [saved, setSaved] = useState(false);
  const save = (event: SubmitEvent): void => {
    const form = formOf(event);
    const metadata = metadataIn(textOf(form, "metadata"));
    setSaved(false);
    setFault(metadata === null ? "Write metadata as lines of name=value." : "");
    if (metadata === null) return;
    const creator = textOf(form, "creator");
    const change = {
      title: textOf(form, "title"),
      creator: creator === "" ? null : creator,
      tags: textOf(form, "tags")
        .split(",")
        .map((tag) => tag.trim())
        .filter((tag) => tag !== ""),
      metadata,
    };
    doing.run(
      () => api.send("PATCH", `/v1/videos/${encodeURIComponent(video.id)}`, change),
      () => {
        setSaved(true);
        reload();
      },
    );
  };
  const lines = Object.entries(video.metadata).map(([name, value]) => `${name}=${value}`);
  return (
    <Section title="Details">
      <form class="stack" onSubmit={save}>
        <div class="columns">
          <Field label="Title">
            {(ids) => <input {...ids} name="title" maxLength={200} defaultValue={video.title} />}
          </Field>
          <Field label="Creator" hint="Your own id of whoever made it.">
            {(ids) => <input {...ids} name="creator" maxLength={100} defaultValue={video.creator ?? ""} />}
          </Field>
          <Field label="Tags" hint="With commas between.">
            {(ids) => <input {...ids} name="tags" defaultValue={video.tags.join(", ")} />}
          </Field>
          <Field label="Metadata" hint="Lines of name=value.">
            {(ids) => (
              <textarea
                {...ids}
                name="metadata"
                rows={Math.max(2, lines.length)}
                defaultValue={lines.join("\n")}
              />
            )}
          </Field>
        </div>
        <Fault text={fault === "" ? doing.fault : fault} />
        <p class="line">
          <button class="button primary" type="submit" disabled={doing.busy}>
            Save
          </button>
          <span class="soft" role="status">
            {saved ? "Saved" : ""}
          </span>
        </p>
      </form>
    </Section>
  );
}

/** Null: a line is no pair. */
function metadataIn(text: string): Readonly<Record<string, string>> | null {
  const pairs: [string, string][] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const at = line.indexOf("=");
    if (at < 1) return null;
    pairs.push([line.slice(0, at).trim(), line.slice(at + 1).trim()]);
  }
  return Object.fromEntries(pairs);
}
