// A version that is still being encoded, from the chunk rows in D1: the contiguous prefix that all of its
// tracks have. Chunks are published in any order, but a player is never told of one behind a gap.
import { decodeChunkIndex } from "#workers/timeline/index-decode.ts";
import { joinFragments } from "#workers/timeline/join.ts";
import type { Format, Fragments, Timeline } from "#workers/timeline/timeline.ts";
import type { MediaVersion } from "./record.ts";

export interface Growth {
  readonly media: MediaVersion;
  readonly timeline: Timeline;
  /** The first chunk that the timeline does not hold. */
  readonly nextChunk: number;
}

export interface ChunkRow {
  readonly chunk: number;
  readonly index: Uint8Array;
}

export interface GrowthRead {
  /** As the row says now: formats are known with the first chunk, the state changes at the seal. */
  readonly media: MediaVersion;
  readonly rows: readonly ChunkRow[];
}

export function emptyGrowth(media: MediaVersion): Growth {
  const tracks = media.formats.map((format) => ({ format, fragments: noFragments }));
  return { media, timeline: { tracks, gop: media.gop, complete: false }, nextChunk: 0 };
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
        "SELECT chunk, index_blob FROM chunks WHERE video_id = ? AND version = ? AND chunk >= ? ORDER BY chunk",
      )
      .bind(media.videoId, media.version, fromChunk),
  ]);
  const row = versions?.results[0] as { state: MediaVersion["state"]; formats: string } | undefined;
  if (row === undefined) return null;
  const rows = (chunks?.results ?? []) as readonly {
    chunk: number;
    index_blob: ArrayLike<number> | ArrayBuffer;
  }[];
  return {
    media: { ...media, state: row.state, formats: JSON.parse(row.formats) as readonly Format[] },
    rows: rows.map(({ chunk, index_blob }) => ({ chunk, index: new Uint8Array(index_blob) })),
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
  const formats = read.media.formats;
  const before = sameTracks(growth.media.formats, formats) ? growth : emptyGrowth(read.media);
  const parts = formats.map((_, index) => [before.timeline.tracks[index]?.fragments ?? noFragments]);
  let { nextChunk } = before;
  let fault: string | null = null;
  for (const row of read.rows) {
    if (row.chunk !== nextChunk) break;
    fault = takeRow(parts, formats, row);
    if (fault !== null) break;
    nextChunk++;
  }
  if (nextChunk === before.nextChunk) return { growth: { ...before, media: read.media }, fault };
  const tracks = formats.map((format, index) => ({ format, fragments: join(parts[index] ?? []) }));
  return {
    growth: { media: read.media, timeline: { tracks, gop: read.media.gop, complete: false }, nextChunk },
    fault,
  };
}

/** Adds one part to every track, or none to any. */
function takeRow(parts: readonly Fragments[][], formats: readonly Format[], row: ChunkRow): string | null {
  const decoded = decodeChunkIndex(row.index);
  if (!decoded.ok) return `chunk ${row.chunk}: ${decoded.reason.kind}`;
  const found = formats.map(({ id }) => decoded.value.find(({ track }) => track === id)?.fragments);
  const next: Fragments[] = [];
  for (const [index, fragments] of found.entries()) {
    if (fragments === undefined) return `chunk ${row.chunk}: no track ${formats[index]?.id}`;
    const last = parts[index]?.at(-1) ?? noFragments;
    const joined = last.sync.length === 0 ? null : joinFragments([last, fragments]);
    if (joined !== null && !joined.ok) return `chunk ${row.chunk}: ${formats[index]?.id} does not continue`;
    next.push(fragments);
  }
  for (const [index, fragments] of next.entries()) parts[index]?.push(fragments);
  return null;
}

function join(parts: readonly Fragments[]): Fragments {
  const joined = joinFragments(parts.filter(({ sync }) => sync.length > 0));
  if (!joined.ok) throw new Error(`chunks that were checked one by one do not join: ${joined.reason.kind}`);
  return joined.value;
}

function sameTracks(a: readonly Format[], b: readonly Format[]): boolean {
  return a.length === b.length && a.every((format, index) => format.id === b[index]?.id);
}
