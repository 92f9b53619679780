import { describe, expect, it } from "vitest";
import { checkTarget } from "./target.ts";

const env = {};

describe("a webhook's URL", () => {
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
