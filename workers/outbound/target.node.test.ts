import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkTarget } from "./target.ts";

const env = {};

describe("a URL that somebody named", () => {
  it.each([
    "https://example.com/hook?a=b",
    "https://EXAMPLE.com:443/",
    "https://hooks.example.co.uk:8443/x",
    "https://1.2.3.4.example.com/",
  ])("may be %s", (url) => {
    expect(checkTarget(env, url)).toMatchObject({ ok: true });
  });

  it.each([
    ["http://example.com/", "notHttps"],
    ["ftp://example.com/", "notHttps"],
    ["javascript:alert(1)", "notHttps"],
    ["https://", "notAUrl"],
    ["https://a:b@example.com/", "credentialsInUrl"],
    ["https://example.com:22/", "portNotAllowed"],
    ["https://127.0.0.1/", "address"],
    ["https://8.8.8.8/", "address"],
    ["https://2130706433/", "address"],
    ["https://0x7f.1/", "address"],
    ["https://0177.0.0.1/", "address"],
    ["https://127.1./", "address"],
    ["https://①②⑦.0.0.1/", "address"],
    ["https://169.254.169.254/", "address"],
    ["https://[::1]/", "address"],
    ["https://[::ffff:10.0.0.1]/", "address"],
    ["https://[64:ff9b::a00:1]/", "address"],
    ["https://localhost/", "internalName"],
    ["https://LOCALHOST./", "internalName"],
    ["https://localhost../", "internalName"],
    ["https://metadata.google.internal../", "internalName"],
    ["https://a.localhost/", "internalName"],
    ["https://metadata.google.internal/", "internalName"],
    ["https://printer.local/", "internalName"],
    ["https://intranet/", "internalName"],
  ])("may not be %s", (url, reason) => {
    expect(checkTarget(env, url)).toEqual({ ok: false, reason });
  });

  it("may be of a developer's machine where that is allowed", () => {
    const local = { OUTBOUND_ALLOW_PRIVATE: "true" };
    expect(checkTarget(local, "http://127.0.0.1:9000/")).toMatchObject({ ok: true });
    expect(checkTarget(local, "file:///etc/passwd")).toEqual({ ok: false, reason: "notHttps" });
  });
});

describe("every literal form of an address", () => {
  const v4 = fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 255 })));
  const forms: readonly ((parts: readonly number[]) => string)[] = [
    (parts) => parts.join("."),
    (parts) => `${parts.join(".")}.`,
    (parts) => parts.map((part) => `0${part.toString(8)}`).join("."),
    (parts) => parts.map((part) => `0x${part.toString(16)}`).join("."),
    (parts) => String(parts.reduce((sum, part) => sum * 256 + part, 0)),
    (parts) => `0x${parts.reduce((sum, part) => sum * 256 + part, 0).toString(16)}`,
    ([a = 0, b = 0, c = 0, d = 0]) => `${a}.${b}.${c * 256 + d}`,
    ([a = 0, b = 0, c = 0, d = 0]) => `${a}.${(b * 256 + c) * 256 + d}`,
    (parts) =>
      parts
        .map((part) =>
          String(part)
            .split("")
            .map((digit) => `%3${digit}`)
            .join(""),
        )
        .join("."),
    (parts) =>
      parts
        .map((part) =>
          String.fromCodePoint(
            ...String(part)
              .split("")
              .map((d) => 0xff10 + Number(d)),
          ),
        )
        .join("."),
    (parts) => `[::ffff:${parts.join(".")}]`,
    (parts) => `[64:ff9b::${parts.join(".")}]`,
    (parts) => `[::${parts.join(".")}]`,
  ];

  it("is refused as one", () => {
    fc.assert(
      fc.property(v4, fc.constantFrom(...forms), (parts, form) => {
        expect(checkTarget(env, `https://${form(parts)}/`)).toEqual({ ok: false, reason: "address" });
      }),
    );
  });
});
