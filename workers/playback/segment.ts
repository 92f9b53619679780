// Segments and init segments: byte ranges of chunk objects, through the caches under canonical names. All
// that the headers decide (304, 416, HEAD) is answered before a byte is read.
import { count } from "#workers/metrics/count.ts";
import { ok } from "#workers/result.ts";
import { initKey } from "#workers/storage/keys.ts";
import { segmentRange, type Segment } from "#workers/timeline/segments.ts";
import type { Fragments, SegmentFragments } from "#workers/timeline/timeline.ts";
import { no, type Answer, type TrackCall } from "./call.ts";
import { canonicalKey } from "./edge-cache.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import type { ByteKind } from "./byte-answer.ts";
import { decideBytes, respondBytes } from "./byte-answer.ts";
import { contentTypes, type CacheTier } from "./headers.ts";
import { holdsSegment } from "./offered-slice.ts";
import { noteStream } from "./note-stream.ts";
import type { LoadedTrack } from "./timeline-store.ts";
import { etagOf, storedAt } from "./segment-source.ts";

export async function answerSegment(
  isolate: PlaybackIsolate,
  call: TrackCall,
  g: number,
  n: number,
): Promise<Answer> {
  const { request, media, session, track } = call;
  const grouping = knownGrouping(g, media.segmentFragments);
  if (grouping === null) return no("groupingUnknown", session);
  if (!holdsSegment(session.slice, grouping, n)) return no("segmentNotOffered", session);
  const found = await findSegment(isolate, call, grouping, n);
  if (found === null) return no("segmentUnknown", session);
  const { segment, fragments } = found;
  if (media.kind === "source") return answerMade(isolate, call, segment, fragments);
  const { videoId, version } = media;
  const answer = {
    sizeBytes: segment.sizeBytes,
    etag: etagOf(version, segment.location, segment),
    kind: kindOf(call),
  };
  const decision = decideBytes(request, answer);
  if (decision.kind === "respond") return ok(decision.response);
  const read = await isolate.bytes.read(
    {
      // Only now, with the index having said yes, is a key built from what the path named.
      key: nameOf(call, `${grouping}/${n}`),
      sizeBytes: segment.sizeBytes,
      contentType: contentTypes[answer.kind],
      source: storedAt({ videoId, version, track }, segment.location, segment.offsetBytes),
    },
    decision.range.kind === "partial" ? decision.range : null,
    call,
  );
  if (read === null) return no("bytesMissing", session);
  countSegment(call, read.tier);
  const sentBytes = decision.range.kind === "partial" ? decision.range.sizeBytes : segment.sizeBytes;
  noteSent(isolate, call, segment, sentBytes, segment.sizeBytes);
  return ok(respondBytes(answer, decision.range, read.body, read.tier));
}

async function answerMade(
  isolate: PlaybackIsolate,
  call: TrackCall,
  segment: Segment,
  fragments: Fragments,
): Promise<Answer> {
  const made = (isolate.made ??= await import("./made-segment.ts"));
  const { answer, tier } = await made.answerMade(isolate, call, segment, fragments, kindOf(call));
  if (tier !== null) {
    countSegment(call, tier);
    const bytes = answer.ok ? Number(answer.value.headers.get("Content-Length")) : 0;
    if (bytes > 0) noteSent(isolate, call, segment, bytes, bytes);
  }
  return answer;
}

/** A part of a segment is that much of its time. */
function noteSent(
  isolate: PlaybackIsolate,
  call: TrackCall,
  segment: Segment,
  bytes: number,
  ofBytes: number,
): void {
  const seconds = mediaSecondsOf(call, segment);
  noteStream(isolate, call, seconds);
  isolate.cmcd.noteDelivered(call, { bytes, mediaMs: Math.round((seconds * 1000 * bytes) / ofBytes) });
}

/** Of the track that stands for the stream: the sound of a film goes beside its picture. */
function mediaSecondsOf({ media, trackIndex }: TrackCall, { durationTicks }: Segment): number {
  const format = media.formats[trackIndex];
  if (format === undefined) return 0;
  const counts = format.kind === "video" || media.formats.every(({ kind }) => kind === "audio");
  return counts ? durationTicks / format.timescale : 0;
}

/** What would answer the segment now. */
export function segmentTier(
  isolate: PlaybackIsolate,
  call: TrackCall,
  g: number,
  n: number,
): Promise<CacheTier> {
  return isolate.bytes.tier(nameOf(call, `${g}/${n}`));
}

export function initTier(isolate: PlaybackIsolate, call: TrackCall): Promise<CacheTier> {
  return isolate.small.tier(nameOf(call, "init"));
}

const nameOf = ({ media, track }: TrackCall, rest: string) => {
  const { videoId, version, generation } = media;
  return canonicalKey({ videoId, version, generation, rest: `${track}/${rest}` });
};

export async function answerInit(isolate: PlaybackIsolate, call: TrackCall): Promise<Answer> {
  const { request, env, ctx, nowMs, media, track } = call;
  const { videoId, version, generation } = media;
  const kind = kindOf(call);
  const found = isolate.small.read(
    {
      key: nameOf(call, "init"),
      objectKey: initKey(videoId, version, track),
      contentType: contentTypes[kind],
    },
    env,
    ctx,
    nowMs,
  );
  const read = found instanceof Promise ? await found : found;
  if (read === null) return no("bytesMissing", call.session);
  const { bytes, tier } = read;
  const answer = {
    sizeBytes: bytes.length,
    etag: `"${version}-${generation}-init-${bytes.length}"`,
    kind,
  };
  const decision = decideBytes(request, answer);
  if (decision.kind === "respond") return ok(decision.response);
  const { range } = decision;
  const body =
    range.kind === "whole" ? bytes : bytes.subarray(range.offsetBytes, range.offsetBytes + range.sizeBytes);
  countSegment(call, tier);
  return ok(respondBytes(answer, range, body, tier));
}

/** The video's own grouping, or single fragments, which I-frame playlists point into. */
function knownGrouping(g: number, own: SegmentFragments): SegmentFragments | null {
  if (g === own) return own;
  return g === 1 ? 1 : null;
}

/** From memory, however old, when that has it; else from what is known of the version now. */
async function findSegment(
  isolate: PlaybackIsolate,
  { env, ctx, nowMs, media, track }: TrackCall,
  g: SegmentFragments,
  n: number,
): Promise<FoundSegment | null> {
  const known = isolate.timelines.peekTrack(media, track);
  const remembered = known === undefined ? null : segmentIn(known, g, n);
  if (remembered !== null || known?.complete === true) return remembered;
  const loaded = await isolate.timelines.track(media, track, env, ctx, nowMs);
  return loaded === null ? null : segmentIn(loaded, g, n);
}

interface FoundSegment {
  readonly segment: Segment;
  readonly fragments: Fragments;
}

function segmentIn(
  { fragments, complete }: LoadedTrack,
  g: SegmentFragments,
  n: number,
): FoundSegment | null {
  const segment = segmentRange(fragments, g, n, complete);
  return segment === null ? null : { segment, fragments };
}

function kindOf({ media, trackIndex }: TrackCall): ByteKind {
  return media.formats[trackIndex]?.kind === "audio" ? "audio" : "video";
}

function countSegment({ env, ctx }: TrackCall, tier: CacheTier): void {
  count(env, ctx, "segment_requests_total", { tier });
}
