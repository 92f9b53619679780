// A fragmented MP4 as a timeline: spans of whole movie fragments, from one that begins with a key frame to another.
import { ok, refuse, type Result } from "#workers/result.ts";
import { averageFrameRate } from "../source/average-frame-rate.ts";
import { boundReads } from "../source/bounded-reads.ts";
import { mergeRanges } from "../source/byte-ranges.ts";
import type { Filler } from "../source/page-format.ts";
import { pictureTimescale, scaleTicks, type TickScale } from "../source/picture-timescale.ts";
import { silenceFor } from "../source/silence.ts";
import type { SourceReader, SourceTimeline, SourceTrack, Unfit, UnfitCode } from "../source/source.ts";
import { cutFilm, type SpanCut } from "../source/span-cut.ts";
import { encodeSpanLayout, type FragmentedTrack } from "../source/span-format.ts";
import { soundCapBps, spanFragments, spanPeakBps } from "../source/span-tables.ts";
import { writeInit } from "../source/write-init.ts";
import type { FoundMoov } from "./find-moov.ts";
import { BoxReader, type FileBox } from "./fragmented-boxes.ts";
import { readRandomAccess, readSegmentIndex, type IndexedEdge } from "./fragmented-index.ts";
import { noDefaults, type SampleDefaults } from "./fragmented-moof.ts";
import {
  checkFragments,
  finishIndex,
  walkForEdges,
  type DefaultsOf,
  type FilmIndex,
} from "./fragmented-places.ts";
import { readTrackDefaults, startTracks, type FirstRun, type StartedTrack } from "./fragmented-start.ts";
import { walkFragments } from "./fragmented-walk.ts";
import { playableTracks } from "./playable-tracks.ts";
import type { FrameRate } from "#workers/timeline/timeline.ts";
import type { Movie } from "./read-moov.ts";

/** A walk over fragments without an index takes most of them. */
const mostReads = 400;
const mostBytes = 16 * 2 ** 20;
const windowBytes = 65_536;
const headBytes = 2 * 2 ** 20;
const mostBoxesBeforeMedia = 32;
const mostFirstFragments = 8;
/** The first picture is shown from the start: the first fragment is longer by as much. */
const mostLateSeconds = 10;

export async function readFragmentedMp4Source(
  source: SourceReader,
  found: FoundMoov,
  movie: Movie,
): Promise<Result<SourceTimeline, Unfit>> {
  const played = playableTracks(movie, () => true);
  if (!played.ok) return played;
  const { video, audio } = played.value;
  const playable = video ? [video, ...audio] : audio;
  const defaults = readTrackDefaults(found.moov);
  const defaultsOf: DefaultsOf = (id) => defaults.get(id);
  const reader = new BoxReader(boundReads(source, mostReads, mostBytes), {
    offsetBytes: 0,
    bytes: new Uint8Array(0),
  });
  const moovEnd = found.moovRange.offsetBytes + found.moovRange.sizeBytes;
  const media = await findMedia(reader, moovEnd);
  if (!media) return unfit("noMedia", "The file has no movie fragments after its header.");
  const firsts = await firstRuns(
    reader,
    media.moof,
    new Set(playable.map(({ header }) => header.trackId)),
    defaultsOf,
  );
  const tracks = startTracks(playable, ({ header }) => firsts.get(header.trackId) ?? null);
  const [lead] = tracks;
  if (!lead?.first) return unfit("indexMissing", "The file's first fragments do not say when they begin.");
  const index = await findIndex(reader, media, lead, defaultsOf);
  if (!index.ok) return index;
  const edges = fromFirst(index.value.edges, media.moof.offsetBytes);
  const begin = shownSeconds(lead);
  if (begin > mostLateSeconds) {
    return unfit("interleaving", `The picture begins more than ${mostLateSeconds} s after the sound.`);
  }
  const zero = edges[0]?.seconds ?? 0;
  const seconds = edges.map((edge) => edge.seconds - zero + begin);
  const endSeconds = index.value.endSeconds - zero + begin;
  const points = edges.map(({ offsetBytes }, at) => ({
    offsetBytes,
    seconds: seconds[at] ?? 0,
    overlapBytes: 0,
  }));
  const cut = cutFilm(points, endSeconds, index.value.endBytes);
  if (!cut.ok) return cut;
  const cutEdges = cut.value.points.flatMap((at) => edges[at] ?? []);
  const fault = await checkFragments(reader, tracks, cutEdges, defaultsOf);
  if (fault) return refuse(fault);
  const starts = cut.value.points.map((at) => (seconds[at] ?? 0) - begin);
  const film = { found, tracks, cut: cut.value, starts, lengthSeconds: endSeconds - begin, defaultsOf };
  return ok(writeTimeline(film, index.value, endSeconds, zeroOffset(lead, begin)));
}

