// Watches one video until it is ready or has failed: told by a socket, and asking by itself, often only while there is
// no socket.
import type { Api, Refusal, Video } from "../api.ts";
import { listenToEvents } from "./listen-to-events.ts";
import { pause } from "./pause.ts";

/** A video, with what was heard of it since it was read. */
export interface Followed {
  readonly video: Video;
  readonly percent: number;
  /** Null: not known. */
  readonly etaSeconds: number | null;
}

const pollMs = 1500;
/** What is told is a hint: a look now and then, in case one was lost. */
const pollWhileToldMs = 15_000;
const pollAfterFailureMs = 5000;

/** As `followVideo`, by the id of an upload. */
export async function followUpload(
  api: Api,
  uploadId: string,
  signal: AbortSignal,
  onChange: (followed: Followed) => void,
): Promise<Refusal | null> {
  const upload = await untilAnswered(() => api.getUpload(uploadId, signal), signal);
  if (upload === null) return null;
  return upload.ok ? followVideo(api, upload.value.videoId, signal, onChange) : upload.reason;
}

/** Resolves with null when there is nothing left to follow, or with the refusal that ended it. */
export async function followVideo(
  api: Api,
  videoId: string,
  signal: AbortSignal,
  onChange: (followed: Followed) => void,
): Promise<Refusal | null> {
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal]);
  let followed: Followed | null = null;
  let news = new AbortController();
  const ear = listenToEvents(api, videoId, until, (message) => {
    if (message.type !== "video.progress") news.abort();
    else if (followed !== null && !until.aborted) {
      const percent = Math.max(followed.percent, message.percent);
      onChange((followed = { ...followed, percent, etaSeconds: message.etaSeconds }));
      if (followed.video.status.state !== "processing") news.abort();
    }
  });
  try {
    while (!signal.aborted) {
      // What is heard from here on may be newer than the answer.
      news = new AbortController();
      const video = await untilAnswered(() => api.getVideo(videoId, signal), signal);
      if (video === null) return null;
      if (!video.ok) return video.reason;
      onChange((followed = withVideo(followed, video.value)));
      const { state } = video.value.status;
      if (state === "ready" || state === "error") return null;
      await pause(ear.isOpen ? pollWhileToldMs : pollMs, AbortSignal.any([signal, news.signal]));
    }
    return null;
  } finally {
    ended.abort();
  }
}

/** A percentage that was told may be newer than the one that was read; one of an earlier try is not. */
function withVideo(before: Followed | null, video: Video): Followed {
  const { state, percent } = video.status;
  if (state !== "processing") return { video, percent, etaSeconds: null };
  return { video, percent: Math.max(percent, before?.percent ?? 0), etaSeconds: before?.etaSeconds ?? null };
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
