// Still pictures and what else is looked at before playing: the poster, or with `time` the nearest of the small
// pictures that are packed in one object; the sheets of a storyboard and their text; the preview. Each in the width
// that is nearest to the one asked for, of those that were made.
import { logError } from "#workers/http/log.ts";
import { printStoryboard } from "#workers/packaging/storyboard.ts";
import {
  readThumbnailPackHeader,
  thumbnailHeaderReadBytes,
  thumbnailRange,
  type ThumbnailPackHeader,
} from "#workers/packaging/thumbnail-pack.ts";
import { ok } from "#workers/result.ts";
import { posterKey, previewKey, storyboardKey, thumbnailPackKey } from "#workers/storage/keys.ts";
import { readStart } from "#workers/storage/objects.ts";
import { sizeFor, type StoredImages } from "#workers/storage/stored-images.ts";
import { decideBytes, respondBytes, type ByteAnswer, type ByteKind } from "./byte-answer.ts";
import { no, type Answer, type PlaybackCall } from "./call.ts";
import { canonicalKey } from "./edge-cache.ts";
import { exactFrame } from "./exact-frame.ts";
import { cacheControl, contentTypes, corsHeaders } from "./headers.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import { readCount, type PictureName } from "./path.ts";
import { valuesOf } from "./query.ts";
import { readThroughEdge } from "./small-objects.ts";

/** A call of a version that has pictures. */
interface PictureCall extends PlaybackCall {
  readonly images: StoredImages;
}

export function answerPicture(
  isolate: PlaybackIsolate,
  call: PlaybackCall,
  name: PictureName,
): Promise<Answer> | Answer {
  // What plays may be the uploaded file: its pictures are the ladder's, and come while that is made.
  const { other } = call.record;
  const media = call.media.images === null && other !== null ? other : call.media;
  const { images, state } = media;
  // A version may be without any for ever: sound alone has none.
  if (images === null) return no(state === "encoding" ? "notYetComplete" : "imageUnknown");
  const pictured: PictureCall = { ...call, media, images };
  switch (name) {
    case "thumbnail":
      return answerThumbnail(isolate, pictured);
    case "storyboardText":
      return answerStoryboardText(pictured);
    case "storyboard":
      return answerSheet(isolate, pictured);
    case "preview":
      return answerPreview(isolate, pictured);
  }
}

function answerThumbnail(isolate: PlaybackIsolate, call: PictureCall): Promise<Answer> | Answer {
  const [width] = valuesOf(call.query, "width");
  const wanted = width === undefined ? null : readCount(width);
  if (width !== undefined && (wanted === null || wanted === 0)) return no("invalidWidth");
  const [time] = valuesOf(call.query, "time");
  const { clip, posterSeconds } = call.record;
  if (time === undefined && posterSeconds !== null) {
    const atSeconds = Math.min((clip?.fromSeconds ?? 0) + posterSeconds, clip?.toSeconds ?? Infinity);
    return answerChosenPoster(isolate, call, atSeconds, wanted);
  }
  // The poster is of the whole film: a clip shows where it begins.
  if (time === undefined && clip === null) return answerPoster(isolate, call, wanted);
  const asked = time === undefined ? 0 : /^\d{1,7}(\.\d{1,6})?$/.test(time) ? Number(time) : null;
  if (asked === null) return no("invalidTime");
  const timeSeconds = clip === null ? asked : Math.min(clip.fromSeconds + asked, clip.toSeconds);
  if (valuesOf(call.query, "exact").includes("1")) return answerExact(isolate, call, timeSeconds, wanted);
  return answerNearest(isolate, call, timeSeconds, wanted);
}

function answerNearest(
  isolate: PlaybackIsolate,
  call: PictureCall,
  timeSeconds: number,
  wanted: number | null,
): Promise<Answer> | Answer {
  const { videoId, version } = call.media;
  const { attempt, thumbnails } = call.images;
  const size = sizeFor(thumbnails.sizes, wanted);
  if (size === null) return no("imageUnknown");
  const packKey = thumbnailPackKey(videoId, version, size.width, attempt);
  return answerPacked(isolate, call, packKey, `thumbnails-${size.width}.${attempt}`, timeSeconds);
}

/** To the frame and in the poster's size, once a runner has made it; until then the nearest that there is. */
async function answerChosenPoster(
  isolate: PlaybackIsolate,
  call: PictureCall,
  timeSeconds: number,
  width: number | null,
): Promise<Answer> {
  const frame = exactFrame(call, call.images, timeSeconds, width);
  if (frame === null) return no("imageUnknown");
  const answer = await answerObject(isolate, call, frame.objectKey, frame.name, "jpeg");
  if (answer.ok || answer.reason.reason !== "bytesMissing") return answer;
  if (call.request.method !== "HEAD")
    call.ctx.waitUntil(
      frame.request().catch((error: unknown) => logError("playback.posterNotAskedFor", error)),
    );
  return answerNearest(isolate, call, timeSeconds, width);
}

