// Still pictures: the poster, or with `time` the nearest of the small pictures that are packed in one object.
import { logError } from "#workers/http/log.ts";
import {
  readThumbnailPackHeader,
  thumbnailHeaderReadBytes,
  thumbnailRange,
  type ThumbnailPackHeader,
} from "#workers/packaging/thumbnail-pack.ts";
import { ok } from "#workers/result.ts";
import { posterKey, thumbnailPackKey } from "#workers/storage/keys.ts";
import { readStart } from "#workers/storage/objects.ts";
import { no, type Answer, type PlaybackCall } from "./call.ts";
import { canonicalKey } from "./edge-cache.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import { decideBytes, respondBytes, type ByteAnswer } from "./byte-answer.ts";
import { contentTypes } from "./headers.ts";
import { valuesOf } from "./query.ts";
import type { MediaVersion } from "./record.ts";
import { readThroughEdge } from "./small-objects.ts";

export async function answerThumbnail(isolate: PlaybackIsolate, call: PlaybackCall): Promise<Answer> {
  const [time] = valuesOf(call.query, "time");
  if (time === undefined) return answerPoster(isolate, call);
  const timeSeconds = /^\d{1,7}(\.\d{1,6})?$/.test(time) ? Number(time) : null;
  return timeSeconds === null ? no("invalidTime") : answerPacked(isolate, call, timeSeconds);
}

async function answerPoster(isolate: PlaybackIsolate, call: PlaybackCall): Promise<Answer> {
  const { env, ctx, nowMs, media } = call;
  const { videoId, version, generation, images } = media;
  if (images === null || images.poster === null) return noImage(media);
  const name = `poster.${images.poster.attempt}`;
  const read = await isolate.small.read(
    {
      key: canonicalKey({ videoId, version, generation, rest: `images/${name}` }),
      objectKey: posterKey(videoId, version, images.poster.attempt),
      contentType: contentTypes.jpeg,
    },
    env,
    ctx,
    nowMs,
  );
  if (read === null) return no("bytesMissing");
  const answer = pictureAnswer(call, name, read.bytes.length);
  const decision = decideBytes(call.request, answer);
  if (decision.kind === "respond") return ok(decision.response);
  const { range } = decision;
  const body =
    range.kind === "whole"
      ? read.bytes
      : read.bytes.subarray(range.offsetBytes, range.offsetBytes + range.sizeBytes);
  return ok(respondBytes(answer, range, body, read.tier));
}

async function answerPacked(
  isolate: PlaybackIsolate,
  call: PlaybackCall,
  timeSeconds: number,
): Promise<Answer> {
  const { media } = call;
  const { videoId, version, generation, images } = media;
  if (images === null || images.thumbnails === null) return noImage(media);
  const { attempt } = images.thumbnails;
  const packKey = thumbnailPackKey(videoId, version, attempt);
  const rest = `images/thumbnails.${attempt}`;
  const header = await packHeader(
    isolate,
    call,
    canonicalKey({ videoId, version, generation, rest }),
    packKey,
  );
  if (header === null) return no("bytesMissing");
  const picture = thumbnailRange(header, timeSeconds);
  const answer = pictureAnswer(call, `thumbnail.${attempt}.${picture.index}`, picture.sizeBytes);
  const decision = decideBytes(call.request, answer);
  if (decision.kind === "respond") return ok(decision.response);
  const { range } = decision;
  const read = await isolate.bytes.read(
    {
      key: canonicalKey({ videoId, version, generation, rest: `${rest}/${picture.index}` }),
      sizeBytes: picture.sizeBytes,
      contentType: contentTypes.jpeg,
      source: { kind: "stored", objectKey: packKey, offsetBytes: picture.offsetBytes },
    },
    range.kind === "partial" ? range : null,
    call,
  );
  if (read === null) return no("bytesMissing");
  return ok(respondBytes(answer, range, read.body, read.tier));
}

/** Pictures come with the seal. A version may be sealed without any: sound alone has none. */
function noImage({ state }: MediaVersion): Answer {
  return no(state === "encoding" ? "notYetComplete" : "imageUnknown");
}

async function packHeader(
  isolate: PlaybackIsolate,
  { env, ctx }: PlaybackCall,
  key: string,
  packKey: string,
): Promise<ThumbnailPackHeader | null> {
  const known = isolate.packHeaders.get(key);
  if (known !== undefined) return known;
  const read = await readThroughEdge({ key, contentType: "application/octet-stream" }, ctx, () =>
    readWholeHeader(env.MEDIA, packKey),
  );
  if (read === null) return null;
  const header = readThumbnailPackHeader(read.bytes);
  if (!header.ok) {
    logError("playback.thumbnailPackUnusable", new Error(header.reason.kind), { packKey });
    return null;
  }
  isolate.packHeaders.set(key, header.value, 4 * header.value.offsets.length + 300);
  return header.value;
}

/** One read for nearly all videos; a header that is longer says how long. */
async function readWholeHeader(bucket: R2Bucket, packKey: string): Promise<ArrayBuffer | null> {
  const start = await readStart(bucket, packKey, thumbnailHeaderReadBytes);
  if (start === null) return null;
  const header = readThumbnailPackHeader(new Uint8Array(start));
  if (header.ok || header.reason.kind === "malformed") return start;
  return readStart(bucket, packKey, header.reason.headerBytes);
}

function pictureAnswer({ media }: PlaybackCall, name: string, sizeBytes: number): ByteAnswer {
  return { kind: "jpeg", sizeBytes, etag: `"${media.version}-${media.generation}-${name}"` };
}
