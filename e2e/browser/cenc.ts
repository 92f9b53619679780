// Common Encryption (ISO/IEC 23001-7, scheme cenc) of a fragmented MP4 of one track: FFmpeg 5 writes none into fragments.
import { createCipheriv } from "node:crypto";

const ivBytes = 8;
/** Of each NAL unit: its length, its header, and what a decoder reads before it is decrypted. */
const clearBytes = 5 + 32;

interface Sample {
  readonly at: number;
  readonly size: number;
}

/** `fragments` begins with a moof; what is behind the last mdat is left out. */
export function encryptFragments(fragments: Buffer, key: Buffer, isVideo: boolean): Buffer {
  const out: Buffer[] = [];
  let number = 0;
  for (let at = 0; typeAt(fragments, at) === "moof";) {
    const moofSize = fragments.readUInt32BE(at);
    const mdatSize = fragments.readUInt32BE(at + moofSize);
    const whole = Buffer.from(fragments.subarray(at, at + moofSize + mdatSize));
    const entries = samplesOf(whole).map(({ at: from, size }) => {
      const iv = Buffer.alloc(16);
      iv.writeUInt32BE((number += 1), 4);
      const sample = whole.subarray(from, from + size);
      const spans = isVideo ? nalSpans(sample) : [{ clear: 0, hidden: size }];
      const cipher = createCipheriv("aes-128-ctr", key, iv);
      let position = 0;
      for (const { clear, hidden } of spans) {
        position += clear;
        cipher.update(sample.subarray(position, position + hidden)).copy(sample, position);
        position += hidden;
      }
      return entryOf(iv.subarray(0, ivBytes), isVideo ? spans : []);
    });
    out.push(withBoxes(whole, moofSize, entries, isVideo));
    at += moofSize + mdatSize;
  }
  return Buffer.concat(out);
}

const typeAt = (bytes: Buffer, at: number): string => bytes.toString("latin1", at + 4, at + 8);

/** Where the box is, counted from the start of `bytes`. */
function find(bytes: Buffer, type: string, from: number, to: number): number {
  for (let at = from; at < to; at += bytes.readUInt32BE(at)) if (typeAt(bytes, at) === type) return at;
  throw new Error(`no ${type}`);
}

const trafOf = (moof: Buffer): number => find(moof, "traf", 8, moof.readUInt32BE(0));

function trunOf(moof: Buffer): number {
  const traf = trafOf(moof);
  return find(moof, "trun", traf + 8, traf + moof.readUInt32BE(traf));
}

/** ISO/IEC 14496-12, 8.8.8: sizes are there, as FFmpeg writes them, or one in `tfhd` holds for all. */
function samplesOf(moof: Buffer): Sample[] {
  const trun = trunOf(moof);
  const flags = moof.readUInt32BE(trun + 8) & 0xffffff;
  const count = moof.readUInt32BE(trun + 12);
  let field = trun + 20 + (flags & 4 ? 4 : 0);
  let at = moof.readInt32BE(trun + 16);
  return Array.from({ length: count }, () => {
    if (flags & 0x100) field += 4;
    const size = moof.readUInt32BE(field);
    field += 4 + (flags & 0x400 ? 4 : 0) + (flags & 0x800 ? 4 : 0);
    const sample = { at, size };
    at += size;
    return sample;
  });
}

function nalSpans(sample: Buffer): { clear: number; hidden: number }[] {
  const spans: { clear: number; hidden: number }[] = [];
  for (let at = 0; at < sample.length;) {
    const size = 4 + sample.readUInt32BE(at);
    const clear = Math.min(size, clearBytes);
    spans.push({ clear, hidden: size - clear });
    at += size;
  }
  return spans;
}

function entryOf(iv: Buffer, spans: readonly { clear: number; hidden: number }[]): Buffer {
  if (spans.length === 0) return Buffer.from(iv);
  const entry = Buffer.alloc(ivBytes + 2 + 6 * spans.length);
  iv.copy(entry);
  entry.writeUInt16BE(spans.length, ivBytes);
  for (const [index, { clear, hidden }] of spans.entries()) {
    entry.writeUInt16BE(clear, ivBytes + 2 + 6 * index);
    entry.writeUInt32BE(hidden, ivBytes + 4 + 6 * index);
  }
  return entry;
}

function box(type: string, flags: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(12);
  head.writeUInt32BE(12 + body.length);
  head.write(type, 4, "latin1");
  head.writeUInt32BE(flags, 8);
  return Buffer.concat([head, body]);
}

const number32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

function withBoxes(whole: Buffer, moofSize: number, entries: readonly Buffer[], isVideo: boolean): Buffer {
  const traf = trafOf(whole);
  const end = traf + whole.readUInt32BE(traf);
  const sizes = Buffer.from(entries.map(({ length }) => length));
  const saiz = box("saiz", 0, Buffer.from([0]), number32(entries.length), sizes);
  const senc = box("senc", isVideo ? 2 : 0, number32(entries.length), ...entries);
  const saioSize = 20;
  // 8.7.9: counted from the start of the moof, as `default-base-is-moof` says of all that is in it.
  const saio = box("saio", 0, number32(1), number32(end + saiz.length + saioSize + 16));
  const added = saiz.length + saio.length + senc.length;
  const head = Buffer.from(whole.subarray(0, end));
  head.writeUInt32BE(moofSize + added, 0);
  head.writeUInt32BE(end - traf + added, traf);
  const trun = trunOf(whole);
  head.writeInt32BE(whole.readInt32BE(trun + 16) + added, trun + 16);
  return Buffer.concat([head, saiz, saio, senc, whole.subarray(end)]);
}
