// All videos: found by words, state and creator; page by page; what is encoded is followed live.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Video } from "../api.ts";
import { formatClock } from "../design/format.ts";
import { followVideo, type Followed } from "../live/follow-video.ts";
import { wordsOf } from "../live/words.ts";
import { useDashboard } from "./context.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { navigate } from "./navigation.ts";
import type { Listed } from "./listed.ts";
import { Paged } from "./paged.tsx";
import { PageHead, When } from "./parts.tsx";
import { addressOf } from "./route.ts";
import { useNews } from "./use-news.ts";

const pageSize = 20;
const typingMs = 250;
const states = [
  ["ready", "Ready"],
  ["processing", "Encoding"],
  ["uploaded", "Waiting"],
  ["awaitingUpload", "Uploading"],
  ["error", "Failed"],
] as const;

export function VideosPage({ search }: { search: string }) {
  const { api } = useDashboard();
  const filter = new URLSearchParams(search);
  const query = new URLSearchParams({ limit: String(pageSize) });
  for (const name of ["search", "state", "creator", "tag"]) {
    const value = filter.get(name);
    if (value !== null && value !== "") query.set(name, value);
  }
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
        <a class="button primary" href="/dashboard/upload">
          Upload
        </a>
      </PageHead>
      <Filters filter={filter} />
      <Shown of={loaded} rows={6}>
        {(page) =>
          page.data.length === 0 ? (
            <NoVideos filtered={filtered} />
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

function Filters({ filter }: { filter: URLSearchParams }) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const set = (name: string, value: string): void => {
    const next = new URLSearchParams(filter);
    if (value === "") next.delete(name);
    else next.set(name, value);
    const text = next.toString();
    navigate({ page: "videos", search: text === "" ? "" : `?${text}` }, true);
  };
  const typed = (name: string) => (event: InputEvent) => {
    const value = event.currentTarget instanceof HTMLInputElement ? event.currentTarget.value : "";
    clearTimeout(timer.current);
    timer.current = setTimeout(() => set(name, value.trim()), typingMs);
  };
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <input
        type="search"
        aria-label="Search in titles"
        placeholder="Words of the title"
        defaultValue={filter.get("search") ?? ""}
        onInput={typed("search")}
      />
      <select
        aria-label="State"
        value={filter.get("state") ?? ""}
        onChange={(event) => set("state", event.currentTarget.value)}
      >
        <option value="">Any state</option>
        {states.map(([state, label]) => (
          <option key={state} value={state}>
            {label}
          </option>
        ))}
      </select>
      <input
        type="search"
        aria-label="Tag"
        placeholder="Tag"
        defaultValue={filter.get("tag") ?? ""}
        onInput={typed("tag")}
      />
      <input
        type="search"
        aria-label="Creator"
        placeholder="Creator"
        defaultValue={filter.get("creator") ?? ""}
        onInput={typed("creator")}
      />
    </form>
  );
}

function NoVideos({ filtered }: { filtered: boolean }) {
  return filtered ? (
    <Nothing title="Nothing was found">
      <p>No video fits the search.</p>
      <a class="button small" href="/dashboard">
        Show all videos
      </a>
    </Nothing>
  ) : (
    <Nothing title="No videos yet">
      <p>What you upload appears here, and plays within seconds.</p>
      <a class="button primary" href="/dashboard/upload">
        Upload the first one
      </a>
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
