// Facts of CMAF fragments (moof + mdat), read from bytes that anyone may have written.
import { ok, refuse, type Result } from "#workers/result.ts";
import { fieldReader, readBoxes, type Box, type BoxRefusal } from "./boxes.ts";

export interface Sample {
  readonly sizeBytes: number;
  readonly durationTicks: number;
  /** Presentation minus decode time. */
  readonly compositionTicks: number;
  readonly sync: boolean;
}

export interface FragmentFacts {
  /** Of the moof, in the bytes that were read. */
  readonly offsetBytes: number;
  /** moof and mdat. */
  readonly sizeBytes: number;
  readonly moofBytes: number;
  /** From `offsetBytes` to the first sample's first byte. */
  readonly dataOffsetBytes: number;
  /** `tfdt`. */
  readonly startTicks: number;
  readonly durationTicks: number;
  /** moof, mdat header and first sample. */
  readonly leadBytes: number;
  readonly sync: boolean;
  readonly samples: readonly Sample[];
}

export type FragmentRefusal =
  | BoxRefusal
  | { readonly kind: "notOneTrack"; readonly tracks: number }
  | { readonly kind: "noMediaData" }
  | { readonly kind: "dataOutsideFragment" }
  | { readonly kind: "tooManySamples"; readonly samples: number }
  | { readonly kind: "emptyFragment" }
  /** A value left to the init segment's `trex`, or a base that is not the moof: not self-contained. */
  | { readonly kind: "notSelfContained"; readonly field: string };

/** A fragment is seconds long: more samples than this is an attack on memory. */
const maxSamples = 20_000;

/** In file order. Boxes of other kinds between fragments (styp, sidx, emsg) are passed over. */
export function readFragments(bytes: Uint8Array): Result<readonly FragmentFacts[], FragmentRefusal> {
  const boxes = readBoxes(bytes);
  if (!boxes.ok) return boxes;
  const fragments: FragmentFacts[] = [];
  for (const [index, box] of boxes.value.entries()) {
    if (box.type !== "moof") continue;
    const mdat = boxes.value[index + 1];
    if (mdat?.type !== "mdat") return refuse({ kind: "noMediaData" });
    const fragment = readFragment(bytes, box, mdat);
    if (!fragment.ok) return fragment;
    fragments.push(fragment.value);
  }
  return ok(fragments);
}

function readFragment(bytes: Uint8Array, moof: Box, mdat: Box): Result<FragmentFacts, FragmentRefusal> {
  const children = readBoxes(bytes, moof.bodyOffset, moof.end);
  if (!children.ok) return children;
  const trafs = children.value.filter((box) => box.type === "traf");
  const [traf] = trafs;
  if (!traf || trafs.length !== 1) return refuse({ kind: "notOneTrack", tracks: trafs.length });
  const parts = readBoxes(bytes, traf.bodyOffset, traf.end);
  if (!parts.ok) return parts;
  const track = readTraf(bytes, parts.value);
  if (!track.ok) return track;
  const { startTicks, runs } = track.value;

  // One run after the other, without gaps, inside the mdat: what lets a fragment be cut and rewritten.
  const dataOffsetBytes = runs[0]?.dataOffsetBytes ?? 0;
  let at = dataOffsetBytes;
  for (const run of runs) {
    if (run.dataOffsetBytes !== null && run.dataOffsetBytes !== at)
      return refuse({ kind: "dataOutsideFragment" });
    for (const sample of run.samples) at += sample.sizeBytes;
  }
  const inside = moof.offset + dataOffsetBytes >= mdat.bodyOffset && moof.offset + at <= mdat.end;
  if (!inside) return refuse({ kind: "dataOutsideFragment" });
  const samples = runs.flatMap((run) => run.samples);
  const [first] = samples;
  if (!first) return refuse({ kind: "emptyFragment" });
  return ok({
    offsetBytes: moof.offset,
    sizeBytes: mdat.end - moof.offset,
    moofBytes: moof.end - moof.offset,
    dataOffsetBytes,
    startTicks,
    durationTicks: samples.reduce((sum, sample) => sum + sample.durationTicks, 0),
    leadBytes: dataOffsetBytes + first.sizeBytes,
    sync: first.sync,
    samples,
  });
}

