// An MP4 or MOV with sample tables becomes a timeline: one walk finds the edges, a second writes pages and indexes,
// fragment by fragment, all tracks side by side.
import { ok, refuse, type Result } from "#workers/result.ts";
import { averageFrameRate } from "../source/average-frame-rate.ts";
import { coalesceReads } from "../source/byte-ranges.ts";
import type { Edge } from "../source/fragment-edges.ts";
import { pageBook } from "../source/page-book.ts";
import { pictureTimescale, scaleTicks } from "../source/picture-timescale.ts";
import { extentsOf, mostReadBytes, mostReadsForAll, mostReadsForOne } from "../source/page-format.ts";
import {
  fragmentSeconds,
  type ByteRange,
  type MappedFragment,
  type SourceTimeline,
  type Unfit,
  type UnfitCode,
} from "../source/source.ts";
import { mostTailSeconds, pictureEdges, soundEdges, type FilmEdges } from "./film-edges.ts";
import {
  delaySeconds,
  filmTrack,
  finishTrack,
  noteFragment,
  type FilmTrack,
  type TabledTrack,
} from "./film-track.ts";
import type { FoundMoov } from "./find-moov.ts";
import type { TakenFragment } from "./fragment-walk.ts";
import { playableTracks } from "./playable-tracks.ts";
import type { Movie } from "./read-moov.ts";
import { mediaTicks, readSampleTables, SampleCursor } from "./sample-cursor.ts";

const pageSeconds = 60;
const mostBitrateBps = 20_000_000;
const mostFragmentBytes = 28 * 2 ** 20;
/** How far picture and sound may begin or end apart: a fragment grows by as much. */
const mostApartSeconds = 10;

export function readMp4Source(
  { moov, moovRange, headers }: FoundMoov,
  movie: Movie,
  fileBytes: number,
): Result<SourceTimeline, Unfit> {
  const tabled = tracksWithTables(moov, movie);
  if (!tabled.ok) return tabled;
  const [main] = tabled.value;
  if (!main) return unfit("noMedia", "The file has neither pictures nor sound.");
  const findEdges = main.track.kind === "video" ? pictureEdges : soundEdges;
  const { timescale } = main.track.header;
  const edges = findEdges(new SampleCursor(moov, main.tables), timescale, main.track.timing);
  if (!edges.ok) return edges;
  const film = tabled.value.map((entry, index) => {
    const soundNumber = index - (main.track.kind === "video" ? 1 : 0);
    const id = entry.track.kind === "video" ? "v0" : `a${soundNumber}`;
    return filmTrack(moov, entry, id, index === 0, fileBytes);
  });
  const early = startFault(film, edges.value);
  if (early) return refuse(early);
  const built = walkFilm(film, edges.value);
  if (!built.ok) return built;
  const { book, mapped } = built.value;
  const late = endFault(film, edges.value);
  if (late) return refuse(late);
  const durationSeconds = Math.max(edges.value.endSeconds, ...film.map(({ walk }) => walk.endSeconds));
  if ((book.totalBytes() * 8) / durationSeconds > mostBitrateBps) {
    return unfit("bitrateTooHigh", `The film has more than ${mostBitrateBps / 1e6} Mbit/s on average.`);
  }
  const firstRanges = mapped.slice(0, 1).map(({ range }) => range);
  return ok({
    tracks: film.map((entry, index) => finishTrack(entry, book.runsOf(index), edges.value)),
    gop: { ticks: fragmentSeconds * timescale, timescale },
    layout: { kind: "pages", bytes: book.bytes() },
    map: { always: [...headers, moovRange, ...firstRanges], fragments: mapped },
    durationSeconds,
  });
}

/** The picture first. */
function tracksWithTables(moov: Uint8Array, movie: Movie): Result<readonly TabledTrack[], Unfit> {
  const tablesOf = new Map(movie.tracks.map((track) => [track, readSampleTables(moov, track.stbl)]));
  // A table that can't be read is a fault of its track, not the absence of media.
  const played = playableTracks(movie, (track) => tablesOf.get(track)?.sampleCount !== 0);
  if (!played.ok) return played;
  const { video, audio } = played.value;
  const tabled: TabledTrack[] = [];
  for (const track of video ? [video, ...audio] : audio) {
    const tables = tablesOf.get(track.header);
    if (!tables) {
      return unfit("malformed", "The index of the samples is damaged, or larger than any real file's.");
    }
    tabled.push(track.kind === "video" ? countedAsLadder(moov, { track, tables }) : { track, tables });
  }
  return ok(tabled);
}

