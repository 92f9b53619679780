// A version that is still being encoded, from the chunk rows in D1: the contiguous prefix that all of its
// tracks have. Chunks are published in any order, but a player is never told of one behind a gap.
// Of the first chunk some tracks may be there before the others. Then the timeline has those alone, nothing follows, and
// the chunk is read again until it is whole.
import { decodeChunkIndex } from "#workers/timeline/index-decode.ts";
import { joinFragments } from "#workers/timeline/join.ts";
import type { Format, Fragments, Timeline } from "#workers/timeline/timeline.ts";
import type { MediaVersion } from "./record.ts";

export interface Growth {
  readonly media: MediaVersion;
  readonly timeline: Timeline;
  /** The first chunk that the timeline does not hold, or does not hold whole. */
  readonly nextChunk: number;
  /** Some tracks have that chunk. */
  readonly partial: boolean;
}

export interface ChunkRow {
  readonly chunk: number;
  readonly index: Uint8Array;
  /** False: some tracks are not in it yet. */
  readonly whole: boolean;
}

export interface GrowthRead {
  /** As the row says now: formats are known with the first chunk, the state changes at the seal. */
  readonly media: MediaVersion;
  readonly rows: readonly ChunkRow[];
}

export function emptyGrowth(media: MediaVersion): Growth {
  const tracks = media.formats.map((format) => ({ format, fragments: noFragments }));
  return { media, timeline: { tracks, gop: media.gop, complete: false }, nextChunk: 0, partial: false };
}

const noFragments: Fragments = {
  first: 0,
  startTicks: 0,
  durationTicks: new Uint32Array(0),
  sizeBytes: new Uint32Array(0),
  leadBytes: new Uint32Array(0),
  sync: new Uint8Array(0),
  runs: [],
};

/** One read session: the state of the version, and the chunks from `fromChunk` on. Null: no such version. */
export async function readGrowth(
  db: D1Database,
  media: MediaVersion,
  fromChunk: number,
): Promise<GrowthRead | null> {
  const session = db.withSession("first-unconstrained");
  const [versions, chunks] = await session.batch([
    session
      .prepare("SELECT state, formats FROM versions WHERE video_id = ? AND version = ?")
      .bind(media.videoId, media.version),
    session
      .prepare(
        "SELECT chunk, index_blob, whole FROM chunks WHERE video_id = ? AND version = ? AND chunk >= ? ORDER BY chunk",
      )
      .bind(media.videoId, media.version, fromChunk),
  ]);
  const row = versions?.results[0] as { state: MediaVersion["state"]; formats: string } | undefined;
  if (row === undefined) return null;
  const rows = (chunks?.results ?? []) as readonly {
    chunk: number;
    index_blob: ArrayLike<number> | ArrayBuffer;
    whole: number;
  }[];
  return {
    media: { ...media, state: row.state, formats: JSON.parse(row.formats) as readonly Format[] },
    rows: rows.map(({ chunk, index_blob, whole }) => ({
      chunk,
      index: new Uint8Array(index_blob),
      whole: whole === 1,
    })),
  };
}

export interface Grown {
  readonly growth: Growth;
  /**
   * The row at which it stopped although its chunk was next: stored data that does not fit together, which is ours
   * to log and never a viewer's problem.
   */
  readonly fault: string | null;
}

/** Takes the rows that continue the timeline. */
export function grow(growth: Growth, read: GrowthRead): Grown {
  const { media } = read;
  const made = tracksMade(media.formats);
  const kept = sameTracks(growth.media.formats, media.formats) ? growth : emptyGrowth(media);
  const before = kept.partial ? emptyGrowth(media) : kept;
  const parts = made.map((id) => [fragmentsOf(before, id)]);
  let { nextChunk } = before;
  let partial = false;
  let fault: string | null = null;
  for (const row of read.rows) {
    if (row.chunk !== nextChunk) break;
    fault = takeRow(parts, made, row);
    if (fault !== null) break;
    partial = !row.whole;
    if (partial) break;
    nextChunk++;
  }
  // A replica may be older than what was read before.
  if (nextChunk === before.nextChunk && !partial) return { growth: { ...kept, media }, fault };
  const joined = new Map(made.map((id, index) => [id, join(parts[index] ?? [])]));
  const tracks = media.formats
    .map((format) => ({ format, fragments: joined.get(format.id) ?? noFragments }))
    .filter(({ format, fragments }) => format.dropped === true || fragments.sync.length > 0);
  return {
    growth: { media, timeline: { tracks, gop: media.gop, complete: false }, nextChunk, partial },
    fault,
  };
}

/** A track that was dropped keeps its place among the formats, and never has a fragment. */
function tracksMade(formats: readonly Format[]): readonly string[] {
  return formats.filter(({ dropped }) => dropped !== true).map(({ id }) => id);
}

function fragmentsOf({ timeline }: Growth, id: string): Fragments {
  return timeline.tracks.find(({ format }) => format.id === id)?.fragments ?? noFragments;
}

/** Adds one part to every track that the row must have, or none to any. */
function takeRow(parts: readonly Fragments[][], made: readonly string[], row: ChunkRow): string | null {
  const decoded = decodeChunkIndex(row.index);
  if (!decoded.ok) return `chunk ${row.chunk}: ${decoded.reason.kind}`;
  const next: (Fragments | undefined)[] = [];
  for (const [index, id] of made.entries()) {
    const fragments = decoded.value.find(({ track }) => track === id)?.fragments;
    if (fragments === undefined && row.whole) return `chunk ${row.chunk}: no track ${id}`;
    const last = parts[index]?.at(-1) ?? noFragments;
    const continues =
      fragments === undefined || last.sync.length === 0 || joinFragments([last, fragments]).ok;
    if (!continues) return `chunk ${row.chunk}: ${id} does not continue`;
    next.push(fragments);
  }
  for (const [index, fragments] of next.entries()) {
    if (fragments !== undefined) parts[index]?.push(fragments);
  }
  return null;
}

function join(parts: readonly Fragments[]): Fragments {
  const filled = parts.filter(({ sync }) => sync.length > 0);
  if (filled.length === 0) return noFragments;
  const joined = joinFragments(filled);
  if (!joined.ok) throw new Error(`chunks that were checked one by one do not join: ${joined.reason.kind}`);
  return joined.value;
}

function sameTracks(a: readonly Format[], b: readonly Format[]): boolean {
  return a.length === b.length && a.every((format, index) => format.id === b[index]?.id);
}
