// The samples of a movie fragment (ISO/IEC 14496-12 8.8) of any writer: with bases and defaults of all kinds, of one
// track or of several. Bytes that anyone may have written.
import { fieldReader, type Box } from "../cmaf/boxes.ts";
import { childBoxes } from "./child-boxes.ts";

export interface MoofSample {
  /** In the file. */
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly durationTicks: number;
  readonly compositionTicks: number;
  readonly sync: boolean;
}

export interface TrackRun {
  readonly trackId: number;
  /** `tfdt`; null: where the track's fragment before ended. */
  readonly startTicks: number | null;
  readonly samples: readonly MoofSample[];
}

/** `trex`: what fragments leave out. */
export interface SampleDefaults {
  readonly durationTicks: number;
  readonly sizeBytes: number;
  readonly flags: number;
}

export const noDefaults: SampleDefaults = { durationTicks: 0, sizeBytes: 0, flags: 0 };
/** A fragment is seconds long: more samples than this is an attack on memory. */
const mostSamples = 40_000;
const mostFileBytes = 2 ** 48;

/** `baseBytes`: where in the file the bytes begin. Null where the fragment is damaged. */
export function readMoof(
  bytes: Uint8Array,
  moof: Box,
  baseBytes: number,
  defaultsOf: (trackId: number) => SampleDefaults | undefined,
): readonly TrackRun[] | null {
  const runs: TrackRun[] = [];
  const moofOffset = baseBytes + moof.offset;
  let endOfBefore = moofOffset;
  let left = mostSamples;
  for (const traf of childBoxes(bytes, moof)) {
    if (traf.type !== "traf") continue;
    const parts = childBoxes(bytes, traf);
    const tfhd = parts.find((box) => box.type === "tfhd");
    const header = tfhd && readTfhd(bytes, tfhd, defaultsOf);
    if (!header) return null;
    const base = header.baseBytes ?? (header.isFromMoof ? moofOffset : endOfBefore);
    const samples: MoofSample[] = [];
    let at = base;
    for (const trun of parts) {
      if (trun.type !== "trun") continue;
      const end = readTrun(bytes, trun, header.defaults, base, at, left, samples);
      if (end === null) return null;
      at = end;
    }
    left -= samples.length;
    endOfBefore = at;
    const tfdt = parts.find((box) => box.type === "tfdt");
    const startTicks = tfdt ? readTfdt(bytes, tfdt) : null;
    if (tfdt && startTicks === null) return null;
    runs.push({ trackId: header.trackId, startTicks, samples });
  }
  return runs;
}

interface Tfhd {
  readonly trackId: number;
  readonly baseBytes: number | null;
  readonly isFromMoof: boolean;
  readonly defaults: SampleDefaults;
}

// 8.8.7.
function readTfhd(
  bytes: Uint8Array,
  box: Box,
  defaultsOf: (trackId: number) => SampleDefaults | undefined,
): Tfhd | null {
  const reader = fieldReader(bytes, box.bodyOffset, box.end);
  const flags = reader.u32() & 0xffffff;
  const trackId = reader.u32();
  const trex = defaultsOf(trackId) ?? noDefaults;
  const baseBytes = flags & 0x1 ? reader.u64() : null;
  if (flags & 0x2) reader.skip(4);
  const defaults = {
    durationTicks: flags & 0x8 ? reader.u32() : trex.durationTicks,
    sizeBytes: flags & 0x10 ? reader.u32() : trex.sizeBytes,
    flags: flags & 0x20 ? reader.u32() : trex.flags,
  };
  return reader.failed() ? null : { trackId, baseBytes, isFromMoof: (flags & 0x20000) !== 0, defaults };
}

// 8.8.12.
function readTfdt(bytes: Uint8Array, box: Box): number | null {
  const reader = fieldReader(bytes, box.bodyOffset, box.end);
  const ticks = reader.u32() >>> 24 === 1 ? reader.u64() : reader.u32();
  return reader.failed() ? null : ticks;
}

/** 8.8.8. Adds the run's samples; answers where their data end. */
function readTrun(
  bytes: Uint8Array,
  box: Box,
  defaults: SampleDefaults,
  base: number,
  endOfBefore: number,
  most: number,
  samples: MoofSample[],
): number | null {
  const reader = fieldReader(bytes, box.bodyOffset, box.end);
  const versionAndFlags = reader.u32();
  const has = (flag: number) => (versionAndFlags & flag) !== 0;
  const isSigned = versionAndFlags >>> 24 !== 0;
  const count = reader.u32();
  // Before any loop: a run whose samples are all defaults takes no bytes and may claim 2^32 of them.
  if (count > most - samples.length) return null;
  let at = has(0x1) ? base + reader.i32() : endOfBefore;
  const firstFlags = has(0x4) ? reader.u32() : null;
  for (let i = 0; i < count; i++) {
    const durationTicks = has(0x100) ? reader.u32() : defaults.durationTicks;
    const sizeBytes = has(0x200) ? reader.u32() : defaults.sizeBytes;
    const ownFlags = has(0x400) ? reader.u32() : defaults.flags;
    const flags = i === 0 && firstFlags !== null ? firstFlags : ownFlags;
    // QuickTime writes signed offsets into version 0 too.
    const compositionTicks = has(0x800) ? (isSigned ? reader.i32() : reader.u32() | 0) : 0;
    if (reader.failed() || at < 0 || at > mostFileBytes) return null;
    // 8.8.3.1: sample_is_non_sync_sample.
    const sync = (flags & 0x10000) === 0;
    samples.push({ offsetBytes: at, sizeBytes, durationTicks, compositionTicks, sync });
    at += sizeBytes;
  }
  return reader.failed() ? null : at;
}

/** The fragments of a part of a file in order. Null where one is damaged; what is cut at the end is left out. */
export function readMoofs(
  bytes: Uint8Array,
  boxes: readonly Box[],
  baseBytes: number,
  defaultsOf: (trackId: number) => SampleDefaults | undefined,
): readonly TrackRun[] | null {
  const runs: TrackRun[] = [];
  for (const box of boxes) {
    if (box.type !== "moof" || box.end > bytes.length) continue;
    const read = readMoof(bytes, box, baseBytes, defaultsOf);
    if (read === null) return null;
    runs.push(...read);
  }
  return runs;
}
