// IP addresses and CIDR blocks, as text from strangers and from settings, and whether one is in the other. Pure.

/** 4 bytes of IPv4, 16 of IPv6. An IPv4-mapped IPv6 address (RFC 4291 2.5.5.2) is the IPv4 address that it maps. */
export type IpAddress = Uint8Array;

export interface IpBlock {
  /** Zero behind the prefix. */
  readonly address: IpAddress;
  readonly prefixBits: number;
}

const longestText = 45;
const v4Bytes = 4;
const v6Bytes = 16;
/** Of the IPv4-mapped addresses, `::ffff:0:0/96`. */
const mappedBits = 96;

const dot = 0x2e;
const colon = 0x3a;

/** Null for whatever is no address: another notation of IPv4, a zone, a port, a name. */
export function parseIp(text: string): IpAddress | null {
  const address = parseAddress(text);
  return address !== null && isMapped(address) ? address.subarray(v6Bytes - v4Bytes) : address;
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address, which is the block of itself. Bits behind the prefix are dropped. */
export function parseIpBlock(text: string): IpBlock | null {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const prefixBits = slash < 0 ? 8 * address.length : parseDecimal(text, slash + 1, text.length, 3);
  if (prefixBits < 0 || prefixBits > 8 * address.length) return null;
  if (!isMapped(address) || prefixBits < mappedBits)
    return { address: masked(address, prefixBits), prefixBits };
  const bits = prefixBits - mappedBits;
  return { address: masked(address.subarray(v6Bytes - v4Bytes), bits), prefixBits: bits };
}

export function isIpBlock(text: string): boolean {
  return parseIpBlock(text) !== null;
}

/** The families are apart: `::/0` is every IPv6 address and no IPv4 one. */
export function isInBlock(address: IpAddress, { address: base, prefixBits }: IpBlock): boolean {
  if (address.length !== base.length) return false;
  const whole = prefixBits >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== base[i]) return false;
  const rest = prefixBits & 7;
  return rest === 0 || ((address[whole] ?? 0) & highBits(rest)) === base[whole];
}

/** A copy whose bits behind the prefix are zero. */
export function masked(address: IpAddress, prefixBits: number): IpAddress {
  const copy = new Uint8Array(address.length);
  const whole = prefixBits >> 3;
  copy.set(address.subarray(0, whole));
  if (whole < copy.length) copy[whole] = (address[whole] ?? 0) & highBits(prefixBits & 7);
  return copy;
}

function highBits(count: number): number {
  return 0xff & ~(0xff >> count);
}

function isMapped(address: Uint8Array): boolean {
  if (address.length !== v6Bytes || address[10] !== 0xff || address[11] !== 0xff) return false;
  for (let i = 0; i < 10; i++) if (address[i] !== 0) return false;
  return true;
}

function parseAddress(text: string): Uint8Array | null {
  if (text.length > longestText) return null;
  if (text.includes(":")) return parseV6(text);
  const bytes = new Uint8Array(v4Bytes);
  return writeV4(text, 0, bytes, 0) ? bytes : null;
}

/** Four decimal numbers without leading zeros, which some readers take for octal. */
function writeV4(text: string, from: number, target: Uint8Array, offset: number): boolean {
  let start = from;
  for (let i = 0; i < v4Bytes; i++) {
    const last = i === v4Bytes - 1;
    const end = last ? text.length : text.indexOf(".", start);
    const value = end < 0 ? -1 : parseDecimal(text, start, end, 3);
    if (value < 0 || value > 255) return false;
    target[offset + i] = value;
    start = end + 1;
  }
  return true;
}

/** RFC 4291 2.2: eight groups of up to four hex digits; `::` once for one or more groups of zeros; IPv4 at the end. */
function parseV6(text: string): Uint8Array | null {
  const bytes = new Uint8Array(v6Bytes);
  let written = 0;
  let gap = -1;
  let at = 0;
  if (text.startsWith("::")) [gap, at] = [0, 2];
  while (at < text.length) {
    const next = text.indexOf(":", at);
    const end = next < 0 ? text.length : next;
    const tail = end === text.length && isV4At(text, at);
    const bytesOfGroup = tail ? v4Bytes : 2;
    if (written + bytesOfGroup > v6Bytes) return null;
    if (!(tail ? writeV4(text, at, bytes, written) : writeGroup(text, at, end, bytes, written))) return null;
    written += bytesOfGroup;
    if (next < 0) break;
    at = next + 1;
    // A single colon at the end.
    if (at === text.length) return null;
    if (text.charCodeAt(at) !== colon) continue;
    if (gap >= 0) return null;
    gap = written;
    at++;
  }
  if (gap < 0) return written === v6Bytes ? bytes : null;
  if (written === v6Bytes) return null;
  bytes.copyWithin(v6Bytes - (written - gap), gap, written);
  return bytes.fill(0, gap, v6Bytes - (written - gap));
}

/** A group has at most four digits, an IPv4 part has its first dot after at most three. */
function isV4At(text: string, at: number): boolean {
  for (let i = at; i < at + 4; i++) if (text.charCodeAt(i) === dot) return true;
  return false;
}

function writeGroup(text: string, from: number, end: number, target: Uint8Array, offset: number): boolean {
  if (end === from || end - from > 4) return false;
  let value = 0;
  for (let i = from; i < end; i++) {
    const digit = hexDigit(text.charCodeAt(i));
    if (digit < 0) return false;
    value = value * 16 + digit;
  }
  target[offset] = value >> 8;
  target[offset + 1] = value;
  return true;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** -1 for no digits, too many, or a leading zero. */
function parseDecimal(text: string, from: number, end: number, maxDigits: number): number {
  if (end === from || end - from > maxDigits) return -1;
  if (text.charCodeAt(from) === 0x30 && end - from > 1) return -1;
  let value = 0;
  for (let i = from; i < end; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
