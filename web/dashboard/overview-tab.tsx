import type { Usage } from "#workers/usage/contract.ts";
import type { Video } from "../api.ts";
import { formatBytes, formatClock } from "../design/format.ts";
import { useDashboard } from "./context.ts";
import { withFilters } from "./filter.ts";
import { Nothing, Shown, Together, useLoaded } from "./loading.tsx";
import { offeredBy, type OfferedTrack } from "./offered.ts";
import { Figure, Section, When } from "./parts.tsx";
import { PlayerFrame, useWatchable, type Watchable } from "./player-frame.tsx";
import { ReplacePanel } from "./replace-panel.tsx";
import { addressOf } from "./route.ts";
import { may } from "./session.ts";
import { ThumbnailPicker } from "./thumbnail-picker.tsx";
import { VideoDetails } from "./video-details.tsx";
import type { TabProps } from "./video-page.tsx";

export function OverviewTab({ video, reload }: TabProps) {
  const { session } = useDashboard();
  const watchable = useWatchable(video);
  return (
    <>
      <div class="columns stage">
        <PlayerFrame video={video} />
        <Section title="About">
          <Facts video={video} />
        </Section>
      </div>
      <Together>
        <Shown of={watchable}>
          {(found) =>
            video.status.playable &&
            found !== null && (
              <>
                <Offer found={found} video={video} />
                <ThumbnailPicker found={found} video={video} reload={reload} />
              </>
            )
          }
        </Shown>
        <Used videoId={video.id} />
        {may(session, "videos:write") && <VideoDetails video={video} reload={reload} />}
        {may(session, "uploads:write") && video.clip === null && video.source !== null && (
          <ReplacePanel video={video} reload={reload} />
        )}
      </Together>
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
          <dd>
            <a href={addressOf({ page: "creators", search: withFilters("", { creator: video.creator }) })}>
              {video.creator}
            </a>
          </dd>
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

const languageOf = ({ language }: OfferedTrack): string =>
  language === "" || language === "und" ? "language not told" : language;

function Used({ videoId }: { videoId: string }) {
  const { api } = useDashboard();
  const path = `/v1/videos/${encodeURIComponent(videoId)}/usage`;
  const loaded = useLoaded<Usage>(path, (signal) => api.get(path, signal));
  return (
    <Section title="Use" about="Of the last 30 days, and what is stored now.">
      <Shown of={loaded} rows={1}>
        {({ views, minutesWatched, bytesDelivered, bytesStored, encodeSeconds }) => (
          <dl class="figures">
            <Figure name="Views" value={String(views)} />
            <Figure name="Minutes watched" value={minutesWatched.toFixed(minutesWatched < 10 ? 1 : 0)} />
            <Figure name="Delivered" value={formatBytes(bytesDelivered)} />
            <Figure name="Stored" value={formatBytes(bytesStored)} />
            <Figure name="Encoding" value={`${encodeSeconds.toFixed(encodeSeconds < 10 ? 1 : 0)} CPU s`} />
          </dl>
        )}
      </Shown>
    </Section>
  );
}

/** As a player is told it. */
function Offer({ found: { playbackId, token }, video }: { found: Watchable; video: Video }) {
  const { state } = video.status;
  const film = `${video.source?.name ?? ""} ${video.durationSeconds ?? 0}`;
  const { api } = useDashboard();
  const url = `${playbackId.hlsUrl}${token === "" ? "" : `?token=${token}`}`;
  const loaded = useLoaded<string>(`${playbackId.id} ${state} ${film}`, (signal) => api.getText(url, signal));
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
                      <td>{languageOf(track)}</td>
                      <td colSpan={2}>{track.channels === "" ? "" : `${track.channels} channels`}</td>
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
