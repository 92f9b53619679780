// Watches one video from the end of its upload until it is ready or has failed.
import type { Api, Refusal, Video } from "../api.ts";

const pollMs = 1500;
const pollAfterFailureMs = 5000;

/** Resolves with null when there is nothing left to follow, or with the refusal that ended it. */
export async function followVideo(
  api: Api,
  uploadId: string,
  signal: AbortSignal,
  onVideo: (video: Video) => void,
): Promise<Refusal | null> {
  const upload = await untilAnswered(() => api.getUpload(uploadId, signal), signal);
  if (upload === null) return null;
  if (!upload.ok) return upload.reason;
  while (!signal.aborted) {
    const video = await untilAnswered(() => api.getVideo(upload.value.videoId, signal), signal);
    if (video === null) return null;
    if (!video.ok) return video.reason;
    onVideo(video.value);
    const { state } = video.value.status;
    if (state === "ready" || state === "error") return null;
    await pause(pollMs, signal);
  }
  return null;
}

/** A network that is away, or a server that is busy, is asked again; null when `signal` ended it. */
async function untilAnswered<T>(
  ask: () => Promise<{ ok: true; value: T } | { ok: false; reason: Refusal }>,
  signal: AbortSignal,
): Promise<{ ok: true; value: T } | { ok: false; reason: Refusal } | null> {
  while (!signal.aborted) {
    const answer = await ask();
    if (answer.ok || (answer.reason.status > 0 && answer.reason.status < 500)) return answer;
    await pause(pollAfterFailureMs, signal);
  }
  return null;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
