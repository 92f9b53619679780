import type { HTMLAttributes } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Condition } from "../player/conditions.ts";
import type { SluicePlayer } from "../player/element.ts";
import { knownVideoId } from "../access/known-videos.ts";
import { takeKey } from "../access/api-key.ts";
import { Api, byKey } from "../api.ts";
import { formatClock } from "../design/format.ts";
import { followVideo, type Followed } from "../live/follow-video.ts";
import { wordsOf } from "../live/words.ts";
import { embedSnippet } from "./path.ts";
import { ShareField } from "./share-field.tsx";

declare module "preact" {
  namespace JSX {
    interface IntrinsicElements {
      "sluice-player": HTMLAttributes<SluicePlayer> & {
        "playback-id": string;
        "playback-origin": string;
        token?: string;
        "start-time"?: string;
      };
    }
  }
}

interface Opened {
  readonly token: string;
  readonly startTime: string | null;
  readonly playbackOrigin: string;
}

export function WatchPage({ playbackId, ...opened }: Opened & { playbackId: string | null }) {
  const [missing, setMissing] = useState(playbackId === null);
  if (playbackId === null || missing) return <NoSuchVideo />;
  return <Watch playbackId={playbackId} {...opened} onMissing={() => setMissing(true)} />;
}

interface Seen {
  readonly title: string;
  readonly condition: Condition | null;
  readonly growing: boolean;
  readonly durationSeconds: number;
  readonly height: number;
}

const nothingSeen: Seen = {
  title: "",
  condition: null,
  growing: false,
  durationSeconds: Number.NaN,
  height: 0,
};
const told = [
  "titlechange",
  "conditionchange",
  "growingchange",
  "durationchange",
  "resize",
  "loadedmetadata",
];

function Watch(props: Opened & { playbackId: string; onMissing: () => void }) {
  const { playbackId, token, startTime, playbackOrigin, onMissing } = props;
  const player = useRef<SluicePlayer>(null);
  const [seen, setSeen] = useState(nothingSeen);
  useEffect(() => {
    const element = player.current;
    if (element === null) return;
    const ended = new AbortController();
    const look = (): void => {
      if (element.condition === "notFound") onMissing();
      if (element.mediaTitle !== "") document.title = `${element.mediaTitle} · Sluice`;
      setSeen({
        title: element.mediaTitle,
        condition: element.condition,
        growing: element.growing,
        durationSeconds: element.duration,
        height: Math.min(element.videoHeight, element.videoWidth),
      });
    };
    for (const type of told) element.addEventListener(type, look, { signal: ended.signal });
    look();
    return () => ended.abort();
  }, [onMissing]);

  const followed = useFollowed(playbackId);
  const base = `${playbackOrigin}/p/${playbackId}`;
  return (
    <>
      <div class="stage">
        <sluice-player
          ref={player}
          playback-id={playbackId}
          playback-origin={playbackOrigin}
          {...(token === "" ? {} : { token })}
          {...(startTime === null ? {} : { "start-time": startTime })}
        />
      </div>
      <div class="about">
        <h1>{seen.title === "" ? "Untitled video" : seen.title}</h1>
        <p class="facts" role="status">
          <Status seen={seen} followed={followed} />
        </p>
      </div>
      <section class="share" aria-labelledby="share-title">
        <h2 id="share-title">Share and embed</h2>
        <div class="share-fields">
          <ShareField label="Page" value={`${location.origin}/watch/${playbackId}`} />
          <ShareField label="HLS" value={`${base}/hls.m3u8`} />
          <ShareField
            label="DASH"
            value={`${base}/dash.mpd`}
            note={seen.growing ? "Answers when the video is wholly encoded." : ""}
          />
          <ShareField
            label="Embed"
            value={embedSnippet(location.origin, playbackId, playbackOrigin)}
            lines={5}
          />
        </div>
      </section>
    </>
  );
}

/** For who came here from a page of this tab where the video stood: how far its encoding is. Viewers have no key. */
function useFollowed(playbackId: string): Followed | null {
  const [followed, setFollowed] = useState<Followed | null>(null);
  useEffect(() => {
    const [videoId, key] = [knownVideoId(playbackId), takeKey()];
    if (videoId === null || key === null) return;
    const ended = new AbortController();
    void followVideo(new Api(byKey(key)), videoId, ended.signal, setFollowed);
    return () => ended.abort();
  }, [playbackId]);
  return followed;
}

function Status({ seen, followed }: { seen: Seen; followed: Followed | null }) {
  if (followed !== null && followed.video.status.state !== "ready") {
    const { pill, mood, detail } = wordsOf(followed);
    return (
      <>
        <span class={`pill ${mood}`}>{pill}</span>
        <span>{detail}</span>
      </>
    );
  }
  if (seen.condition === "preparing") return <span class="pill busy">Being prepared</span>;
  if (seen.condition !== null) return <span class="pill bad">Not playing</span>;
  if (!Number.isFinite(seen.durationSeconds)) return <span class="pill">Loading</span>;
  return (
    <>
      {seen.growing ? (
        <>
          <span class="pill busy">Still being encoded</span>
          <span>{formatClock(seen.durationSeconds)} so far, more is on its way</span>
        </>
      ) : (
        <>
          <span class="pill good">Ready</span>
          <span>{formatClock(seen.durationSeconds)}</span>
          {seen.height > 0 && <span>Showing {seen.height}p</span>}
        </>
      )}
    </>
  );
}

function NoSuchVideo() {
  useEffect(() => {
    document.title = "No such video · Sluice";
  }, []);
  return (
    <div class="empty missing">
      <p class="empty-code" aria-hidden="true">
        404
      </p>
      <h1>There is no such video</h1>
      <p class="lead">It may have been removed, or the link is not complete.</p>
      <p class="actions">
        <a class="button primary" href="/">
          Go to the home page
        </a>
      </p>
    </div>
  );
}
