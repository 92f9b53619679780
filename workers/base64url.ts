// Base64url without padding, strict: every value has one spelling, and anything else is null. Tables
// instead of atob, because a session is read on every request. For short values: spread on the stack.

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const invalid = 64;
const valueOf = new Uint8Array(128).fill(invalid);
const codes = new Uint8Array(64);
for (let i = 0; i < alphabet.length; i++) {
  codes[i] = alphabet.charCodeAt(i);
  valueOf[alphabet.charCodeAt(i)] = i;
}

export function encodeBase64url(bytes: Uint8Array): string {
  const text: number[] = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text.push(code(word >>> 18), code((word >>> 12) & 63));
    if (left > 1) text.push(code((word >>> 6) & 63));
    if (left > 2) text.push(code(word & 63));
  }
  return String.fromCharCode(...text);
}

export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  const tail = text.length % 4;
  if (tail === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let written = 0;
  for (let i = 0; i < text.length; i += 4) {
    const [a, b, c, d] = [sextet(text, i), sextet(text, i + 1), sextet(text, i + 2), sextet(text, i + 3)];
    if ((a | b | c | d) & invalid) return null;
    const word = (a << 18) | (b << 12) | (c << 6) | d;
    bytes[written++] = word >>> 16;
    if (written < bytes.length) bytes[written++] = word >>> 8;
    else if (word & 0xffff) return null;
    if (written < bytes.length) bytes[written++] = word;
    else if (word & 0xff) return null;
  }
  return bytes;
}

/** Past the end counts as zero; a character outside the alphabet is `invalid`. */
function sextet(text: string, index: number): number {
  if (index >= text.length) return 0;
  const code = text.charCodeAt(index);
  return code < 128 ? (valueOf[code] ?? invalid) : invalid;
}

function code(sextet: number): number {
  return codes[sextet] ?? 0;
}
