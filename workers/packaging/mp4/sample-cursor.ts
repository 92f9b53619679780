// The samples of a track in order, read from its tables where they lie in the moov (ISO/IEC 14496-12 8.6 and 8.7):
// nothing is kept of a sample that was passed. Hostile tables end the walk with a fault.
import { fieldReader } from "../cmaf/boxes.ts";
import { scaleTicks, type TickScale } from "../source/picture-timescale.ts";
import { childBoxes, type BoxSpan } from "./child-boxes.ts";

interface Table {
  readonly at: number;
  readonly count: number;
}

export interface SampleTables {
  readonly sampleCount: number;
  readonly times: Table;
  readonly compositions: Table | null;
  readonly chunks: Table;
  readonly chunkOffsets: Table;
  readonly chunkOffsetBytes: 4 | 8;
  /** 0: the sizes are in a table. */
  readonly fixedSizeBytes: number;
  readonly sizes: Table;
  readonly sizeBits: number;
  /** Null: every sample is a sync sample. */
  readonly syncs: Table | null;
  /** What the cursor counts in, where that is not what the tables do. */
  readonly scale?: TickScale;
}

/** One size for all takes no bytes in the table, and may claim 2^32 samples. */
const mostSamples = 3_000_000;

/** Null where a table is missing, or claims more than it holds. */
export function readSampleTables(moov: Uint8Array, stbl: BoxSpan): SampleTables | null {
  const boxes = childBoxes(moov, stbl);
  const table = (type: string, entryBytes: number): Table | null => {
    const box = boxes.find((child) => child.type === type);
    if (!box) return null;
    const reader = fieldReader(moov, box.bodyOffset, box.end);
    reader.skip(4);
    const count = reader.u32();
    // Whole tables only: a count beyond the box is a lie or a cut.
    return reader.failed() || count * entryBytes > reader.left() ? null : { at: reader.offset(), count };
  };
  const has = (type: string) => boxes.some((child) => child.type === type);
  const sizes = readSizes(
    moov,
    boxes.find((child) => child.type === "stsz" || child.type === "stz2") ?? null,
  );
  const times = table("stts", 8);
  const chunks = table("stsc", 12);
  const chunkOffsetBytes = has("co64") ? 8 : 4;
  const chunkOffsets = chunkOffsetBytes === 8 ? table("co64", 8) : table("stco", 4);
  const compositions = has("ctts") ? table("ctts", 8) : null;
  const syncs = has("stss") ? table("stss", 4) : null;
  if (!sizes || !times || !chunks || !chunkOffsets) return null;
  if ((has("ctts") && !compositions) || (has("stss") && !syncs)) return null;
  return { ...sizes, times, compositions, chunks, chunkOffsets, chunkOffsetBytes, syncs };
}

type Sizes = Pick<SampleTables, "sampleCount" | "fixedSizeBytes" | "sizes" | "sizeBits">;

// 8.7.3.
function readSizes(
  moov: Uint8Array,
  box: { type: string; bodyOffset: number; end: number } | null,
): Sizes | null {
  if (!box) return null;
  const reader = fieldReader(moov, box.bodyOffset, box.end);
  reader.skip(4);
  const second = reader.u32();
  const sampleCount = reader.u32();
  const isCompact = box.type === "stz2";
  const fixedSizeBytes = isCompact ? 0 : second;
  const sizeBits = isCompact ? second & 255 : 32;
  if (reader.failed() || ![4, 8, 16, 32].includes(sizeBits) || sampleCount > mostSamples) return null;
  if (fixedSizeBytes === 0 && Math.ceil((sampleCount * sizeBits) / 8) > reader.left()) return null;
  return { sampleCount, fixedSizeBytes, sizeBits, sizes: { at: reader.offset(), count: sampleCount } };
}

/** Of all samples, in what the tables count in; what a lying table tells does not matter here. */
export function mediaTicks(moov: Uint8Array, { times, sampleCount }: SampleTables): number {
  const view = new DataView(moov.buffer, moov.byteOffset, moov.byteLength);
  let ticks = 0;
  let left = sampleCount;
  for (let entry = 0; entry < times.count && left > 0; entry++) {
    const count = Math.min(left, view.getUint32(times.at + entry * 8));
    ticks += count * view.getUint32(times.at + entry * 8 + 4);
    left -= count;
  }
  return ticks;
}

export class SampleCursor {
  readonly #view: DataView;
  readonly #tables: SampleTables;
  /** Of the sample under the cursor; -1 before the first. */
  index = -1;
  offsetBytes = 0;
  sizeBytes = 0;
  /** Decode time. */
  startTicks = 0;
  durationTicks = 0;
  /** Presentation minus decode time; may be negative. */
  compositionTicks = 0;
  isSync = true;
  /** The tables ran out, or contradict each other. */
  isBroken = false;

