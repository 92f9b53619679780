import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostPatternText, matchesHost, pageHostOf, parseHostPattern } from "./page-host.ts";

describe("the page that plays", () => {
  it("has the host that a browser's URL parser finds in the Referer", () => {
    fc.assert(
      fc.property(
        fc.webUrl({ withQueryParameters: true, withFragments: true }),
        fc.nat(65_535),
        (text, port) => {
          const url = new URL(text);
          url.port = String(port);
          expect(pageHostOf(null, url.href)).toBe(url.hostname);
          expect(pageHostOf(url.origin, "https://elsewhere.example/")).toBe(url.hostname);
        },
      ),
    );
  });

  it.each([
    ["https://app.example.com", "app.example.com"],
    ["https://APP.Example.com:8443", "app.example.com"],
    ["http://localhost:5173/watch?x=1", "localhost"],
    ["https://app.example.com./", "app.example.com"],
    ["https://app.example.com@evil.example/", "evil.example"],
    ["https://app.example.com:x@evil.example/", "evil.example"],
    ["https://evil.example/@app.example.com", "evil.example"],
    ["https://evil.example\\@app.example.com", "evil.example"],
    ["https://evil.example?@app.example.com", "evil.example"],
    ["https://evil.example#@app.example.com", "evil.example"],
    ["https://xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["http://[2001:db8::1]:80/", "[2001:db8::1]"],
    ["capacitor://localhost", "localhost"],
    ["null", ""],
    ["", ""],
    ["file:///film.html", ""],
    ["app.example.com", ""],
    [`https://${"a".repeat(100_000)}`, ""],
  ])("of %s is %s", (said, host) => {
    expect(pageHostOf(said, null)).toBe(host);
    expect(pageHostOf(null, said)).toBe(host);
  });

  it("is told by the Origin before the Referer, also when that hides it", () => {
    expect(pageHostOf("https://a.example", "https://b.example/")).toBe("a.example");
    expect(pageHostOf("null", "https://b.example/")).toBe("");
  });

  it("is not there when the request names none", () => {
    expect(pageHostOf(null, null)).toBeNull();
  });
});

const matches = (pageHost: string, pattern: string) => {
  const parsed = parseHostPattern(pattern);
  if (parsed === null) throw new Error(`${pattern} is no pattern`);
  return matchesHost(pageHost, parsed);
};

describe("a pattern", () => {
  it("without a star is one host", () => {
    expect(matches("example.com", "example.com")).toBe(true);
    expect(matches("app.example.com", "example.com")).toBe(false);
    expect(matches("example.com.evil.example", "example.com")).toBe(false);
    expect(matches("notexample.com", "example.com")).toBe(false);
  });

  it("with a star is all below the host, and not the host", () => {
    expect(matches("app.example.com", "*.example.com")).toBe(true);
    expect(matches("a.b.example.com", "*.example.com")).toBe(true);
    expect(matches("example.com", "*.example.com")).toBe(false);
    expect(matches("notexample.com", "*.example.com")).toBe(false);
    expect(matches(".example.com", "*.example.com")).toBe(false);
  });

  it("allows no page that hides itself", () => {
    for (const pattern of ["example.com", "*.example.com", "null", "a"])
      expect(matches("", pattern)).toBe(false);
  });

  it.each([
    ["Example.COM:443", "example.com"],
    ["*.Example.com.", "*.example.com"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["*.BÜCHER.example", "*.xn--bcher-kva.example"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["localhost:5173", "localhost"],
    ["my_app.example.com", "my_app.example.com"],
  ])("%s is kept as %s, and reads as itself", (text, kept) => {
    const parsed = parseHostPattern(text);
    expect(parsed === null ? null : hostPatternText(parsed)).toBe(kept);
    expect(parseHostPattern(kept)).toEqual(parsed);
  });

  it.each([
    "",
    "*",
    "*.",
    "*.*.example.com",
    "a.*.example.com",
    "example..com",
    ".example.com",
    "-a.example.com",
    "https://example.com",
    "example.com/path",
    "user@example.com",
    "bücher.example/path",
    "bücher.example:x",
    "exa mple.com",
    "[::1]",
    "a".repeat(64) + ".example",
    "a.".repeat(140) + "example",
    "ä".repeat(100_000),
  ])("is not %j", (text) => {
    expect(parseHostPattern(text)).toBeNull();
  });

  it("of any text is one that is kept in one spelling, or none", () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.string(), fc.string({ unit: "grapheme" })), (text) => {
        const parsed = parseHostPattern(text);
        if (parsed === null) return;
        expect(parseHostPattern(hostPatternText(parsed))).toEqual(parsed);
        expect(
          matchesHost(pageHostOf(`https://${parsed.host}:8443`, null) ?? "", { ...parsed, below: false }),
        ).toBe(true);
      }),
    );
  });
});
