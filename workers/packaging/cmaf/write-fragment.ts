// A CMAF fragment from samples: one traf, default-base-is-moof, tfdt version 1, signed composition offsets.
import type { Sample } from "./fragments.ts";

export interface FragmentInput {
  /** `mfhd` sequence number, counted from 1. */
  readonly sequence: number;
  readonly trackId: number;
  /** Decode time of the first sample. */
  readonly startTicks: number;
  readonly samples: readonly Sample[];
  /** The samples' bytes in order, in any number of pieces. */
  readonly data: readonly Uint8Array[];
}

export interface WrittenFragment {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly durationTicks: number;
  /** moof, mdat header and first sample. */
  readonly leadBytes: number;
}

const mdatHeaderBytes = 8;

export function writeFragment(input: FragmentInput): WrittenFragment {
  const { samples, data } = input;
  const dataBytes = samples.reduce((sum, sample) => sum + sample.sizeBytes, 0);
  const [first] = samples;
  if (!first) throw new RangeError("a fragment has at least one sample");
  if (data.reduce((sum, piece) => sum + piece.length, 0) !== dataBytes) {
    throw new RangeError("the data is not as long as its samples");
  }
  const layout = layOut(samples);
  const moofBytes = 8 + 16 + 8 + layout.tfhdBytes + 20 + layout.trunBytes;
  const bytes = new Uint8Array(moofBytes + mdatHeaderBytes + dataBytes);
  writeMoof(bytes, moofBytes, input, layout);
  let at = moofBytes + mdatHeaderBytes;
  for (const piece of data) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return {
    bytes,
    durationTicks: samples.reduce((sum, sample) => sum + sample.durationTicks, 0),
    leadBytes: moofBytes + mdatHeaderBytes + first.sizeBytes,
  };
}

interface Layout {
  readonly durations: boolean;
  readonly compositions: boolean;
  /** A run of equal flags after the first sample needs only defaults; anything else is written for each. */
  readonly flags: boolean;
  readonly tfhdBytes: number;
  readonly trunBytes: number;
}

function layOut(samples: readonly Sample[]): Layout {
  const [first, second] = samples;
  const durations = samples.some((sample) => sample.durationTicks !== first?.durationTicks);
  const compositions = samples.some((sample) => sample.compositionTicks !== 0);
  const flags = samples.slice(1).some((sample) => sample.sync !== second?.sync);
  const fields = 1 + Number(durations) + Number(compositions) + Number(flags);
  return {
    durations,
    compositions,
    flags,
    tfhdBytes: 24,
    // Header, count, data offset, first sample's flags.
    trunBytes: 8 + 4 + 4 + 4 + (flags ? 0 : 4) + samples.length * fields * 4,
  };
}

function writeMoof(bytes: Uint8Array, moofBytes: number, input: FragmentInput, layout: Layout): void {
  const { samples } = input;
  const write = fieldWriter(bytes);
  const [first, second = first] = samples;
  write.box(moofBytes, "moof");
  write.box(16, "mfhd");
  write.u32(0);
  write.u32(input.sequence);
  write.box(8 + layout.tfhdBytes + 20 + layout.trunBytes, "traf");
  // 14496-12 8.8.7: default-base-is-moof, default duration and flags.
  write.box(layout.tfhdBytes, "tfhd");
  write.u32(0x020000 | 0x8 | 0x20);
  write.u32(input.trackId);
  write.u32(first?.durationTicks ?? 0);
  write.u32(sampleFlags(second?.sync ?? true));
  write.box(20, "tfdt");
  write.u32(1 << 24);
  write.u32(Math.floor(input.startTicks / 2 ** 32));
  write.u32(input.startTicks % 2 ** 32);
  // 8.8.8, version 1: data offset, sizes, and what differs from the defaults.
  write.box(layout.trunBytes, "trun");
  const optional =
    (layout.flags ? 0x400 : 0x4) |
    (layout.durations ? 0x100 : 0) |
    (layout.compositions ? 0x800 : 0) |
    0x200 |
    0x1;
  write.u32((1 << 24) | optional);
  write.u32(samples.length);
  write.u32(moofBytes + mdatHeaderBytes);
  if (!layout.flags) write.u32(sampleFlags(first?.sync ?? true));
  for (const sample of samples) {
    if (layout.durations) write.u32(sample.durationTicks);
    write.u32(sample.sizeBytes);
    if (layout.flags) write.u32(sampleFlags(sample.sync));
    if (layout.compositions) write.u32(sample.compositionTicks);
  }
  write.box(bytes.length - moofBytes, "mdat");
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
