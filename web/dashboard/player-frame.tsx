// The video as a viewer sees it, in a frame: its page has a policy of its own, and this one stays without inline styles.
import type { PlaybackId } from "#workers/videos/playback-id-contract.ts";
import type { PlaybackToken } from "#workers/access/token-contract.ts";
import type { Refusal, Video } from "../api.ts";
import { useDashboard } from "./context.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { may } from "./session.ts";
import { ok, type Result } from "#workers/result.ts";

const previewSeconds = 4 * 3600;

export interface Watchable {
  readonly playbackId: PlaybackId;
  /** Empty for a public one. */
  readonly token: string;
}

/** The playback id that this page may show, with a token where it needs one. */
export function useWatchable(video: Video) {
  const { api, session } = useDashboard();
  const mayMint = may(session, "tokens:write");
  const free = video.playbackIds.filter(({ restrictions }) => restrictions.allowedOrigins === undefined);
  const playbackId =
    free.find(({ policy }) => policy === "public") ??
    free.find(({ policy }) => mayMint && policy === "signed");
  return useLoaded<Watchable | null>(
    `${playbackId?.id ?? ""} ${playbackId?.policy ?? ""}`,
    async (signal): Promise<Result<Watchable | null, Refusal>> => {
      if (playbackId === undefined) return ok(null);
      if (playbackId.policy === "public") return ok({ playbackId, token: "" });
      const answer = await api.send<PlaybackToken>(
        "POST",
        "/v1/playback-tokens",
        {
          playbackId: playbackId.id,
          audiences: ["video", "thumbnail", "storyboard"],
          expiresInSeconds: previewSeconds,
        },
        signal,
      );
      return answer.ok ? ok({ playbackId, token: answer.value.token }) : answer;
    },
  );
}

export function PlayerFrame({ video }: { video: Video }) {
  const { playbackOrigin } = useDashboard();
  const watchable = useWatchable(video);
  if (!video.status.playable) return <Nothing title="Nothing plays yet" />;
  // As large as what will be there.
  if (watchable.state.kind === "loading") return <div class="frame" role="status" aria-label="Loading" />;
  return (
    <Shown of={watchable}>
      {(found) =>
        found === null ? (
          <Nothing title="No playback id may be shown on this page">
            <p>One without allowed origins is, if it is public or your key makes tokens.</p>
          </Nothing>
        ) : (
          <iframe
            // Another film under the same address.
            key={`${video.source?.name ?? ""} ${video.durationSeconds ?? 0}`}
            class="frame"
            title={`Player of ${video.title === "" ? "the video" : video.title}`}
            allow="fullscreen; picture-in-picture; autoplay"
            src={`${playbackOrigin}/p/${found.playbackId.id}/embed${found.token === "" ? "" : `?token=${found.token}`}`}
          />
        )
      }
    </Shown>
  );
}
