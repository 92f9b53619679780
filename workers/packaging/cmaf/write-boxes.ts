// Boxes from parts, for the few that are written whole: init segments and sample entries.
import { concatBytes } from "#workers/bytes.ts";

export function box(type: string, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 8);
  return concatBytes([u32(sizeBytes), ascii(type), ...parts]);
}

export function fullBox(
  type: string,
  version: number,
  flags: number,
  ...parts: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  return box(type, u32(version * 2 ** 24 + flags), ...parts);
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of((value >>> 8) & 255, value & 255);
}

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export function u64(value: number): Uint8Array {
  return concatBytes([u32(Math.floor(value / 2 ** 32)), u32(value % 2 ** 32)]);
}

export function zeros(count: number): Uint8Array {
  return new Uint8Array(count);
}
