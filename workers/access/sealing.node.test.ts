import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeBase64url, encodeBase64url } from "#workers/base64url.ts";
import { seal, unseal } from "./sealing.ts";

const key = encodeBase64url(new Uint8Array(32).fill(1));
const otherKey = encodeBase64url(new Uint8Array(32).fill(2));

it("gives back what was sealed, under its name and key only", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), fc.string(), async (secret, name) => {
      const sealed = await seal(key, name, secret);
      expect(await unseal(key, name, sealed)).toEqual(secret);
      expect(await unseal(key, `${name}x`, sealed)).toBeNull();
      expect(await unseal(otherKey, name, sealed)).toBeNull();
    }),
  );
});

it("shows nothing: the same secret is never sealed alike", async () => {
  const secret = new TextEncoder().encode("the same secret, thirty-two byte");
  const sealed = await Promise.all(Array.from({ length: 50 }, () => seal(key, "sig_1", secret)));
  expect(new Set(sealed).size).toBe(50);
  for (const text of sealed) expect(decodeBase64url(text)?.join()).not.toContain(secret.join());
});

it("opens nothing that was altered in any byte, or cut", async () => {
  const sealed = decodeBase64url(await seal(key, "sig_1", new Uint8Array(32).fill(7))) ?? new Uint8Array();
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.map((byte, index) => (index === at ? byte ^ 1 : byte));
    expect([at, await unseal(key, "sig_1", encodeBase64url(changed))]).toEqual([at, null]);
    expect([at, await unseal(key, "sig_1", encodeBase64url(sealed.slice(0, at)))]).toEqual([at, null]);
  }
  expect(await unseal(key, "sig_1", "no base64url!")).toBeNull();
});

it.each(["", "short", "no base64url!".repeat(9), encodeBase64url(new Uint8Array(31))])(
  "refuses the key %j, without repeating it",
  async (bad) => {
    const error: unknown = await seal(bad, "sig_1", new Uint8Array(1)).catch((reason: unknown) => reason);
    expect(String(error)).toContain("SEALING_KEY is base64url of at least 32 bytes");
    if (bad !== "") expect(String(error)).not.toContain(bad);
  },
);
