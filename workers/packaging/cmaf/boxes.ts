// ISO/IEC 14496-12 box structure over bytes that anyone may have written: every walk ends, none throws.
import { ok, refuse, type Result } from "#workers/result.ts";

export interface Box {
  readonly type: string;
  /** Of the header, in the bytes that were walked. */
  readonly offset: number;
  readonly bodyOffset: number;
  readonly end: number;
}

export type BoxRefusal =
  | { readonly kind: "badBoxSize"; readonly offset: number }
  | { readonly kind: "missingBox"; readonly type: string }
  | { readonly kind: "truncatedBox"; readonly type: string };

/** The boxes that lie side by side in [start, end), which they must fill exactly. */
export function readBoxes(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Result<readonly Box[], BoxRefusal> {
  const boxes: Box[] = [];
  let offset = start;
  while (offset < end) {
    const box = readBoxHeader(bytes, offset, end);
    if (!box || box.end > end) return refuse({ kind: "badBoxSize", offset });
    boxes.push(box);
    offset = box.end;
  }
  return ok(boxes);
}

/** Null when the header is cut or lies. `end` may lie past `limit`: a stream that has not brought it all yet. */
export function readBoxHeader(bytes: Uint8Array, offset: number, limit = bytes.length): Box | null {
  const reader = fieldReader(bytes, offset, limit);
  const size = reader.u32();
  const type = reader.fourCc();
  // 14496-12 4.2: size 1 is followed by a 64-bit size, size 0 runs to the end of the file.
  const sizeBytes = size === 1 ? reader.u64() : size === 0 ? limit - offset : size;
  if (reader.failed() || sizeBytes < reader.offset() - offset) return null;
  return { type, offset, bodyOffset: reader.offset(), end: offset + sizeBytes };
}

/** The first box of each type on the way down. */
export function findBox(
  bytes: Uint8Array,
  parent: { readonly bodyOffset: number; readonly end: number },
  path: readonly string[],
): Result<Box, BoxRefusal> {
  let at = parent;
  let found: Box | null = null;
  for (const type of path) {
    const children = readBoxes(bytes, at.bodyOffset, at.end);
    if (!children.ok) return children;
    found = children.value.find((box) => box.type === type) ?? null;
    if (!found) return refuse({ kind: "missingBox", type });
    at = found;
  }
  return found ? ok(found) : refuse({ kind: "missingBox", type: "" });
}

/**
 * Big-endian fields in order. Past the limit every read gives 0 and `failed()` stays true, so a parser checks
 * once at its end; loops must be bounded by `left()`.
 */
export function fieldReader(bytes: Uint8Array, start: number, limit: number) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = Math.min(limit, bytes.length);
  let at = start;
  let failed = false;
  const take = (count: number): number | null => {
    if (count < 0 || at + count > end) failed = true;
    if (failed) return null;
    at += count;
    return at - count;
  };
  const u8 = () => {
    const from = take(1);
    return from === null ? 0 : view.getUint8(from);
  };
  const u16 = () => {
    const from = take(2);
    return from === null ? 0 : view.getUint16(from);
  };
  const u32 = () => {
    const from = take(4);
    return from === null ? 0 : view.getUint32(from);
  };
  const i32 = () => u32() | 0;
  /** A value that a JavaScript number can't hold exactly fails the read. */
  const u64 = () => {
    const value = u32() * 2 ** 32 + u32();
    if (Number.isSafeInteger(value)) return value;
    failed = true;
    return 0;
  };
  const fourCc = () => String.fromCharCode(u8(), u8(), u8(), u8());
  const skip = (count: number) => void take(count);
  return {
    u8,
    u16,
    u32,
    i32,
    u64,
    fourCc,
    skip,
    offset: () => at,
    left: () => (failed ? 0 : end - at),
    failed: () => failed,
  };
}

export type FieldReader = ReturnType<typeof fieldReader>;
