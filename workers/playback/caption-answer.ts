// Texts beside a film: their playlists, and the text itself, cut to what the session opens. Cues are stored on the
// clock of the video that they belong to.
import { decodeCaptions } from "#workers/captions/decode-captions.ts";
import type { TextEntry } from "#workers/captions/text-tracks.ts";
import { revisionOf } from "#workers/captions/text-tracks.ts";
import { cutCaptions, mediaClock, printWebVtt } from "#workers/packaging/captions/print-webvtt.ts";
import { printGrowingText, printWholeText } from "#workers/packaging/hls/subtitles-playlist.ts";
import { targetDurationSeconds } from "#workers/packaging/target-duration.ts";
import { ok } from "#workers/result.ts";
import { captionKey, subtitlesKey } from "#workers/storage/keys.ts";
import { endTicks, segmentRange } from "#workers/timeline/segments.ts";
import type { SegmentFragments, Timeline, Track } from "#workers/timeline/timeline.ts";
import { no, type Answer, type TextCall } from "./call.ts";
import { canonicalKey } from "./edge-cache.ts";
import { cacheControl, contentTypes } from "./headers.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import { groupingOf, isWhole, offeredSlice } from "./offered-slice.ts";
import { readCount } from "./path.ts";
import { printForMany } from "./printed.ts";
import { respondText, textHeaders } from "./text-answer.ts";

type TextFile =
  | { readonly kind: "playlist"; readonly grows: boolean }
  /** `period`: for DASH, from second 0 of what is offered. */
  | { readonly kind: "whole"; readonly clock: "media" | "period"; readonly revision: number }
  | { readonly kind: "segment"; readonly n: number; readonly revision: number };

/** A version as this session is offered it, and the track that its texts go by. */
interface Offered {
  readonly timeline: Timeline;
  readonly lead: Track;
  readonly g: SegmentFragments;
}

export async function answerCaption(memory: PlaybackIsolate, call: TextCall): Promise<Answer> {
  const file = readFile(call.file);
  if (file === null) return no("trackUnknown", call.session);
  const { media, session, env, ctx, nowMs } = call;
  const loaded = await memory.timelines.timeline(media, env, ctx, nowMs);
  if (loaded === null) return no("bytesMissing", session);
  const timeline = offeredSlice(loaded.timeline, session.slice);
  const [lead] = timeline.tracks;
  if (lead === undefined) return no("notYetPlayable", session);
  const offered = { timeline, lead, g: groupingOf(session.slice, media.segmentFragments) };
  return file.kind === "playlist"
    ? ok(answerPlaylist(call, offered, file.grows))
    : answerText(memory, call, offered, file);
}

function readFile(name: string): TextFile | null {
  if (name === "index.m3u8") return { kind: "playlist", grows: false };
  if (name === "growing.m3u8") return { kind: "playlist", grows: true };
  const parts = name.split(".");
  const revision = readCount(parts[0] ?? "");
  if (revision === null || parts.at(-1) !== "vtt" || parts.length > 3) return null;
  if (parts.length === 2) return { kind: "whole", clock: "media", revision };
  if (parts[1] === "period") return { kind: "whole", clock: "period", revision };
  const n = readCount(parts[1] ?? "");
  return n === null ? null : { kind: "segment", n, revision };
}

function answerPlaylist(
  { request, entry }: TextCall,
  { timeline, lead, g }: Offered,
  grows: boolean,
): Response {
  const revision = revisionOf(entry);
  const text = printForMany(
    grows
      ? printGrowingText(timeline, lead, g, (n) => `${revision}.${n}.vtt`)
      : printWholeText(lead, `${revision}.vtt`),
  );
  // It names a revision, and the next one may come at any time.
  const policy = timeline.complete
    ? "private, max-age=60"
    : cacheControl.growingPlaylist(targetDurationSeconds(timeline, g));
  const headers = textHeaders(contentTypes.multivariant, policy, text.etag);
  return respondText(request, { text, headers, tier: "isolate" });
}

