// All videos: found by words, state and creator; page by page; what is encoded is followed live.
import { useEffect, useState } from "preact/hooks";
import type { Video } from "../api.ts";
import { formatClock } from "../design/format.ts";
import { followVideo, type Followed } from "../live/follow-video.ts";
import { wordsOf } from "../live/words.ts";
import { useDashboard } from "./context.ts";
import { filtersIn } from "./filter.ts";
import { ChoiceFilter, FilterBar, TextFilter, useFilters } from "./filters.tsx";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { navigate } from "./navigation.ts";
import type { Listed } from "./listed.ts";
import { Paged } from "./paged.tsx";
import { PageHead, When } from "./parts.tsx";
import { addressOf } from "./route.ts";
import { may } from "./session.ts";
import { useNews } from "./use-news.ts";

const pageSize = 20;
const states = [
  ["ready", "Ready"],
  ["processing", "Encoding"],
  ["uploaded", "Waiting"],
  ["awaitingUpload", "Uploading"],
  ["error", "Failed"],
] as const;

export function VideosPage({ search }: { search: string }) {
  const { api, session } = useDashboard();
  const query = new URLSearchParams({
    limit: String(pageSize),
    ...filtersIn(search, ["search", "state", "creator", "tag"]),
  });
  const path = `/v1/videos?${query.toString()}`;
  const loaded = useLoaded<Listed<Video>>(path, (signal) => api.get(path, signal));
  const filtered = query.size > 1;
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  useNews((message) => {
    if (message.type === "video.deleted") setGone((before) => new Set([...before, message.videoId]));
    // How far one is its own row hears.
    return message.type.startsWith("video.") && message.type !== "video.progress";
  }, loaded.reload);
  return (
    <>
      <PageHead title="Videos">
        {may(session, "uploads:write") && (
          <a class="button primary" href="/dashboard/upload">
            Upload
          </a>
        )}
      </PageHead>
      <VideoFilters search={search} />
      <Shown of={loaded} rows={6}>
        {(page) =>
          page.data.length === 0 ? (
            <NoVideos filtered={filtered} mayUpload={may(session, "uploads:write")} />
          ) : (
            <Paged key={path} path={path} first={page} gone={gone} label="Videos">
              {(video) => <VideoRow key={video.id} video={video} />}
            </Paged>
          )
        }
      </Shown>
    </>
  );
}

function VideoFilters({ search }: { search: string }) {
  const of = useFilters(search, (next) => navigate({ page: "videos", search: next }, true));
  return (
    <FilterBar>
      <TextFilter of={of} name="search" label="Words of the title" />
      <ChoiceFilter of={of} name="state" label="State" any="Any state" choices={states} />
      <TextFilter of={of} name="creator" label="Creator" />
      <TextFilter of={of} name="tag" label="Tag" />
    </FilterBar>
  );
}

function NoVideos({ filtered, mayUpload }: { filtered: boolean; mayUpload: boolean }) {
  return filtered ? (
    <Nothing title="Nothing was found">
      <p>No video fits the search.</p>
      <a class="button small" href="/dashboard">
        Show all videos
      </a>
    </Nothing>
  ) : (
    <Nothing title="No videos yet">
      <p>What is uploaded appears here, and plays within seconds.</p>
      {mayUpload && (
        <a class="button primary" href="/dashboard/upload">
          Upload the first one
        </a>
      )}
    </Nothing>
  );
}

function VideoRow({ video: read }: { video: Video }) {
  const { video, percent, etaSeconds } = useFollowed(read);
  const { pill, mood, detail } = wordsOf({ video, percent, etaSeconds });
  const { state } = video.status;
  return (
    <li class="video-row">
      <Thumb video={video} />
      <div class="grow">
        <a class="name" href={addressOf({ page: "video", videoId: video.id, tab: "overview" })}>
          {video.title === "" ? "Untitled video" : video.title}
        </a>
        <p class="meta">
          <When at={video.createdAt} />
          {video.durationSeconds !== null && <span>{formatClock(video.durationSeconds)}</span>}
          {video.height !== null && <span>{`${video.width ?? "?"} × ${video.height}`}</span>}
          {state !== "ready" && <span>{detail}</span>}
        </p>
      </div>
      {state === "processing" && <progress max={100} value={percent} aria-label="Encoded" />}
      <span class={`pill ${mood}`}>{pill}</span>
    </li>
  );
}

function Thumb({ video }: { video: Video }) {
  const [broken, setBroken] = useState(false);
  if (broken || !video.status.playable) return <span class="thumb" />;
  return (
    <img
      class="thumb"
      src={`/v1/videos/${encodeURIComponent(video.id)}/thumbnail.jpg?width=320`}
      alt=""
      loading="lazy"
      decoding="async"
      onError={() => setBroken(true)}
    />
  );
}

/** Live while it is encoded; a video that waits for its upload may wait for ever, so it is only shown. */
export function useFollowed(video: Video): Followed {
  const { api } = useDashboard();
  const [followed, setFollowed] = useState<Followed | null>(null);
  const settled = ["ready", "error", "awaitingUpload"].includes(video.status.state);
  useEffect(() => {
    setFollowed(null);
    if (settled) return;
    const ended = new AbortController();
    void followVideo(api, video.id, ended.signal, setFollowed);
    return () => ended.abort();
  }, [api, video.id, video.updatedAt, settled]);
  return followed ?? { video, percent: video.status.percent, etaSeconds: null };
}
