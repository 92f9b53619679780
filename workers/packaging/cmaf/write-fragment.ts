// A CMAF fragment from samples: one traf, default-base-is-moof, tfdt version 1, signed composition offsets.
import { concatBytes } from "#workers/bytes.ts";
import type { Sample } from "./fragments.ts";

export interface FragmentHeaderInput {
  /** `mfhd` sequence number, counted from 1. */
  readonly sequence: number;
  readonly trackId: number;
  /** Decode time of the first sample. */
  readonly startTicks: number;
  readonly samples: readonly Sample[];
}

export interface FragmentInput extends FragmentHeaderInput {
  /** The samples' bytes in order, in any number of pieces. */
  readonly data: readonly Uint8Array[];
}

export interface WrittenFragment {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly durationTicks: number;
  /** moof, mdat header and first sample. */
  readonly leadBytes: number;
}

/** What decides how long a header is: which fields differ from sample to sample. */
export interface FragmentShape {
  readonly samples: number;
  /** Not all durations are the first one's. */
  readonly durations: boolean;
  /** Some sample is not presented when it is decoded. */
  readonly compositions: boolean;
  /** A run of equal flags after the first sample needs only defaults; anything else is written for each. */
  readonly flags: boolean;
}

const mdatHeaderBytes = 8;

export function writeFragment(input: FragmentInput): WrittenFragment {
  const { samples, data } = input;
  const dataBytes = bytesOf(samples);
  const [first] = samples;
  if (!first) throw new RangeError("a fragment has at least one sample");
  if (data.reduce((sum, piece) => sum + piece.length, 0) !== dataBytes) {
    throw new RangeError("the data is not as long as its samples");
  }
  const header = writeFragmentHeader(input);
  return {
    bytes: concatBytes([header, ...data]),
    durationTicks: samples.reduce((sum, sample) => sum + sample.durationTicks, 0),
    leadBytes: header.length + first.sizeBytes,
  };
}

/** moof and mdat header: the samples' bytes follow as they are. */
export function writeFragmentHeader(input: FragmentHeaderInput): Uint8Array<ArrayBuffer> {
  const shape = fragmentShape(input.samples);
  const headerBytes = fragmentHeaderBytes(shape);
  const bytes = new Uint8Array(headerBytes);
  writeMoof(bytes, input, shape);
  return bytes;
}

/** Of the header that `writeFragmentHeader` writes. */
export function fragmentHeaderBytes(shape: FragmentShape): number {
  return 8 + 16 + 8 + tfhdBytes + tfdtBytes + trunBytes(shape) + mdatHeaderBytes;
}

export function fragmentShape(samples: readonly Sample[]): FragmentShape {
  const [first, second] = samples;
  return {
    samples: samples.length,
    durations: samples.some((sample) => sample.durationTicks !== first?.durationTicks),
    compositions: samples.some((sample) => sample.compositionTicks !== 0),
    flags: samples.some((sample, index) => index > 1 && sample.sync !== second?.sync),
  };
}

const tfhdBytes = 24;
const tfdtBytes = 20;

function trunBytes({ samples, durations, compositions, flags }: FragmentShape): number {
  const fields = 1 + Number(durations) + Number(compositions) + Number(flags);
  // Header, count, data offset, first sample's flags.
  return 8 + 4 + 4 + 4 + (flags ? 0 : 4) + samples * fields * 4;
}

const bytesOf = (samples: readonly Sample[]) => samples.reduce((sum, sample) => sum + sample.sizeBytes, 0);

function writeMoof(bytes: Uint8Array, input: FragmentHeaderInput, shape: FragmentShape): void {
  const { samples } = input;
  const moofBytes = bytes.length - mdatHeaderBytes;
  const write = fieldWriter(bytes);
  const [first, second = first] = samples;
  write.box(moofBytes, "moof");
  write.box(16, "mfhd");
  write.u32(0);
  write.u32(input.sequence);
  write.box(8 + tfhdBytes + tfdtBytes + trunBytes(shape), "traf");
  // 14496-12 8.8.7: default-base-is-moof, default duration and flags.
  write.box(tfhdBytes, "tfhd");
  write.u32(0x020000 | 0x8 | 0x20);
  write.u32(input.trackId);
  write.u32(first?.durationTicks ?? 0);
  write.u32(sampleFlags(second?.sync ?? true));
  write.box(tfdtBytes, "tfdt");
  write.u32(1 << 24);
  write.u32(Math.floor(input.startTicks / 2 ** 32));
  write.u32(input.startTicks % 2 ** 32);
  // 8.8.8, version 1: data offset, sizes, and what differs from the defaults.
  write.box(trunBytes(shape), "trun");
  const optional =
    (shape.flags ? 0x400 : 0x4) |
    (shape.durations ? 0x100 : 0) |
    (shape.compositions ? 0x800 : 0) |
    0x200 |
    0x1;
  write.u32((1 << 24) | optional);
  write.u32(samples.length);
  write.u32(moofBytes + mdatHeaderBytes);
  if (!shape.flags) write.u32(sampleFlags(first?.sync ?? true));
  for (const sample of samples) {
    if (shape.durations) write.u32(sample.durationTicks);
    write.u32(sample.sizeBytes);
    if (shape.flags) write.u32(sampleFlags(sample.sync));
    if (shape.compositions) write.u32(sample.compositionTicks);
  }
  write.box(mdatHeaderBytes + bytesOf(samples), "mdat");
}

/** 8.8.3.1: sample_depends_on 2 (I picture, or audio) | 1 and sample_is_non_sync_sample. */
const sampleFlags = (sync: boolean) => (sync ? 0x02000000 : 0x01010000);

function fieldWriter(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const u32 = (value: number) => {
    // setUint32 takes the low 32 bits, so a negative composition offset becomes its two's complement.
    view.setUint32(at, value);
    at += 4;
  };
  const box = (size: number, type: string) => {
    u32(size);
    for (let i = 0; i < 4; i++) view.setUint8(at++, type.charCodeAt(i));
  };
  return { u32, box };
}
