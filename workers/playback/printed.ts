// Printed text as it is sent: encoded once, compressed at most once. Cloudflare's own compression does not cover
// the types of playlists, and a 2-hour playlist is 12 times smaller with gzip.
import { gzipSync } from "node:zlib";

export interface PrintedText {
  readonly bytes: Uint8Array;
  /** Of what the text says, whatever its coding: hence weak. Null: it is made for one answer only. */
  readonly etag: string | null;
  /** Null: not worth it. */
  gzip(): Uint8Array | null;
}

/**
 * RFC 6928: a new connection sends ten packets, about 14 KB, before it waits for an answer. One viewer's text that
 * fits, headers and all, arrives no sooner when it is smaller, and to compress it costs more than the rest of the
 * request.
 */
const firstFlightBytes = 10 * 1024;

const encoder = new TextEncoder();

/** For text that many requests will be answered with. */
export function printForMany(text: string): PrintedText {
  const bytes = encoder.encode(text);
  const gzip = gzipSync(bytes);
  return { bytes, etag: `W/"${fingerprint(bytes)}"`, gzip: () => gzip };
}

/** For text that is one viewer's: compressed only when that helps, and cheaply. */
export function printForOne(text: string): PrintedText {
  const bytes = encoder.encode(text);
  const gzip = () => (bytes.length <= firstFlightBytes ? null : gzipSync(bytes, { level: 1 }));
  return { bytes, etag: null, gzip };
}

export function sizeOfPrinted(text: PrintedText): number {
  return text.bytes.length + (text.gzip()?.length ?? 0) + 300;
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
