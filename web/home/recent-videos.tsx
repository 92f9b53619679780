import { useEffect, useState } from "preact/hooks";
import type { Api, Video } from "../api.ts";
import { formatClock, formatWhen } from "../design/format.ts";
import { WatchLink } from "../live/watch-link.tsx";

const shown = 8;

type Listing =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly status: number }
  | { readonly kind: "loaded"; readonly videos: readonly Video[] };

/** What was uploaded last. Its height is taken from the start, so the page does not move when it arrives. */
export function RecentVideos({ api }: { api: Api }) {
  const [listing, setListing] = useState<Listing>({ kind: "loading" });
  useEffect(() => {
    void api.listVideos(shown).then((answer) => {
      setListing(
        answer.ok
          ? { kind: "loaded", videos: answer.value }
          : { kind: "failed", status: answer.reason.status },
      );
    });
  }, [api]);
  return (
    <section aria-labelledby="recent-title" aria-busy={listing.kind === "loading"}>
      <div class="section-head">
        <h2 id="recent-title">Recently uploaded</h2>
      </div>
      <Tiles listing={listing} />
    </section>
  );
}

function Tiles({ listing }: { listing: Listing }) {
  switch (listing.kind) {
    case "loading":
      return (
        <div class="video-grid" aria-hidden="true">
          {[0, 1, 2, 3].map((place) => (
            <div class="video-tile" key={place}>
              <div class="video-frame" />
              <span class="video-name">&nbsp;</span>
              <span class="video-when">&nbsp;</span>
            </div>
          ))}
        </div>
      );
    case "failed":
      return (
        <p class="message" role="alert">
          {listing.status === 401
            ? "The API key of this tab is not accepted any more."
            : listing.status === 403
              ? "The API key of this tab may not list videos."
              : "The list could not be loaded. Reload the page to try again."}
        </p>
      );
    case "loaded":
      if (listing.videos.length === 0) {
        return (
          <p class="soft">
            Nothing yet. <a href="/upload">Upload the first video.</a>
          </p>
        );
      }
      return (
        <ul class="video-grid">
          {listing.videos.map((video) => (
            <li key={video.id}>
              <VideoTile video={video} />
            </li>
          ))}
        </ul>
      );
  }
}

function VideoTile({ video }: { video: Video }) {
  const playback = video.playbackIds[0];
  const [posterBroken, setPosterBroken] = useState(false);
  const poster = video.status.playable && !posterBroken ? playback?.posterUrl : undefined;
  const inside = (
    <>
      <span class="video-frame">
        {poster !== undefined && (
          <img src={poster} alt="" loading="lazy" decoding="async" onError={() => setPosterBroken(true)} />
        )}
        <Badge video={video} />
      </span>
      <span class="video-name">{video.title === "" ? "Untitled video" : video.title}</span>
      <span class="video-when">{formatWhen(video.createdAt, Date.now())}</span>
    </>
  );
  return playback !== undefined && video.status.playable ? (
    <WatchLink class="video-tile" video={video}>
      {inside}
    </WatchLink>
  ) : (
    <div class="video-tile">{inside}</div>
  );
}

function Badge({ video }: { video: Video }) {
  switch (video.status.state) {
    case "ready":
      return video.durationSeconds === null ? null : <time>{formatClock(video.durationSeconds)}</time>;
    case "error":
      return <span class="pill bad">Failed</span>;
    case "awaitingUpload":
      return <span class="pill">Uploading</span>;
    case "uploaded":
      return <span class="pill busy">Queued</span>;
    case "processing":
      return <span class="pill busy">Encoding {Math.floor(video.status.percent)}%</span>;
  }
}
