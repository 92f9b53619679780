import * as fc from "fast-check";
import { expect, it } from "vitest";
import { decodeBase64url, encodeBase64url } from "./base64url.ts";

it("base64url round-trips, and refuses every second spelling", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const text = encodeBase64url(bytes);
      expect(decodeBase64url(text)).toEqual(bytes);
      expect(text).toBe(
        btoa(String.fromCharCode(...bytes))
          .replaceAll("+", "-")
          .replaceAll("/", "_")
          .replaceAll("=", ""),
      );
    }),
  );
  expect(decodeBase64url("AB")).toBeNull();
  expect(decodeBase64url("AAB")).toBeNull();
  expect(decodeBase64url("A")).toBeNull();
  expect(decodeBase64url("AA==")).toBeNull();
  expect(decodeBase64url("A+A/")).toBeNull();
});
