// A first look at an uploaded file by a few small range reads: what it is, how long and how large, so that a
// page can say so before a runner has it. A guess from headers: the runner's probe of the packets replaces it,
// and alone may say "not a video". Never fails an upload.
import {
  ADTS,
  CustomSource,
  FLAC,
  Input,
  MATROSKA,
  MP3,
  MP4,
  MPEG_TS,
  OGG,
  QTFF,
  WAVE,
  WEBM,
} from "mediabunny";
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { log } from "#workers/http/log.ts";
import { sendAll } from "#workers/outbox/outbox.ts";
import { sourceKey } from "#workers/storage/keys.ts";
import { inspected } from "#workers/videos/transitions.ts";

export interface SourceLook {
  readonly container: string;
  readonly videoCodec: string | null;
  readonly audioCodec: string | null;
  readonly durationSeconds: number | null;
  /** As displayed, after rotation. */
  readonly width: number | null;
  readonly height: number | null;
}

/** A film's index can lie at either end and take megabytes; more than this is the runner's business. */
const mostReads = 32;
const mostReadBytes = 16 * 1024 * 1024;
const longestMs = 10_000;

/** Files that stand alone. A playlist names other files, and those are not ours to read. */
const formats = [MP4, QTFF, MATROSKA, WEBM, MPEG_TS, OGG, WAVE, MP3, FLAC, ADTS];

export async function inspectSource(
  env: Env,
  videoId: string,
  sizeBytes: number,
  objectKey = sourceKey(videoId),
): Promise<void> {
  const look = await lookAt(env.MEDIA, objectKey, sizeBytes);
  if (look === null) return;
  log("info", "upload.inspected", { videoId, ...look });
  const nowMs = Date.now();
  const told = emitted(env.DB, { type: "video.updated", videoId }, nowMs);
  await env.DB.batch([inspected(env.DB, videoId, look, nowMs), told.statement]);
  await sendAll(env, [told]);
}

/** Null when nothing is recognised within the bounds. */
export async function lookAt(bucket: R2Bucket, key: string, sizeBytes: number): Promise<SourceLook | null> {
  const input = new Input({ formats, source: boundedSource(bucket, key, sizeBytes) });
  // Disposing fails every read that is under way, and with them the look.
  const timer = setTimeout(() => input.dispose(), longestMs);
  try {
    const format = await input.getFormat();
    const video = await input.getPrimaryVideoTrack();
    const audio = await input.getPrimaryAudioTrack();
    return {
      container: format.name,
      videoCodec: (await video?.getCodec()) ?? null,
      audioCodec: (await audio?.getCodec()) ?? null,
      durationSeconds: plausible(await input.getDurationFromMetadata()),
      width: plausible((await video?.getDisplayWidth()) ?? null),
      height: plausible((await video?.getDisplayHeight()) ?? null),
    };
  } catch {
    // Not a file that is known here, out of bounds, or hostile: all the same to the upload.
    return null;
  } finally {
    clearTimeout(timer);
    input.dispose();
  }
}

function boundedSource(bucket: R2Bucket, key: string, sizeBytes: number): CustomSource {
  let reads = 0;
  let readBytes = 0;
  return new CustomSource({
    getSize: () => sizeBytes,
    prefetchProfile: "network",
    maxCacheSize: mostReadBytes,
    // A read that nobody waits for any more.
    handleUnhandledError: () => undefined,
    read: async (start, end) => {
      reads += 1;
      readBytes += end - start;
      if (reads > mostReads || readBytes > mostReadBytes) throw new Error("This look takes too much reading");
      const object = await bucket.get(key, { range: { offset: start, length: end - start } });
      if (object === null) throw new Error("The file is gone");
      return new Uint8Array(await object.arrayBuffer());
    },
  });
}

function plausible(value: number | null): number | null {
  return value !== null && Number.isFinite(value) && value > 0 ? value : null;
}
