// Printed text as it is sent: encoded once, compressed once. Cloudflare's own compression does not cover
// the types of playlists, and a 2-hour playlist is 12 times smaller with gzip.
import { gzipSync } from "node:zlib";

export interface PrintedText {
  readonly bytes: Uint8Array;
  /** Of what the text says, whatever its coding: hence weak. Null: it is made for one answer only. */
  readonly etag: string | null;
  gzip(): Uint8Array;
}

const encoder = new TextEncoder();

/** For text that many requests will be answered with. */
export function printForMany(text: string): PrintedText {
  const bytes = encoder.encode(text);
  const gzip = gzipSync(bytes);
  return { bytes, etag: `W/"${fingerprint(bytes)}"`, gzip: () => gzip };
}

/** For text that is one viewer's: compressed only when asked for, and cheaply. */
export function printForOne(text: string): PrintedText {
  const bytes = encoder.encode(text);
  return { bytes, etag: null, gzip: () => gzipSync(bytes, { level: 1 }) };
}

export function sizeOfPrinted(text: PrintedText): number {
  return text.bytes.length + text.gzip().length + 300;
}

/** Two FNV-1a lanes: tells prints of one URL apart, including those of an older printer. Not a secret. */
function fingerprint(bytes: Uint8Array): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x85ebca6b);
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36);
}
