// Against node:net, which has its own parser and its own list of blocks.
import { BlockList, isIPv4, isIPv6 } from "node:net";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInBlock, parseIp, parseIpBlock } from "./ip-block.ts";

const v4 = fc.ipV4();
const v6 = fc.ipV6();
/** Text that is nearly an address: what a parser gets wrong is at the edge. */
const nearlyAnAddress = fc.oneof(
  v4,
  v6,
  fc.stringMatching(/^[0-9a-fA-F:.]{0,46}$/),
  fc.stringMatching(/^(?:[0-9a-f]{0,5}:){0,9}[0-9a-f]{0,5}$/),
  fc.stringMatching(/^(?:[0-9]{0,4}\.){2,4}[0-9]{0,4}$/),
  fc.stringMatching(/^(?:[0-9a-f]{1,4}:){0,7}:?(?:[0-9]{1,3}\.){3}[0-9]{1,3}$/),
  fc
    .tuple(v6, fc.nat(60), fc.constantFrom("", ":", "::", ".", "0", "g", " ", "%", "/"))
    .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at)),
  fc.string(),
);

/** The bytes of an address that `node:net` calls one, by a way of its own: the URL parser's serialisation. */
function bytesByUrl(text: string): readonly number[] {
  if (isIPv4(text)) return text.split(".").map(Number);
  const [head = "", tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split("::");
  const groups = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const [front, back] = [groups(head), tail === undefined ? [] : groups(tail)];
  const words = [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
  const bytes = words.flatMap((word) => [word >> 8, word & 255]);
  return bytes.slice(0, 12).join() === "0,0,0,0,0,0,0,0,0,0,255,255" ? bytes.slice(12) : bytes;
}

describe("an address", () => {
  it("is read exactly when node:net calls it one, and as the same bytes", () => {
    fc.assert(
      fc.property(nearlyAnAddress, (text) => {
        const read = parseIp(text);
        // A zone names an interface of one machine: nothing that a rule can mean.
        const valid = (isIPv4(text) || isIPv6(text)) && !text.includes("%");
        expect(read === null ? null : [...read]).toEqual(valid ? bytesByUrl(text) : null);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ["octal", "010.0.0.1"],
    ["three numbers", "10.0.1"],
    ["one number", "167772161"],
    ["hex", "0x0a.0.0.1"],
    ["a number too large", "10.0.0.256"],
    ["a zone", "fe80::1%eth0"],
    ["brackets", "[::1]"],
    ["a port", "10.0.0.1:80"],
    ["two gaps", "1::2::3"],
    ["nine groups", "1:2:3:4:5:6:7:8:9"],
    ["a gap of nothing", "1:2:3:4:5:6:7:8::"],
    ["five digits", "::12345"],
    ["a colon at the end", "1:2:3:4:5:6:7:"],
    ["IPv4 in the middle", "::1.2.3.4:5"],
    ["space", " 10.0.0.1"],
    ["digits of another script", "١٠.0.0.1"],
    ["nothing", ""],
    ["a great deal", "1".repeat(100_000)],
  ])("is not %s", (_, text) => {
    expect(parseIp(text)).toBeNull();
    expect(parseIpBlock(text)).toBeNull();
  });
});

describe("a block", () => {
  it("holds of IPv4 what node:net's list holds, mapped addresses included", () => {
    fc.assert(
      fc.property(v4, fc.nat(32), v4, fc.nat(32), (base, prefix, random, kept) => {
        // They share some bits, or nearly nothing would ever match.
        const address = nearTo(base, random, kept);
        const list = new BlockList();
        list.addSubnet(base, prefix, "ipv4");
        for (const asked of [address, `::ffff:${address}`]) {
          expect(holds(`${base}/${prefix}`, asked)).toBe(
            list.check(asked, asked.includes(":") ? "ipv6" : "ipv4"),
          );
        }
        expect(holds(`::ffff:${base}/${96 + prefix}`, address)).toBe(list.check(address));
      }),
      { numRuns: 2_000 },
    );
  });

  it("holds of IPv6 what node:net's list holds", () => {
    fc.assert(
      fc.property(v6, fc.nat(128), v6, fc.boolean(), (base, prefix, random, same) => {
        const address = same ? base : random;
        const list = new BlockList();
        list.addSubnet(base, prefix, "ipv6");
        fc.pre(parseIp(base)?.length === 16 && parseIp(address)?.length === 16);
        expect(holds(`${base}/${prefix}`, address)).toBe(list.check(address, "ipv6"));
      }),
      { numRuns: 2_000 },
    );
  });

  it("ends at the very bit", () => {
    for (let prefix = 1; prefix <= 128; prefix++) {
      const block = `2001:db8::/${prefix}`;
      const outside = flipped("2001:db8::", prefix - 1);
      const inside = prefix === 128 ? "2001:db8::" : flipped("2001:db8::", prefix);
      expect([prefix, holds(block, outside), holds(block, inside)]).toEqual([prefix, false, true]);
    }
  });

  it("of one family holds nothing of the other", () => {
    expect(holds("::/0", "10.0.0.1")).toBe(false);
    expect(holds("0.0.0.0/0", "2001:db8::1")).toBe(false);
    expect(holds("0.0.0.0/0", "10.0.0.1")).toBe(true);
    expect(holds("::/0", "2001:db8::1")).toBe(true);
  });

  it("without a prefix is one address", () => {
    expect(holds("10.0.0.1", "10.0.0.1")).toBe(true);
    expect(holds("10.0.0.1", "10.0.0.0")).toBe(false);
    expect(holds("::ffff:a00:1", "10.0.0.1")).toBe(true);
  });

  it.each([
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/-1",
    "10.0.0.0/08",
    "10.0.0.0/8/8",
    "/8",
    "::/129",
    "10.0.0.0/1e1",
  ])("is not %s", (text) => {
    expect(parseIpBlock(text)).toBeNull();
  });
});

function holds(block: string, address: string): boolean {
  const [parsed, ip] = [parseIpBlock(block), parseIp(address)];
  if (parsed === null || ip === null) throw new Error(`${block} or ${address} was not read`);
  return isInBlock(ip, parsed);
}

/** The address whose first bits are those of `base`, the others those of `random`. */
function nearTo(base: string, random: string, kept: number): string {
  const number = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const mask = kept === 0 ? 0 : (0xffffffff << (32 - kept)) >>> 0;
  const value = ((number(base) & mask) | (number(random) & ~mask)) >>> 0;
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join(".");
}

function flipped(address: string, bit: number): string {
  const bytes = [...(parseIp(address) ?? [])];
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return groups.join(":");
}
