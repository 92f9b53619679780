import * as fc from "fast-check";
import { expect, it } from "vitest";
import { bindingOf, matchesBinding } from "./ip-binding.ts";
import { isInBlock, parseIp, parseIpBlock, type IpBlock } from "./ip-block.ts";

const blockOf = (text: string): IpBlock => {
  const block = parseIpBlock(text);
  if (block === null) throw new Error(`${text} is no block`);
  return block;
};
const address = fc.oneof(fc.ipV4(), fc.ipV6());

it("holds an address to the block that it was bound to, and is no byte more than a session has", () => {
  fc.assert(
    fc.property(address, fc.nat(128), address, (ip, bits, other) => {
      const length = parseIp(ip)?.length ?? 0;
      fc.pre(parseIp(other) !== null && !(ip.includes(":") && length === 4));
      const block = blockOf(`${ip}/${length === 4 ? bits % 33 : bits}`);
      const binding = bindingOf(ip, block);
      expect(binding).not.toBeNull();
      if (binding === null) return;
      expect(binding.kind).toBeLessThanOrEqual(160);
      expect([binding.kind, binding.hash].every((value) => value >= 0 && Number.isInteger(value))).toBe(true);
      expect(binding.hash).toBeLessThanOrEqual(0xffffffff);
      expect(matchesBinding(binding, ip)).toBe(true);
      const parsed = parseIp(other);
      const inside = block.prefixBits === 0 || (parsed !== null && isInBlock(parsed, block));
      expect(matchesBinding(binding, other)).toBe(inside);
    }),
    { numRuns: 2_000 },
  );
});

it("binds nobody who is outside the block, or whose address is not known", () => {
  const block = blockOf("203.0.113.0/24");
  expect(bindingOf("198.51.100.1", block)).toBeNull();
  expect(bindingOf("2001:db8::1", block)).toBeNull();
  expect(bindingOf(null, block)).toBeNull();
  expect(bindingOf("unknown", block)).toBeNull();
  const bound = bindingOf("203.0.113.9", block);
  expect(bound).not.toBeNull();
  if (bound !== null)
    expect([matchesBinding(bound, null), matchesBinding(bound, "x")]).toEqual([false, false]);
});

it("takes the two spellings of one viewer for one", () => {
  const bound = bindingOf("::ffff:203.0.113.9", blockOf("203.0.113.9"));
  expect(bound).toEqual(bindingOf("203.0.113.9", blockOf("::ffff:203.0.113.9")));
  expect(bound?.kind).toBe(32);
});

it("never takes a prefix of IPv4 for one of IPv6", () => {
  for (let bits = 1; bits <= 32; bits++) {
    const bound = bindingOf("10.0.0.1", blockOf(`10.0.0.1/${bits}`));
    expect(bound?.kind).toBe(bits);
  }
  expect(bindingOf("2001:db8::1", blockOf("2001:db8::1/1"))?.kind).toBe(33);
  expect(bindingOf("2001:db8::1", blockOf("2001:db8::1"))?.kind).toBe(160);
});

it("never takes one IPv4 network for another", () => {
  const seen = new Set<number>();
  for (let third = 0; third < 65_536; third++) {
    const ip = `10.7.${third >> 8}.${third & 255}`;
    seen.add(bindingOf(ip, blockOf(ip))?.hash ?? -1);
  }
  expect(seen.size).toBe(65_536);
});

it("lets a session that is bound to nothing be used anywhere", () => {
  expect(matchesBinding({ kind: 0, hash: 0 }, null)).toBe(true);
  expect(bindingOf("10.0.0.1", blockOf("0.0.0.0/0"))).toEqual({ kind: 0, hash: 0 });
});
