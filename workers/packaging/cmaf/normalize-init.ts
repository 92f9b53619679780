// The init segment that a track is published with. Encoders put their version, and an edit list that depends on
// how many pictures a run had, into it; separately encoded chunks of one track must agree to the byte.
import { concatBytes } from "#workers/bytes.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { fieldReader, findBox, readBoxes, type Box, type BoxRefusal } from "./boxes.ts";
import { ascii, box, fullBox, u32 } from "./write-boxes.ts";

export type NormalizeRefusal = BoxRefusal;

/** Brands of CMAF (23000-19 7.2), one edit that starts at `editStartTicks`, no metadata of the tool. */
export function normalizeInit(
  bytes: Uint8Array,
  editStartTicks: number,
): Result<Uint8Array<ArrayBuffer>, NormalizeRefusal> {
  const top = readBoxes(bytes);
  if (!top.ok) return top;
  const moov = top.value.find((box) => box.type === "moov");
  if (!moov) return refuse({ kind: "missingBox", type: "moov" });
  const children = readBoxes(bytes, moov.bodyOffset, moov.end);
  if (!children.ok) return children;
  const parts: Uint8Array[] = [];
  for (const child of children.value) {
    if (child.type === "udta" || child.type === "meta") continue;
    if (child.type !== "trak") {
      parts.push(bytes.subarray(child.offset, child.end));
      continue;
    }
    const trak = normalizeTrak(bytes, child, editStartTicks);
    if (!trak.ok) return trak;
    parts.push(trak.value);
  }
  return ok(concatBytes([fileType, box("moov", ...parts)]));
}

function normalizeTrak(bytes: Uint8Array, trak: Box, editStartTicks: number): Result<Uint8Array, BoxRefusal> {
  const children = readBoxes(bytes, trak.bodyOffset, trak.end);
  if (!children.ok) return children;
  const parts: Uint8Array[] = [];
  for (const child of children.value) {
    if (child.type === "edts" || child.type === "udta" || child.type === "meta") continue;
    const copy = bytes.slice(child.offset, child.end);
    if (child.type === "mdia") clearCompressorName(copy);
    parts.push(copy);
    // 14496-12 8.6.5: the edit list follows the track header.
    if (child.type === "tkhd") parts.push(editList(editStartTicks));
  }
  return ok(box("trak", ...parts));
}

/** 32 bytes that name the encoder and its version: an upgrade in mid-title would make chunks that do not fit. */
function clearCompressorName(mdia: Uint8Array): void {
  const stsd = findBox(mdia, { bodyOffset: 0, end: mdia.length }, ["mdia", "minf", "stbl", "stsd"]);
  const entries = stsd.ok ? readBoxes(mdia, stsd.value.bodyOffset + 8, stsd.value.end) : stsd;
  if (!entries.ok) return;
  for (const entry of entries.value) {
    if (isVisual(mdia, entry)) mdia.fill(0, entry.bodyOffset + 42, entry.bodyOffset + 74);
  }
}

/** 14496-12 12.1.3: a visual entry carries the constant 0x0018 (depth) and -1 before its boxes. */
function isVisual(bytes: Uint8Array, entry: Box): boolean {
  const reader = fieldReader(bytes, entry.bodyOffset, entry.end);
  reader.skip(74);
  return reader.u16() === 0x18 && reader.u16() === 0xffff && !reader.failed();
}

function editList(mediaTime: number): Uint8Array {
  // Version 0, one entry, duration 0 (all that follows), rate 1.
  return box("edts", fullBox("elst", 0, 0, u32(1), u32(0), u32(mediaTime), u32(0x10000)));
}

const fileType = box("ftyp", ascii("cmfc"), u32(0), ascii("iso6"), ascii("cmfc"), ascii("mp41"));