function answerPoster(
  isolate: PlaybackIsolate,
  call: PictureCall,
  width: number | null,
): Promise<Answer> | Answer {
  const { videoId, version } = call.media;
  const { attempt, poster } = call.images;
  const size = sizeFor(poster, width);
  if (size === null) return no("imageUnknown");
  const objectKey = posterKey(videoId, version, size.width, attempt);
  return answerObject(isolate, call, objectKey, `poster-${size.width}.${attempt}`, "jpeg");
}

async function answerExact(
  isolate: PlaybackIsolate,
  call: PictureCall,
  timeSeconds: number,
  width: number | null,
): Promise<Answer> {
  const frame = exactFrame(call, call.images, timeSeconds, width);
  if (frame === null) return no("imageUnknown");
  const answer = await answerObject(isolate, call, frame.objectKey, frame.name, "jpeg");
  const isMade = answer.ok || answer.reason.reason !== "bytesMissing";
  return isMade || call.request.method === "HEAD" ? answer : frame.request();
}

function answerPreview(isolate: PlaybackIsolate, call: PictureCall): Promise<Answer> | Answer {
  const { videoId, version } = call.media;
  const { attempt, preview } = call.images;
  // It is made of moments of the whole film.
  if (preview === null || call.record.clip !== null) return no("imageUnknown");
  return answerObject(isolate, call, previewKey(videoId, version, attempt), `preview.${attempt}`, "preview");
}

function answerSheet(isolate: PlaybackIsolate, call: PictureCall): Promise<Answer> | Answer {
  const [text = "0"] = valuesOf(call.query, "sheet");
  const { attempt, thumbnails, storyboard } = call.images;
  const tiles = storyboard.columns * storyboard.rows;
  const sheet = readCount(text);
  if (sheet === null || sheet * tiles >= thumbnails.count) return no("imageUnknown");
  const { videoId, version } = call.media;
  const packKey = storyboardKey(videoId, version, attempt);
  return answerPacked(
    isolate,
    call,
    packKey,
    `storyboard.${attempt}`,
    sheet * tiles * thumbnails.everySeconds,
  );
}

/** Its URLs stand beside it and carry the token that it was asked for with. */
function answerStoryboardText({ request, record, query, images }: PictureCall): Answer {
  const { thumbnails, storyboard } = images;
  const { everySeconds, count } = thumbnails;
  const [token] = valuesOf(query, "token");
  const credential = token === undefined ? "" : `&token=${token}`;
  const durationSeconds = record.durationSeconds ?? count * everySeconds;
  const text = printStoryboard(
    { ...storyboard, durationSeconds, everySeconds, count, fromSeconds: record.clip?.fromSeconds ?? 0 },
    (sheet) => `storyboard.jpg?sheet=${sheet}${credential}`,
  );
  const headers = {
    ...corsHeaders,
    "Content-Type": "text/vtt; charset=utf-8",
    "Cache-Control": record.policy === "public" ? cacheControl.image : cacheControl.ownImage,
  };
  return ok(new Response(request.method === "HEAD" ? null : text, { headers }));
}

/** An object small enough to be held whole. */
async function answerObject(
  isolate: PlaybackIsolate,
  call: PlaybackCall,
  objectKey: string,
  name: string,
  kind: ByteKind,
): Promise<Answer> {
  const { env, ctx, nowMs, media } = call;
  const { videoId, version, generation } = media;
  const key = canonicalKey({ videoId, version, generation, rest: `images/${name}` });
  const read = await isolate.small.read({ key, objectKey, contentType: contentTypes[kind] }, env, ctx, nowMs);
  if (read === null) return no("bytesMissing");
  const answer = pictureAnswer(call, kind, name, read.bytes.length);
  const decision = decideBytes(call.request, answer);
  if (decision.kind === "respond") return ok(decision.response);
  const { range } = decision;
  const body =
    range.kind === "whole"
      ? read.bytes
      : read.bytes.subarray(range.offsetBytes, range.offsetBytes + range.sizeBytes);
  return ok(respondBytes(answer, range, body, read.tier));
}

/** One of many in a pack. */
async function answerPacked(
  isolate: PlaybackIsolate,
  call: PlaybackCall,
  packKey: string,
  name: string,
  timeSeconds: number,
): Promise<Answer> {
  const { videoId, version, generation } = call.media;
  const rest = `images/${name}`;
  const header = await packHeader(
    isolate,
    call,
    canonicalKey({ videoId, version, generation, rest }),
    packKey,
  );
  if (header === null) return no("bytesMissing");
  const picture = thumbnailRange(header, timeSeconds);
  const answer = pictureAnswer(call, "jpeg", `${name}.${picture.index}`, picture.sizeBytes);
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

function pictureAnswer(
  { media, record }: PlaybackCall,
  kind: ByteKind,
  name: string,
  sizeBytes: number,
): ByteAnswer {
  const isOwn = record.policy !== "public";
  return { kind, isOwn, sizeBytes, etag: `"${media.version}-${media.generation}-${name}"` };
}