interface Media {
  /** The first of the segment indexes. */
  readonly sidx: FileBox | null;
  readonly moof: FileBox;
}

async function findMedia(reader: BoxReader, fromBytes: number): Promise<Media | null> {
  let sidx: FileBox | null = null;
  let offset = fromBytes;
  for (let count = 0; count < mostBoxesBeforeMedia; count++) {
    const box = await reader.boxAt(offset, windowBytes);
    if (!box) return null;
    if (box.type === "moof") return { sidx, moof: box };
    if (box.type === "sidx") sidx ??= box;
    offset += box.sizeBytes;
  }
  return null;
}

async function firstRuns(
  reader: BoxReader,
  moof: FileBox,
  wanted: ReadonlySet<number>,
  defaultsOf: DefaultsOf,
): Promise<ReadonlyMap<number, FirstRun>> {
  const firsts = new Map<number, FirstRun>();
  let fragments = 0;
  await walkFragments(reader, moof.offsetBytes, reader.sizeBytes, defaultsOf, ({ runs }) => {
    for (const run of runs) {
      const { trackId, startTicks } = run;
      if (startTicks === null || run.samples.length === 0) continue;
      if (wanted.has(trackId) && !firsts.has(trackId)) firsts.set(trackId, { ...run, startTicks });
    }
    return firsts.size < wanted.size && ++fragments < mostFirstFragments;
  });
  return firsts;
}

async function findIndex(
  reader: BoxReader,
  media: Media,
  lead: StartedTrack,
  defaultsOf: DefaultsOf,
): Promise<Result<FilmIndex, Unfit>> {
  const { trackId, timescale } = lead.track.header;
  const index =
    (media.sidx && (await readSegmentIndex(reader, media.sidx, trackId))) ??
    (await readRandomAccess(reader, trackId, timescale));
  return index
    ? finishIndex(reader, index, lead, defaultsOf)
    : walkForEdges(reader, media.moof.offsetBytes, lead, defaultsOf);
}

/** Sound may lie before the first picture's fragment: the film begins with the first of all. */
function fromFirst(edges: readonly IndexedEdge[], firstMoofBytes: number): readonly IndexedEdge[] {
  return edges.map((edge, index) =>
    index === 0 ? { ...edge, offsetBytes: Math.min(edge.offsetBytes, firstMoofBytes) } : edge,
  );
}

/** When the track is first shown, on the film's own clock. */
function shownSeconds({ track, first, startTicks, editStartTicks }: StartedTrack): number {
  const composition = first?.samples[0]?.compositionTicks ?? 0;
  return (startTicks + composition - editStartTicks) / track.header.timescale;
}

/** What the file's own presentation times are ahead of the film's. */
function zeroOffset({ track, first }: StartedTrack, shown: number): number {
  const { header, timing } = track;
  const ticks = (first?.startTicks ?? 0) + (first?.samples[0]?.compositionTicks ?? 0);
  return (ticks + timing.shiftTicks - timing.editStartTicks) / header.timescale - shown;
}

interface FragmentedFilm {
  readonly found: FoundMoov;
  readonly tracks: readonly StartedTrack[];
  readonly cut: SpanCut;
  /** Of each fragment, since the first. */
  readonly starts: readonly number[];
  readonly lengthSeconds: number;
  readonly defaultsOf: DefaultsOf;
}