interface Defaults {
  readonly durationTicks: number | null;
  readonly sizeBytes: number | null;
  readonly flags: number | null;
}

interface SampleRun {
  readonly dataOffsetBytes: number | null;
  readonly samples: readonly Sample[];
}

function readTraf(
  bytes: Uint8Array,
  parts: readonly Box[],
): Result<{ startTicks: number; runs: readonly SampleRun[] }, FragmentRefusal> {
  const tfhd = parts.find((box) => box.type === "tfhd");
  const tfdt = parts.find((box) => box.type === "tfdt");
  if (!tfhd || !tfdt) return refuse({ kind: "missingBox", type: tfhd ? "tfdt" : "tfhd" });
  const defaults = readTfhd(bytes, tfhd);
  if (!defaults.ok) return defaults;
  // 14496-12 8.8.12.
  const reader = fieldReader(bytes, tfdt.bodyOffset, tfdt.end);
  const startTicks = reader.u32() >>> 24 === 1 ? reader.u64() : reader.u32();
  if (reader.failed()) return refuse({ kind: "truncatedBox", type: "tfdt" });

  const runs: SampleRun[] = [];
  let left = maxSamples;
  for (const box of parts) {
    if (box.type !== "trun") continue;
    const run = readTrun(bytes, box, defaults.value, left);
    if (!run.ok) return run;
    left -= run.value.samples.length;
    runs.push(run.value);
  }
  if (runs[0]?.dataOffsetBytes === null) return refuse({ kind: "notSelfContained", field: "dataOffset" });
  return ok({ startTicks, runs });
}

// 14496-12 8.8.7.
function readTfhd(bytes: Uint8Array, box: Box): Result<Defaults, FragmentRefusal> {
  const reader = fieldReader(bytes, box.bodyOffset, box.end);
  const flags = reader.u32() & 0xffffff;
  reader.skip(4);
  if (flags & 0x1) return refuse({ kind: "notSelfContained", field: "baseDataOffset" });
  if (flags & 0x2) reader.skip(4);
  const defaults = {
    durationTicks: flags & 0x8 ? reader.u32() : null,
    sizeBytes: flags & 0x10 ? reader.u32() : null,
    flags: flags & 0x20 ? reader.u32() : null,
  };
  return reader.failed() ? refuse({ kind: "truncatedBox", type: "tfhd" }) : ok(defaults);
}

// 14496-12 8.8.8.
function readTrun(
  bytes: Uint8Array,
  box: Box,
  defaults: Defaults,
  most: number,
): Result<SampleRun, FragmentRefusal> {
  const reader = fieldReader(bytes, box.bodyOffset, box.end);
  const versionAndFlags = reader.u32();
  const has = (flag: number) => (versionAndFlags & flag) !== 0;
  const signed = versionAndFlags >>> 24 === 1;
  const count = reader.u32();
  // Before any loop: a run whose samples are all defaults takes no bytes and may claim 2^32 of them.
  if (count > most) return refuse({ kind: "tooManySamples", samples: count });
  const dataOffsetBytes = has(0x1) ? reader.i32() : null;
  const firstFlags = has(0x4) ? reader.u32() : null;
  const samples: Sample[] = [];
  for (let i = 0; i < count && !reader.failed(); i++) {
    const durationTicks = has(0x100) ? reader.u32() : defaults.durationTicks;
    const sizeBytes = has(0x200) ? reader.u32() : defaults.sizeBytes;
    const ownFlags = has(0x400) ? reader.u32() : defaults.flags;
    const flags = i === 0 && firstFlags !== null ? firstFlags : ownFlags;
    const compositionTicks = has(0x800) ? (signed ? reader.i32() : reader.u32()) : 0;
    if (durationTicks === null) return refuse({ kind: "notSelfContained", field: "sampleDuration" });
    if (sizeBytes === null) return refuse({ kind: "notSelfContained", field: "sampleSize" });
    if (flags === null) return refuse({ kind: "notSelfContained", field: "sampleFlags" });
    // 8.8.3.1: sample_is_non_sync_sample.
    samples.push({ sizeBytes, durationTicks, compositionTicks, sync: (flags & 0x10000) === 0 });
  }
  if (reader.failed()) return refuse({ kind: "truncatedBox", type: "trun" });
  return ok({ dataOffsetBytes, samples });
}
