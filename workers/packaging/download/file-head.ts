// The head of a file that is made of the fragments of several tracks: one movie box of their init segments, and an index
// of the runs that follow, so that a player knows how long it is and can seek without walking it.
import { concatBytes } from "#workers/bytes.ts";
import { findBox, readBoxes, type Box } from "../cmaf/boxes.ts";
import { ascii, box, fullBox, u16, u32, u64 } from "../cmaf/write-boxes.ts";

/** ISO/IEC 14496-12 edition 6, whose fragments' offsets count from the movie fragment; and what older readers look for. */
const fileType = box("ftyp", ascii("iso6"), u32(0), ascii("iso6"), ascii("isom"), ascii("mp41"));

/** Tracks are numbered from 1 in the order of `inits`, which are our own: one track each. */
export function fileHead(inits: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const movies = inits.map(movieOf);
  const [first] = movies;
  if (first === undefined) throw new Error("a file has a track");
  const header = copyOf(first, "mvhd");
  // 14496-12 8.2.2: the last field is next_track_ID.
  setU32(header, header.length - 4, inits.length + 1);
  const traks = movies.map((movie, index) => {
    const trak = copyOf(movie, "trak");
    setTrackId(trak, "tkhd", index + 1);
    return trak;
  });
  const defaults = movies.map((movie, index) => {
    const mvex = copyOf(movie, "mvex");
    const trex = mustFind(mvex, { bodyOffset: 8, end: mvex.length }, "trex");
    setU32(mvex, trex.bodyOffset + 4, index + 1);
    return mvex.subarray(trex.offset, trex.end);
  });
  return concatBytes([fileType, box("moov", header, ...traks, box("mvex", ...defaults))]);
}

export interface TrackIndex {
  readonly timescale: number;
  /** When the first sample is shown. */
  readonly startTicks: number;
  /** One for each run. */
  readonly durationTicks: readonly number[];
}

/** Segment indexes, 14496-12 8.16.3: one for each track, all of the same runs, which begin right behind the last. */
export function fileIndex(
  tracks: readonly TrackIndex[],
  runBytes: readonly number[],
): Uint8Array<ArrayBuffer> {
  const each = 44 + 12 * runBytes.length - 4;
  return concatBytes(
    tracks.map(({ timescale, startTicks, durationTicks }, index) =>
      fullBox(
        "sidx",
        1,
        0,
        ...[u32(index + 1), u32(timescale), u64(startTicks)],
        // From the end of this box: over the others.
        u64((tracks.length - 1 - index) * each),
        ...[u16(0), u16(runBytes.length)],
        ...runBytes.flatMap((bytes, run) => [u32(bytes), u32(durationTicks[run] ?? 0), u32(0x90000000)]),
      ),
    ),
  );
}

interface Movie {
  readonly bytes: Uint8Array;
  readonly boxes: readonly Box[];
}

function movieOf(init: Uint8Array): Movie {
  const moov = mustFind(init, { bodyOffset: 0, end: init.length }, "moov");
  const boxes = readBoxes(init, moov.bodyOffset, moov.end);
  if (!boxes.ok) throw new Error("an init segment of ours can't be read");
  return { bytes: init, boxes: boxes.value };
}

function copyOf({ bytes, boxes }: Movie, type: string): Uint8Array<ArrayBuffer> {
  const found = boxes.find((each) => each.type === type);
  if (found === undefined) throw new Error(`an init segment of ours has no ${type}`);
  return new Uint8Array(bytes.slice(found.offset, found.end));
}

/** 14496-12 8.3.2: behind two times, which are 32 or 64 bits long. */
function setTrackId(trak: Uint8Array<ArrayBuffer>, type: string, id: number): void {
  const tkhd = mustFind(trak, { bodyOffset: 8, end: trak.length }, type);
  setU32(trak, tkhd.bodyOffset + (trak[tkhd.bodyOffset] === 1 ? 20 : 12), id);
}

function mustFind(bytes: Uint8Array, parent: Pick<Box, "bodyOffset" | "end">, type: string): Box {
  const found = findBox(bytes, parent, [type]);
  if (!found.ok) throw new Error(`an init segment of ours has no ${type}`);
  return found.value;
}

function setU32(bytes: Uint8Array<ArrayBuffer>, offset: number, value: number): void {
  new DataView(bytes.buffer).setUint32(offset, value);
}
