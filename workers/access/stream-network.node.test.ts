import { expect, it } from "vitest";
import { networkOf } from "./stream-network.ts";

it("names /24 of IPv4 and /48 of IPv6, and of nothing else", () => {
  expect(networkOf("203.0.113.9")).toBe("cb0071");
  expect(networkOf("203.0.113.255")).toBe(networkOf("::ffff:203.0.113.1"));
  expect(networkOf("203.0.114.9")).not.toBe(networkOf("203.0.113.9"));
  expect(networkOf("2001:db8:1:2::3")).toBe("20010db80001");
  expect(networkOf("2001:db8:1:ffff::")).toBe("20010db80001");
  expect(networkOf("2001:db8:2::")).not.toBe("20010db80001");
  for (const odd of [null, "", "localhost", "1.2.3", "::1::", "1.2.3.4:80"])
    expect(networkOf(odd)).toBeNull();
});
