// What an H.264 sequence parameter set says that a browser cares about (ITU-T H.264 7.3.2.1.1 and E.1.1).

export interface SpsFacts {
  /** 1 is 4:2:0. */
  readonly chromaFormat: number;
  readonly bitDepth: number;
  /** frame_mbs_only_flag: no picture is made of fields. */
  readonly isProgressive: boolean;
  /** Width of a sample by its height; 1 where it is not told. */
  readonly sampleAspect: number;
}

/** `nal` begins with the NAL header. Null where it ends before its fields do. */
export function readSps(nal: Uint8Array): SpsFacts | null {
  const bits = rbspReader(nal);
  if ((bits.read(8) & 31) !== 7) return null;
  const profile = bits.read(8);
  bits.read(16);
  bits.ue();
  const chroma = highProfiles.has(profile) ? readChroma(bits) : { chromaFormat: 1, bitDepth: 8 };
  bits.ue();
  readPictureOrder(bits);
  // max_num_ref_frames, gaps, width and height in macroblocks.
  bits.ue();
  bits.read(1);
  bits.ue();
  bits.ue();
  const isProgressive = bits.read(1) === 1;
  if (!isProgressive) bits.read(1);
  bits.read(1);
  if (bits.read(1) === 1) for (let i = 0; i < 4; i++) bits.ue();
  const sampleAspect = bits.read(1) === 1 ? readSampleAspect(bits) : 1;
  return bits.failed() ? null : { ...chroma, isProgressive, sampleAspect };
}

// 7.3.2.1.1: the profiles whose parameter sets tell the chroma format.
const highProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

function readChroma(bits: RbspReader) {
  const chromaFormat = bits.ue();
  if (chromaFormat === 3) bits.read(1);
  const bitDepth = 8 + Math.max(bits.ue(), bits.ue());
  bits.read(1);
  const lists = bits.read(1) === 1 ? (chromaFormat === 3 ? 12 : 8) : 0;
  for (let i = 0; i < lists; i++) if (bits.read(1) === 1) skipScalingList(bits, i < 6 ? 16 : 64);
  return { chromaFormat, bitDepth };
}

// 7.3.2.1.1.1.
function skipScalingList(bits: RbspReader, size: number): void {
  let next = 8;
  let last = 8;
  for (let i = 0; i < size && !bits.failed(); i++) {
    if (next !== 0) next = (last + bits.se() + 256) % 256;
    last = next === 0 ? last : next;
  }
}

function readPictureOrder(bits: RbspReader): void {
  const type = bits.ue();
  if (type === 0) bits.ue();
  if (type !== 1) return;
  bits.read(1);
  bits.se();
  bits.se();
  // At most 255 in a cycle.
  const cycle = Math.min(bits.ue(), 255);
  for (let i = 0; i < cycle && !bits.failed(); i++) bits.se();
}

// Table E-1.
const aspects = [
  1,
  1,
  12 / 11,
  10 / 11,
  16 / 11,
  40 / 33,
  24 / 11,
  20 / 11,
  32 / 11,
  80 / 33,
  18 / 11,
  15 / 11,
  64 / 33,
  160 / 99,
  4 / 3,
  3 / 2,
  2,
];

function readSampleAspect(bits: RbspReader): number {
  if (bits.read(1) === 0) return 1;
  const index = bits.read(8);
  if (index !== 255) return aspects[index] ?? 1;
  const width = bits.read(16);
  const height = bits.read(16);
  return width === 0 || height === 0 ? 1 : width / height;
}

type RbspReader = ReturnType<typeof rbspReader>;

/** 7.3.1: without the bytes that keep start codes from arising. Reads past the end give 0 and are remembered. */
function rbspReader(nal: Uint8Array) {
  const bytes = nal.filter((byte, at) => !(byte === 3 && at >= 2 && nal[at - 1] === 0 && nal[at - 2] === 0));
  let at = 0;
  let failed = false;
  const read = (count: number): number => {
    if (at + count > bytes.length * 8) failed = true;
    if (failed) return 0;
    let value = 0;
    for (let i = 0; i < count; i++, at++) value = value * 2 + (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    return value;
  };
  // 9.1: Exp-Golomb codes.
  const ue = (): number => {
    // At most 32 zeros; past the end reads give zeros too.
    for (let zeros = 0; zeros <= 32; zeros++) {
      if (read(1) === 1) return 2 ** zeros - 1 + read(zeros);
    }
    failed = true;
    return 0;
  };
  const se = (): number => {
    const value = ue();
    return value % 2 === 1 ? (value + 1) / 2 : -value / 2;
  };
  return { read, ue, se, failed: () => failed };
}
