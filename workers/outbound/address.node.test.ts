import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { isPublicAddress } from "./address.ts";

const closed = [
  ...["0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1"],
  ...["169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.168.1.1", "198.19.0.1"],
  ...["224.0.0.1", "240.0.0.1", "255.255.255.255"],
];
const open = [
  "1.1.1.1",
  "8.8.8.8",
  "100.63.255.255",
  "100.128.0.0",
  "172.15.0.1",
  "172.32.0.1",
  "223.255.255.254",
];

const inHex = (v4: string) => {
  const [a = 0, b = 0, c = 0, d = 0] = v4.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
};

describe("an address is public", () => {
  it.each(open)("%s, also in IPv6 that carries it", (address) => {
    expect(isPublicAddress(address)).toBe(true);
    expect(isPublicAddress(`::ffff:${address}`)).toBe(true);
    expect(isPublicAddress(`64:ff9b::${inHex(address)}`)).toBe(true);
  });
  it.each(["2606:4700::1111", "2a00:1450:4001:82a::200e", "2001:4860:4860::8888"])("%s", (address) =>
    expect(isPublicAddress(address)).toBe(true),
  );
});

describe("an address is not", () => {
  it.each(closed)("%s, however it is carried", (address) => {
    const hex = inHex(address);
    for (const form of [address, `::ffff:${address}`, `::${hex}`, `64:ff9b::${hex}`, `2002:${hex}::1`])
      expect(isPublicAddress(form), form).toBe(false);
  });
  it.each([
    ...["::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001::1", "2001:db8::1", "3fff::1"],
    ...["100::1", "5f00::1", "", "not an address", "1.2.3", "1.2.3.4.5", "1.2.3.256", "::1%eth0", "[::1]"],
  ])("%s", (address) => expect(isPublicAddress(address)).toBe(false));

  it.each(["x@[2606:4700::1111", "2606:4700::1111]/q[", "2606:4700::1111]:80/[", "26\t06:4700::1111"])(
    "%j, which only a parser of URLs would take for one",
    (text) => expect(isPublicAddress(text)).toBe(false),
  );
  it.each(["10.0.0.1", "127.0.0.1"])("2606:4700::5efe:%s by ISATAP", (v4) =>
    expect(isPublicAddress(`2606:4700:0:0:0:5efe:${v4}`)).toBe(false),
  );

  it("where nothing says that it is one", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^[\d.]+$/.test(text) && !/^[\da-fA-F:.]+$/.test(text));
        expect(isPublicAddress(text)).toBe(false);
      }),
    );
  });
});