/** The picture in ticks of its ladder. */
function countedAsLadder(moov: Uint8Array, { track, tables }: TabledTrack): TabledTrack {
  const { header, timing } = track;
  const { timescale: fromTimescale } = header;
  const rate = averageFrameRate(tables.sampleCount, mediaTicks(moov, tables) / fromTimescale);
  const scale = { fromTimescale, toTimescale: pictureTimescale(rate) };
  const { shiftTicks, editStartTicks, endTicks } = timing;
  return {
    track: {
      ...track,
      header: { ...header, timescale: scale.toTimescale },
      timing: {
        shiftTicks: scaleTicks(shiftTicks, scale),
        editStartTicks: scaleTicks(editStartTicks, scale),
        endTicks: endTicks === null ? null : scaleTicks(endTicks, scale),
      },
    },
    tables: { ...tables, scale },
  };
}

function walkFilm(film: readonly FilmTrack[], { edges, endSeconds }: FilmEdges) {
  const book = pageBook(film.map(({ page }) => page));
  const mapped: MappedFragment[] = [];
  let pageStartSeconds = edges[0]?.seconds ?? 0;
  for (const [number, { seconds }] of edges.entries()) {
    const next = edges[number + 1] ?? null;
    const taken = takeAll(film, next, endSeconds);
    if (!taken.ok) return taken;
    const span = spanOf(taken.value);
    if (!span.ok) return span;
    mapped.push({ startSeconds: seconds, range: span.value });
    book.add(taken.value);
    for (const [index, entry] of film.entries()) noteFragment(entry, taken.value[index]);
    if (next && next.seconds - pageStartSeconds < pageSeconds) continue;
    book.closePage();
    pageStartSeconds = next?.seconds ?? 0;
  }
  return ok({ book, mapped });
}

/** The next fragment of every track; the first track is cut at its sample, the others near it. */
function takeAll(
  film: readonly FilmTrack[],
  next: Edge | null,
  endSeconds: number,
): Result<readonly TakenFragment[], Unfit> {
  const taken: TakenFragment[] = [];
  for (const [index, { walk }] of film.entries()) {
    const fragment =
      index === 0
        ? walk.takeUntilSample(next?.position ?? Infinity)
        : walk.takeUntilSeconds(next?.seconds ?? Infinity, endSeconds, mostTailSeconds);
    if (walk.fault === "truncated") {
      return unfit("truncated", "The index names media beyond the end of the file: a part of it is missing.");
    }
    if (walk.fault) return unfit("malformed", "The index of the samples contradicts itself.");
    if (!fragment) return unfit("interleaving", "The sound does not go along with the picture all the way.");
    if (fragment.sizeBytes > mostFragmentBytes) {
      return unfit("bitrateTooHigh", "A stretch of the film that is played as one is too large.");
    }
    if (fragment.durationTicks > 0xffffffff)
      return unfit("malformed", "A sample's duration is out of range.");
    taken.push(fragment);
  }
  return ok(taken);
}

/** From the first byte of any track to the last, when a few reads can hold what a viewer asks for. */
function spanOf(taken: readonly TakenFragment[]): Result<ByteRange, Unfit> {
  const extents = taken.map(({ columns }) => extentsOf(columns));
  const all = extents.flat();
  const isReadable =
    coalesceReads(all, mostReadsForAll, mostReadBytes) !== null ||
    extents.every((own) => coalesceReads(own, mostReadsForOne, mostReadBytes) !== null);
  if (!isReadable) {
    return unfit(
      "interleaving",
      "Picture and sound are scattered over the file: too much must be read at once.",
    );
  }
  let from = Infinity;
  let to = 0;
  for (const { offsetBytes, sizeBytes } of all) {
    from = Math.min(from, offsetBytes);
    to = Math.max(to, offsetBytes + sizeBytes);
  }
  return ok(from < to ? { offsetBytes: from, sizeBytes: to - from } : { offsetBytes: 0, sizeBytes: 0 });
}

function startFault(film: readonly FilmTrack[], { edges, endSeconds }: FilmEdges): Unfit | null {
  if ((edges[0]?.seconds ?? 0) > mostApartSeconds) {
    return { code: "editList", message: `The film begins more than ${mostApartSeconds} s after its start.` };
  }
  if (film.every((entry) => delaySeconds(entry) <= Math.max(endSeconds, mostApartSeconds))) return null;
  return { code: "interleaving", message: "A sound begins after the film has ended." };
}

/** Sound that goes on after the picture lengthens the last fragment; an edit list may cut it. */
function endFault(film: readonly FilmTrack[], { endSeconds }: FilmEdges): Unfit | null {
  for (const { track, walk } of film) {
    const { endTicks } = track.timing;
    const { timescale } = track.header;
    if (endTicks !== null && walk.mediaEndTicks - endTicks > mostTailSeconds * timescale) {
      return { code: "editList", message: "The edit list cuts the end of a track off." };
    }
    if (walk.endSeconds - endSeconds > mostApartSeconds) {
      return { code: "interleaving", message: "The sound goes on long after the last picture." };
    }
  }
  return null;
}

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
