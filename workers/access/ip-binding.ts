// What a session remembers of the network that it is bound to: the length of the prefix and 32 bits of the prefix
// itself, in five bytes. Pure.
import type { SessionBinding } from "#workers/playback/session.ts";
import { isInBlock, masked, parseIp, type IpAddress, type IpBlock } from "./ip-block.ts";

/** Kinds above it are IPv6: 32 and the prefix's length. */
const v6Kind = 32;

/** Binds an address to the block that it is in; null when it is not in it. A block of everything binds nobody. */
export function bindingOf(ip: string | null, block: IpBlock): SessionBinding | null {
  const address = ip === null ? null : parseIp(ip);
  if (address === null || !isInBlock(address, block)) return null;
  const { prefixBits } = block;
  if (prefixBits === 0) return { kind: 0, hash: 0 };
  const kind = address.length === 4 ? prefixBits : v6Kind + prefixBits;
  return { kind, hash: prefixHash(address, prefixBits) };
}

export function matchesBinding({ kind, hash }: SessionBinding, ip: string | null): boolean {
  if (kind === 0) return true;
  const address = ip === null ? null : parseIp(ip);
  if (address === null || (address.length === 16) !== kind > v6Kind) return false;
  return prefixHash(address, kind > v6Kind ? kind - v6Kind : kind) === hash;
}

/**
 * The finaliser of MurmurHash3 over words of 32 bits. Each step is a bijection, so no two IPv4 prefixes share a hash
 * and two IPv6 networks do once in 2^32. A cryptographic hash, cut to the same 32 bits, would withstand the search for
 * a second network no longer, and could only be awaited.
 */
function prefixHash(address: IpAddress, prefixBits: number): number {
  const bytes = masked(address, prefixBits);
  const view = new DataView(bytes.buffer);
  let hash = 0;
  for (let at = 0; at < bytes.length; at += 4) hash = mix(hash ^ view.getUint32(at));
  return hash >>> 0;
}

function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