function writeTimeline(
  film: FragmentedFilm,
  index: FilmIndex,
  endSeconds: number,
  aheadSeconds: number,
): SourceTimeline {
  const { found, tracks, cut, starts } = film;
  const sourceTracks = tracks.map((track, at) => sourceTrack(film, track, idOf(tracks, at)));
  const layoutTracks = tracks.map((track, at) =>
    layoutTrack(track, idOf(tracks, at), film.defaultsOf(track.track.header.trackId) ?? noDefaults),
  );
  const [lead] = sourceTracks;
  const longest = lead?.fragments.durationTicks.reduce((most, ticks) => Math.max(most, ticks), 0) ?? 0;
  const firstSeconds = endSeconds - film.lengthSeconds;
  return {
    tracks: sourceTracks,
    gop: { ticks: longest, timescale: lead?.format.timescale ?? 1 },
    layout: {
      kind: "spans",
      bytes: encodeSpanLayout({ kind: "fragmented", fragments: cut.spans.length, tracks: layoutTracks }),
    },
    map: {
      always: mergeRanges([
        ...found.headers,
        found.moovRange,
        ...index.ranges,
        { offsetBytes: 0, sizeBytes: Math.min(headBytes, index.endBytes) },
      ]),
      fragments: cut.spans.map((range, at) => ({
        startSeconds: (starts[at] ?? 0) + firstSeconds + aheadSeconds,
        range,
      })),
    },
    durationSeconds: endSeconds,
  };
}

function idOf(tracks: readonly StartedTrack[], index: number): string {
  const hasPicture = tracks[0]?.track.kind === "video";
  return hasPicture && index === 0 ? "v0" : `a${index - (hasPicture ? 1 : 0)}`;
}

function sourceTrack(
  { cut, starts, lengthSeconds }: FragmentedFilm,
  started: StartedTrack,
  id: string,
): SourceTrack {
  const { track, first } = started;
  const scale = scaleOf(started);
  const { toTimescale: timescale } = scale;
  const startTicks = scaleTicks(started.startTicks, scale);
  const editStartTicks = scaleTicks(started.editStartTicks, scale);
  const edgeTicks = [...starts, lengthSeconds].map((seconds) => startTicks + Math.round(seconds * timescale));
  if (track.kind === "video" && shownSeconds(started) > 0) edgeTicks[0] = 0;
  const fragments = spanFragments(cut.spans, edgeTicks);
  const ticks = first?.samples.reduce((sum, sample) => sum + sample.durationTicks, 0) ?? 0;
  const common = { id, codec: track.codec, timescale, editStartTicks };
  if (track.kind === "video") {
    const { width, height, sampleEntry } = track;
    const frameRate = frameRateOf(started);
    const maxBitrateBps = spanPeakBps(fragments, timescale);
    return {
      format: { ...common, kind: "video", width, height, frameRate, maxBitrateBps },
      init: writeInit({ kind: "video", timescale, sampleEntry, editStartTicks, width, height }),
      fragments,
    };
  }
  const bytes = first?.samples.reduce((sum, sample) => sum + sample.sizeBytes, 0) ?? 0;
  const { channels, sampleRateHz, sampleEntry, header } = track;
  const measuredBps = ticks === 0 ? 0 : (bytes * 8 * timescale) / ticks;
  const maxBitrateBps = soundCapBps(track.codec === "opus", channels, measuredBps);
  return {
    format: { ...common, kind: "audio", channels, sampleRateHz, language: header.language, maxBitrateBps },
    init: writeInit({ kind: "audio", timescale, sampleEntry, editStartTicks }),
    fragments,
  };
}

/** By the first run alone: fragments are not all looked at. */
function frameRateOf({ track, first }: StartedTrack): FrameRate {
  const ticks = first?.samples.reduce((sum, sample) => sum + sample.durationTicks, 0) ?? 0;
  return averageFrameRate(first?.samples.length ?? 0, ticks / track.header.timescale);
}

function scaleOf(started: StartedTrack): TickScale {
  const { timescale: fromTimescale } = started.track.header;
  const isPicture = started.track.kind === "video";
  return {
    fromTimescale,
    toTimescale: isPicture ? pictureTimescale(frameRateOf(started)) : fromTimescale,
  };
}

function layoutTrack(started: StartedTrack, id: string, defaults: SampleDefaults): FragmentedTrack {
  const { track, shiftTicks } = started;
  const { trackId } = track.header;
  const scale = scaleOf(started);
  return {
    id,
    trackId,
    isPicture: track.kind === "video",
    fileTimescale: scale.fromTimescale,
    timescale: scale.toTimescale,
    shiftTicks,
    editStartTicks: scaleTicks(started.editStartTicks, scale),
    ...defaults,
    filler: fillerOf(started),
  };
}

function fillerOf({ track, first }: StartedTrack): Filler | null {
  if (track.kind === "video") return null;
  // The first sample of all may last longer.
  const usual = first?.samples[1] ?? first?.samples[0];
  return silenceFor(track, track.header.timescale, usual?.durationTicks ?? 0);
}

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
