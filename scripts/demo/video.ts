// The API as a script uses it: fetch and nothing else.

export interface Video {
  readonly id: string;
  readonly status: {
    readonly state: string;
    readonly playable: boolean;
    readonly percent: number;
    readonly error: { readonly code: string; readonly message: string } | null;
  };
  readonly durationSeconds: number | null;
  readonly playbackIds: readonly {
    readonly id: string;
    readonly policy: string;
    readonly hlsUrl: string;
    readonly dashUrl: string;
    readonly watchUrl: string;
    readonly posterUrl: string;
  }[];
}

export async function getVideo(
  target: { readonly url: string; readonly apiKey: string },
  id: string,
): Promise<Video> {
  const answer = await fetch(`${target.url}/v1/videos/${id}`, {
    headers: { Authorization: `Bearer ${target.apiKey}` },
  });
  if (!answer.ok) throw new Error(`GET /v1/videos/${id}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Video;
}

/** Polls until `done`, the video fails, or the deadline passes. */
export async function waitForVideo(
  target: { readonly url: string; readonly apiKey: string },
  id: string,
  done: (video: Video) => boolean,
  { deadlineSeconds, onPoll }: { readonly deadlineSeconds: number; readonly onPoll?: (video: Video) => void },
): Promise<Video> {
  const deadlineMs = Date.now() + deadlineSeconds * 1000;
  for (;;) {
    const video = await getVideo(target, id);
    onPoll?.(video);
    if (done(video)) return video;
    if (video.status.state === "error") {
      throw new Error(`the video failed: ${video.status.error?.code}: ${video.status.error?.message}`);
    }
    if (Date.now() > deadlineMs) {
      throw new Error(
        `after ${deadlineSeconds} s the video is ${video.status.state} at ${video.status.percent} %`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
