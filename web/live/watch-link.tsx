import type { ComponentChildren } from "preact";
import { rememberVideo } from "../access/known-videos.ts";
import { watchPath, type Video } from "../api.ts";

interface WatchLinkProps {
  readonly video: Video;
  readonly class: string;
  readonly label?: string;
  readonly children: ComponentChildren;
}

/** To the watch page of a video that plays, which follows it on. Null where nothing plays. */
export function WatchLink({ video, label, children, ...rest }: WatchLinkProps) {
  const playbackId = video.playbackIds[0]?.id;
  if (playbackId === undefined || !video.status.playable) return null;
  return (
    <a
      {...rest}
      href={watchPath(playbackId)}
      onClick={() => rememberVideo(playbackId, video.id)}
      {...(label === undefined ? {} : { "aria-label": label })}
    >
      {children}
    </a>
  );
}