  /** As the tables count. */
  #fileTicks = 0;
  #fileDurationTicks = 0;
  #timeEntry = 0;
  #timeLeft = 0;
  #fileCompositionTicks = 0;
  #compositionEntry = 0;
  #compositionLeft = 0;
  #chunk = -1;
  #chunkEntry = 0;
  #chunkLeft = 0;
  #syncEntry = 0;
  #nextOffsetBytes = 0;

  constructor(moov: Uint8Array, tables: SampleTables) {
    this.#view = new DataView(moov.buffer, moov.byteOffset, moov.byteLength);
    this.#tables = tables;
  }

  /** False after the last sample, and where the tables break. */
  next(): boolean {
    if (this.isBroken || this.index + 1 >= this.#tables.sampleCount) return false;
    this.index++;
    this.isBroken = !this.#readTime() || !this.#readPlace();
    if (this.isBroken) return false;
    this.#readComposition();
    this.#readSync();
    return true;
  }

  #readTime(): boolean {
    this.#fileTicks += this.#fileDurationTicks;
    const { at, count } = this.#tables.times;
    while (this.#timeLeft === 0) {
      if (this.#timeEntry >= count) return false;
      const entry = at + this.#timeEntry++ * 8;
      this.#timeLeft = this.#view.getUint32(entry);
      this.#fileDurationTicks = this.#view.getUint32(entry + 4);
    }
    this.#timeLeft--;
    this.startTicks = this.#scaled(this.#fileTicks);
    this.durationTicks = this.#scaled(this.#fileTicks + this.#fileDurationTicks) - this.startTicks;
    return true;
  }

  #scaled(ticks: number): number {
    const { scale } = this.#tables;
    return scale === undefined ? ticks : scaleTicks(ticks, scale);
  }

  #readComposition(): void {
    const table = this.#tables.compositions;
    if (!table) return;
    while (this.#compositionLeft === 0) {
      if (this.#compositionEntry >= table.count) {
        this.compositionTicks = 0;
        return;
      }
      const entry = table.at + this.#compositionEntry++ * 8;
      this.#compositionLeft = this.#view.getUint32(entry);
      // Version 0 is unsigned by the standard, and holds negative values in files all the same.
      this.#fileCompositionTicks = this.#view.getInt32(entry + 4);
    }
    this.#compositionLeft--;
    this.compositionTicks = this.#scaled(this.#fileTicks + this.#fileCompositionTicks) - this.startTicks;
  }

  #readPlace(): boolean {
    while (this.#chunkLeft === 0) if (!this.#enterChunk()) return false;
    this.#chunkLeft--;
    this.offsetBytes = this.#nextOffsetBytes;
    this.sizeBytes = this.#size(this.index);
    this.#nextOffsetBytes += this.sizeBytes;
    return true;
  }

  #enterChunk(): boolean {
    const { chunks, chunkOffsets, chunkOffsetBytes } = this.#tables;
    this.#chunk++;
    if (this.#chunk >= chunkOffsets.count || chunks.count === 0) return false;
    const firstChunkOf = (entry: number) => this.#view.getUint32(chunks.at + entry * 12);
    while (this.#chunkEntry + 1 < chunks.count && firstChunkOf(this.#chunkEntry + 1) <= this.#chunk + 1) {
      this.#chunkEntry++;
    }
    const entry = chunks.at + this.#chunkEntry * 12;
    this.#chunkLeft = this.#view.getUint32(entry + 4);
    const at = chunkOffsets.at + this.#chunk * chunkOffsetBytes;
    const high = chunkOffsetBytes === 8 ? this.#view.getUint32(at) : 0;
    this.#nextOffsetBytes = high * 2 ** 32 + this.#view.getUint32(at + chunkOffsetBytes - 4);
    // 8.7.4: another description of the samples would need another init segment.
    return firstChunkOf(this.#chunkEntry) <= this.#chunk + 1 && this.#view.getUint32(entry + 8) === 1;
  }

  #size(index: number): number {
    const { fixedSizeBytes, sizes, sizeBits } = this.#tables;
    if (fixedSizeBytes !== 0) return fixedSizeBytes;
    if (sizeBits === 32) return this.#view.getUint32(sizes.at + index * 4);
    if (sizeBits === 16) return this.#view.getUint16(sizes.at + index * 2);
    if (sizeBits === 8) return this.#view.getUint8(sizes.at + index);
    const pair = this.#view.getUint8(sizes.at + (index >> 1));
    return index % 2 === 0 ? pair >> 4 : pair & 15;
  }

  #readSync(): void {
    const table = this.#tables.syncs;
    if (!table) return;
    const numberOf = (entry: number) => this.#view.getUint32(table.at + entry * 4);
    // Numbered from 1.
    while (this.#syncEntry < table.count && numberOf(this.#syncEntry) < this.index + 1) this.#syncEntry++;
    this.isSync = this.#syncEntry < table.count && numberOf(this.#syncEntry) === this.index + 1;
  }
}
