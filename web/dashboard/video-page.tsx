// One video: what it is, how it is played, how it came to be.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { VideoDetail } from "#workers/videos/contract.ts";
import { wordsOf } from "../live/words.ts";
import { CaptionsTab } from "./captions-tab.tsx";
import { useDashboard } from "./context.ts";
import { EncodingTab } from "./encoding-tab.tsx";
import { ExplainTab } from "./explain-tab.tsx";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { navigate } from "./navigation.ts";
import { OverviewTab } from "./overview-tab.tsx";
import { Confirm, PageHead } from "./parts.tsx";
import { PlaybackTab } from "./playback-tab.tsx";
import { addressOf, videoTabs, type VideoTab } from "./route.ts";
import { may } from "./session.ts";
import { SoundTab } from "./sound-tab.tsx";
import { useFollowed } from "./videos-page.tsx";

export interface TabProps {
  readonly video: VideoDetail;
  readonly reload: () => void;
}

const labels: { readonly [Tab in VideoTab]: string } = {
  overview: "Overview",
  playback: "Playback",
  captions: "Captions",
  sound: "Sound",
  encoding: "Encoding",
  explain: "Explain",
};

export function VideoPage({ videoId, tab }: { videoId: string; tab: VideoTab }) {
  const { api } = useDashboard();
  const path = `/v1/videos/${encodeURIComponent(videoId)}`;
  const loaded = useLoaded<VideoDetail>(path, (signal) => api.get(path, signal));
  return (
    <>
      {loaded.state.kind !== "loaded" && <PageHead title="Video" />}
      <Shown of={loaded} rows={5}>
        {(video) => <Detail video={video} tab={tab} reload={loaded.reload} />}
      </Shown>
    </>
  );
}

function Detail({ video: read, tab, reload }: TabProps & { tab: VideoTab }) {
  const { api, session } = useDashboard();
  const followed = useFollowed(read);
  const [removing, setRemoving] = useState(false);
  const video: VideoDetail = {
    ...read,
    ...followed.video,
    status: { ...read.status, ...followed.video.status, percent: followed.percent },
  };
  const { pill, mood, detail } = wordsOf(followed);
  const tabs = useRef<HTMLElement>(null);
  // Where not all fit side by side, the one that is shown is among those that are seen.
  useLayoutEffect(() => {
    const current = tabs.current?.querySelector<HTMLElement>("[aria-current]");
    if (current !== null && current !== undefined) tabs.current?.scrollTo(current.offsetLeft - 120, 0);
  }, [tab]);
  const title = video.title === "" ? "Untitled video" : video.title;
  return (
    <>
      <PageHead title={title}>
        {may(session, "videos:write") && (
          <button class="button small" type="button" onClick={() => setRemoving(true)}>
            Delete
          </button>
        )}
      </PageHead>
      <p class="line" role="status">
        <span class={`pill ${mood}`}>{pill}</span>
        <span class="soft">{detail}</span>
      </p>
      {video.status.state === "processing" && (
        <progress max={100} value={followed.percent} aria-label="Encoded" />
      )}
      <nav ref={tabs} class="tabs" aria-label="Video">
        {videoTabs.map((name) => (
          <a
            key={name}
            href={addressOf({ page: "video", videoId: video.id, tab: name })}
            {...(name === tab ? { "aria-current": "page" as const } : {})}
          >
            {labels[name]}
          </a>
        ))}
      </nav>
      <Tab tab={tab} video={video} reload={reload} />
      {removing && (
        <Confirm
          title="Delete this video?"
          text={`“${title}” stops playing at once, for everybody, and its files are erased. This can't be undone.`}
          label="Delete for good"
          ask={() => api.send("DELETE", `/v1/videos/${encodeURIComponent(video.id)}`)}
          onDone={() => navigate({ page: "videos", search: "" })}
          onClose={() => setRemoving(false)}
        />
      )}
    </>
  );
}

function Tab({ tab, ...props }: TabProps & { tab: VideoTab }) {
  const { session } = useDashboard();
  switch (tab) {
    case "overview":
      return <OverviewTab {...props} />;
    case "playback":
      return <PlaybackTab {...props} />;
    case "captions":
      return <CaptionsTab {...props} />;
    case "sound":
      return <SoundTab {...props} />;
    case "encoding":
      return may(session, "jobs:read") ? (
        <EncodingTab {...props} />
      ) : (
        <Nothing title="Only for a key with the scope jobs:read" />
      );
    case "explain":
      return <ExplainTab {...props} />;
  }
}