async function answerText(
  memory: PlaybackIsolate,
  call: TextCall,
  offered: Offered,
  file: Exclude<TextFile, { readonly kind: "playlist" }>,
): Promise<Answer> {
  const { entry, env, ctx, nowMs, media, session, record } = call;
  const { videoId, generation } = media;
  const key = canonicalKey({
    videoId,
    version: media.version,
    generation,
    rest: `captions/${entry.videoId}/${entry.id}/${revisionOf(entry)}`,
  });
  const objectKey = objectKeyOf(entry);
  const read = await memory.small.read({ key, objectKey, contentType: "text/vtt" }, env, ctx, nowMs);
  if (read === null) return no("bytesMissing", session);
  const clipMs = entry.videoId === record.clip?.ofVideoId ? 0 : (record.clip?.fromSeconds ?? 0) * 1000;
  const isPlain = file.kind === "whole" && isWhole(session.slice) && clipMs === 0;
  const printed = isPlain
    ? onClock(new TextDecoder().decode(read.bytes), file.clock)
    : cutText(read.bytes, { clipMs, offered, file });
  if (printed === null) return no("segmentUnknown", session);
  const text = printForMany(printed);
  // An older manifest may name what has been replaced since: it is given what is there now.
  const policy = file.revision === revisionOf(entry) ? cacheControl.segment : "private, no-cache";
  const headers = textHeaders("text/vtt; charset=utf-8", policy, text.etag);
  return ok(respondText(call.request, { text, headers, tier: read.tier }));
}

function objectKeyOf({ id, videoId, origin }: TextEntry): string {
  return origin.kind === "uploaded"
    ? captionKey(videoId, id)
    : subtitlesKey(videoId, origin.version, Number(id.slice(1)), origin.attempt);
}

/** What is stored begins with the line WEBVTT. */
function onClock(text: string, clock: "media" | "period"): string {
  if (clock === "period") return text;
  const end = text.indexOf("\n");
  return `WEBVTT\n${mediaClock}\n${end < 0 ? "" : text.slice(end + 1)}`;
}

interface Cut {
  readonly clipMs: number;
  readonly offered: Offered;
  readonly file: Exclude<TextFile, { readonly kind: "playlist" }>;
}

/** Null: there is no such segment. */
function cutText(bytes: Uint8Array, { clipMs, offered: { timeline, lead, g }, file }: Cut): string | null {
  const stored = decodeCaptions(bytes);
  if (!stored.ok) throw new Error(`a stored text can't be read: line ${stored.reason.line}`);
  const onMedia =
    clipMs === 0 ? stored.value : cutCaptions(stored.value, { fromMs: 0, toMs: Infinity, shiftMs: clipMs });
  const { fragments, format } = lead;
  // Picture: the first sample's composition offset equals the edit. Sound: no offset, so the edit shifts it.
  const editTicks = format.kind === "video" ? 0 : format.editStartTicks;
  const msOf = (ticks: number) => (Math.max(0, ticks - editTicks) * 1000) / format.timescale;
  if (file.kind === "segment") {
    const segment = segmentRange(fragments, g, file.n, timeline.complete);
    if (segment === null) return null;
    const fromMs = msOf(segment.startTicks);
    const toMs = msOf(segment.startTicks + segment.durationTicks);
    return printWebVtt(cutCaptions(onMedia, { fromMs, toMs, shiftMs: 0 }), [mediaClock]);
  }
  const fromMs = msOf(fragments.startTicks);
  const toMs = msOf(endTicks(fragments));
  return file.clock === "media"
    ? printWebVtt(cutCaptions(onMedia, { fromMs, toMs, shiftMs: 0 }), [mediaClock])
    : printWebVtt(cutCaptions(onMedia, { fromMs, toMs, shiftMs: -Math.round(fromMs) }));
}
