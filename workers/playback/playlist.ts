// Media and I-frame playlists: the same bytes for every viewer, printed once per revision of the timeline.
import { count } from "#workers/metrics/count.ts";
import { hasIFrames, printIFrames } from "#workers/packaging/hls/iframes.ts";
import { printMedia } from "#workers/packaging/hls/media.ts";
import { targetDurationSeconds } from "#workers/packaging/target-duration.ts";
import { ok } from "#workers/result.ts";
import { segmentCount } from "#workers/timeline/segments.ts";
import type { SegmentFragments, Timeline, Track } from "#workers/timeline/timeline.ts";
import { no, type Answer, type TrackCall } from "./call.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import { groupingOf, offeredSlice } from "./offered-slice.ts";
import { printForMany, sizeOfPrinted, type PrintedText } from "./printed.ts";
import { respondText, textHeaders, type TextHeaders } from "./text-answer.ts";
import { cacheControl, contentTypes, type CacheTier } from "./headers.ts";

export type PlaylistKind = "media" | "iframes";

export interface PrintedPlaylist {
  readonly text: PrintedText;
  readonly headers: TextHeaders;
}

export async function answerPlaylist(
  isolate: PlaybackIsolate,
  call: TrackCall,
  kind: PlaylistKind,
): Promise<Answer> {
  const { request, env, ctx, nowMs, media, session } = call;
  const g = groupingOf(session.slice, media.segmentFragments);
  let playlist = peekPlaylist(isolate, call, kind);
  const tier: CacheTier = playlist === undefined ? "origin" : "isolate";
  if (playlist === undefined) {
    const loaded = await isolate.timelines.timeline(media, env, ctx, nowMs);
    if (loaded === null) return no("bytesMissing", session);
    const timeline = offeredSlice(loaded.timeline, session.slice);
    const track = timeline.tracks.find(({ format }) => format.id === call.track);
    if (track === undefined) return no("bytesMissing", session);
    if (!hasSegments(timeline, track, g)) return no("notYetPlayable", session);
    // Made of the file each time, pictures to scrub by would cost what whole segments cost.
    if (kind === "iframes" && (media.kind === "source" || !hasIFrames(track)))
      return no("noKeyFrames", session);
    const name = playlistName(call, kind, loaded.revision);
    // While this waited, another request may have printed it.
    playlist = isolate.playlists.get(name) ?? print(timeline, track, g, kind);
    isolate.playlists.set(name, playlist, sizeOfPrinted(playlist.text));
  }
  count(env, ctx, "playlist_requests_total", { tier });
  return ok(respondText(request, { ...playlist, tier }));
}

export function playlistTier(isolate: PlaybackIsolate, call: TrackCall, kind: PlaylistKind): CacheTier {
  return peekPlaylist(isolate, call, kind) === undefined ? "origin" : "isolate";
}

function peekPlaylist(isolate: PlaybackIsolate, call: TrackCall, kind: PlaylistKind) {
  const revision = isolate.timelines.peekRevision(call.media, call.nowMs);
  return revision === undefined ? undefined : isolate.playlists.get(playlistName(call, kind, revision));
}

function playlistName({ track, media, session }: TrackCall, kind: PlaylistKind, revision: string): string {
  const { fromFragment, toFragment } = session.slice;
  return `${revision}/${track}/${kind}/${media.segmentFragments}/${fromFragment}-${toFragment ?? ""}`;
}

function print(timeline: Timeline, track: Track, g: SegmentFragments, kind: PlaylistKind): PrintedPlaylist {
  const text = printForMany(
    kind === "iframes" ? printIFrames(timeline, track) : printMedia(timeline, track, { g }),
  );
  const policy = timeline.complete
    ? cacheControl.sealedPlaylist
    : cacheControl.growingPlaylist(targetDurationSeconds(timeline, kind === "iframes" ? 1 : g));
  return { text, headers: textHeaders(contentTypes.multivariant, policy, text.etag) };
}

/** A whole segment to list: players give up on an empty playlist. */
export function hasSegments({ complete }: Timeline, { fragments }: Track, g: SegmentFragments): boolean {
  return segmentCount(fragments, g, complete) > 0;
}
