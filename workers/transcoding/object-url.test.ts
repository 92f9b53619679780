import { describe, expect, it } from "vitest";
import { signGrant, verifyGrant, type ObjectGrant } from "./object-url.ts";

const secret = "a secret of the tests";
const grant: ObjectGrant = {
  method: "PUT",
  key: "videos/vid_1/1/v240/0.1.m4s",
  maxBytes: 1000,
  expiresMs: 2_000,
  taskId: "tsk_1",
  attempt: 1,
};

describe("an object URL's token", () => {
  it("carries its grant, in characters that are safe in a path", async () => {
    const token = await signGrant(secret, grant);
    expect(token).toMatch(/^[A-Za-z0-9_.-]+$/);
    expect(await verifyGrant(secret, token, 1_999)).toEqual({ ok: true, value: grant });
  });

  it("is worth nothing once it has expired", async () => {
    expect(await verifyGrant(secret, await signGrant(secret, grant), 2_000)).toMatchObject({
      reason: "expired",
    });
  });

  it("is refused when any character of it is another", async () => {
    const token = await signGrant(secret, grant);
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === "A" ? "B" : "A";
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      const result = await verifyGrant(secret, changed, 0);
      // The last character of the MAC holds bits that mean nothing.
      if (at < token.length - 1) expect(result.ok).toBe(false);
    }
  });

  it("is refused when another key signed it", async () => {
    expect(await verifyGrant(secret, await signGrant("another", grant), 0)).toMatchObject({
      reason: "badSignature",
    });
  });

  it.each(["", ".", "a", "a.b", "a.b.c", "ä.ö", `${"a".repeat(3000)}.b`])(
    "is refused when it is %j",
    async (token) => {
      expect(await verifyGrant(secret, token, 0)).toMatchObject({ ok: false });
    },
  );
});
