// Pure. Is an address that a name stands for out in the public? From the IANA registries of special-purpose addresses
// (RFC 6890 and its updates): what is not globally reachable is not.

/** Network and prefix length. */
const closedV4: readonly (readonly [network: string, bits: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  // Multicast, what is reserved, and broadcast.
  ["224.0.0.0", 3],
];

/** First 16-bit groups of IPv6 that carry an IPv4 address: where in the eight groups it lies. */
const carriers: readonly { readonly prefix: readonly number[]; readonly at: number }[] = [
  // ::ffff:0:0/96, IPv4-mapped; ::/96, IPv4-compatible.
  { prefix: [0, 0, 0, 0, 0, 0xffff], at: 6 },
  { prefix: [0, 0, 0, 0, 0, 0], at: 6 },
  // 64:ff9b::/96, NAT64 (RFC 6052).
  { prefix: [0x64, 0xff9b, 0, 0, 0, 0], at: 6 },
  // 2002::/16, 6to4 (RFC 3056).
  { prefix: [0x2002], at: 1 },
];

export function isPublicAddress(text: string): boolean {
  const v4 = parseV4(text);
  if (v4 !== null) return isPublicV4(v4);
  const groups = parseV6(text);
  return groups !== null && isPublicV6(groups);
}

function isPublicV4(address: number): boolean {
  return closedV4.every(([network, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) !== Math.floor((parseV4(network) ?? 0) / size);
  });
}

function isPublicV6(groups: readonly number[]): boolean {
  const carrier = carriers.find(({ prefix }) => prefix.every((group, index) => groups[index] === group));
  const carried =
    carrier === undefined ? null : (groups[carrier.at] ?? 0) * 65_536 + (groups[carrier.at + 1] ?? 0);
  if (carried !== null) return isPublicV4(carried);
  const [first = 0, second = 0] = groups;
  // 2000::/3 is all that is given out; of it 2001::/23 (Teredo and other protocols), 2001:db8::/32 and 3fff::/20
  // (documentation) are not.
  if (first >> 13 !== 1) return false;
  // ISATAP (RFC 5214 6.1) carries IPv4 in its last groups, under any prefix.
  const [, , , , , isatap, high = 0, low = 0] = groups;
  if (isatap === 0x5efe && !isPublicV4(high * 65_536 + low)) return false;
  if (first === 0x2001 && (second < 0x200 || second === 0xdb8)) return false;
  return !(first === 0x3fff && second < 0x1000);
}

function parseV4(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const parts = match?.slice(1).map(Number) ?? [];
  if (parts.length !== 4 || parts.some((part) => part > 255)) return null;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** Eight groups. The URL parser knows every form that there is. */
function parseV6(text: string): readonly number[] | null {
  if (!/^[\da-f:.]{2,45}$/i.test(text)) return null;
  const host = URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1);
  if (host === undefined) return null;
  const [head = "", tail] = host.split("::", 2);
  const groupsOf = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return groupsOf(head);
  const [before, after] = [groupsOf(head), groupsOf(tail)];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}
