import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64url, encodeBase64url } from "#workers/base64url.ts";
import {
  anonymousClaims,
  credentialAgeSeconds,
  hasCurrentTerms,
  mintSession,
  readSessionId,
  sessionCharacters,
  sessionExpiresAtMs,
  verifySession,
  type SessionClaims,
} from "./session.ts";
import { importSessionKeys, SessionKeyring } from "./session-keys.ts";

const secret = (letter: string) => encodeBase64url(new TextEncoder().encode(letter.repeat(32)));
const setting = `a:${secret("a")},b:${secret("b")}`;
const keys = await importSessionKeys(setting);
const playbackId = "AAAAAAAAAAAAAAAAAAAAAA";
const nowMs = 1_800_000_000_000;
const hourMs = 3_600_000;

const hash = fc.uint8Array({ minLength: 8, maxLength: 8 });
const claimsArbitrary: fc.Arbitrary<SessionClaims> = fc.record({
  issuedAtMs: fc.integer({ min: 0, max: 0xffffffff }).map((seconds) => seconds * 1000),
  credentialAgeSeconds: fc.integer({ min: 0, max: 7 }),
  expiresAtMs: fc.integer({ min: nowMs / 1000 + 1, max: 0xffffffff }).map((seconds) => seconds * 1000),
  id: hash,
  viewerHash: hash,
  tokenHash: hash,
  trackMask: fc.integer({ min: 0, max: 0xffffffff }),
  fileNumber: fc.integer({ min: 0, max: 15 }),
  slice: fc.record({
    fromFragment: fc.integer({ min: 0, max: 0xfffff }),
    toFragment: fc.option(fc.integer({ min: 0, max: 0xfffffe })),
  }),
  binding: fc.record({
    kind: fc.integer({ min: 0, max: 255 }),
    hash: fc.integer({ min: 0, max: 0xffffffff }),
  }),
  keyHash: fc.integer({ min: 0, max: 0xffffffff }),
  termsVersion: fc.integer({ min: 0, max: 15 }),
  streamLimit: fc.option(
    fc.record({
      maxStreams: fc.integer({ min: 1, max: 255 }),
      action: fc.constantFrom("evictOldest" as const, "refuseNewest" as const),
    }),
  ),
});

describe("a session", () => {
  it("reads back as what was minted, in 96 characters of the path alphabet", async () => {
    await fc.assert(
      fc.asyncProperty(claimsArbitrary, async (claims) => {
        const text = await mintSession(claims, playbackId, keys);
        expect(text).toMatch(/^[A-Za-z0-9_-]{96}$/);
        expect(await verifySession(text, playbackId, keys, nowMs)).toEqual({ ok: true, value: claims });
      }),
    );
  });

  it("tells its id without a key, and what is no session tells none", async () => {
    const claims = anonymousClaims(nowMs, 60, 0xffffffff);
    const text = await mintSession(claims, playbackId, keys);
    expect(readSessionId(text)).toEqual(claims.id);
    for (const other of ["", text.slice(1), `${text}A`, `B${text.slice(1)}`, "*".repeat(96)])
      expect(readSessionId(other)).toBeNull();
  });

  it("tells the terms that it was minted by from those of the fifteen versions after and before", async () => {
    for (const version of [0, 1, 15, 16, 1_000]) {
      const claims = { ...anonymousClaims(nowMs, 60, 1), termsVersion: version };
      const read = await verifySession(await mintSession(claims, playbackId, keys), playbackId, keys, nowMs);
      if (!read.ok) throw new Error(read.reason);
      expect(hasCurrentTerms(read.value, version)).toBe(true);
      for (let later = 1; later < 16; later++)
        expect(hasCurrentTerms(read.value, version + later)).toBe(false);
    }
  });

  it("tells how old its credential was, up to seven seconds", () => {
    expect(credentialAgeSeconds(nowMs, nowMs)).toBe(0);
    expect(credentialAgeSeconds(nowMs, nowMs - 1)).toBe(1);
    expect(credentialAgeSeconds(nowMs + 999, nowMs)).toBe(0);
    expect(credentialAgeSeconds(nowMs, nowMs - 3_000)).toBe(3);
    expect(credentialAgeSeconds(nowMs, nowMs - 3_600_000)).toBe(7);
    expect(credentialAgeSeconds(nowMs, nowMs + 60_000)).toBe(0);
    expect(credentialAgeSeconds(nowMs, null)).toBe(7);
  });

  it("is refused after any change of any one character", async () => {
    const text = await mintSession(anonymousClaims(nowMs, 60, 0xffffffff), playbackId, keys);
    for (let position = 0; position < text.length; position++) {
      for (const other of ["A", "B", "_", "-", "9", "z", "=", "/", "é", " "]) {
        if (text[position] === other) continue;
        const changed = text.slice(0, position) + other + text.slice(position + 1);
        const verified = await verifySession(changed, playbackId, keys, nowMs);
        expect(verified.ok, `${position} ${other}`).toBe(false);
      }
    }
  });

  it("is refused after any change of any one byte", async () => {
    const text = await mintSession(anonymousClaims(nowMs, 60, 0xffffffff), playbackId, keys);
    const bytes = decodeBase64url(text) ?? new Uint8Array();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (position, flip) => {
        const changed = bytes.map((byte, index) => (index === position ? byte ^ flip : byte));
        const verified = await verifySession(encodeBase64url(changed), playbackId, keys, nowMs);
        expect(verified.ok ? "accepted" : verified.reason).toMatch(/^session(Malformed|KeyUnknown|Forged)$/);
      }),
      { numRuns: 300 },
    );
  });

  it("says why it refuses", async () => {
    const text = await mintSession(anonymousClaims(nowMs, 60, 0xffffffff), playbackId, keys);
    const reason = async (session: string, id = playbackId, atMs = nowMs, ring = keys) => {
      const verified = await verifySession(session, id, ring, atMs);
      return verified.ok ? "accepted" : verified.reason;
    };
    expect(await reason(text)).toBe("accepted");
    expect(await reason(text, "BAAAAAAAAAAAAAAAAAAAAA")).toBe("sessionForged");
    expect(await reason(text, playbackId + "A")).toBe("sessionForged");
    expect(await reason(text, playbackId, nowMs + 4 * hourMs - 1)).toBe("accepted");
    expect(await reason(text, playbackId, nowMs + 4 * hourMs)).toBe("sessionExpired");
    expect(await reason(text.slice(0, -1))).toBe("sessionMalformed");
    expect(await reason(text + "A")).toBe("sessionMalformed");
    expect(await reason("")).toBe("sessionMalformed");
    expect(await reason("A".repeat(sessionCharacters))).toBe("sessionMalformed");
    const strangers = await importSessionKeys(`c:${secret("c")}`);
    expect(await reason(text, playbackId, nowMs, strangers)).toBe("sessionKeyUnknown");
    const sameName = await importSessionKeys(`a:${secret("c")}`);
    expect(await reason(text, playbackId, nowMs, sameName)).toBe("sessionForged");
  });

  it("lives at least four hours, twice the film, at most a day", () => {
    expect(sessionExpiresAtMs(0, 60)).toBe(4 * hourMs);
    expect(sessionExpiresAtMs(0, 3 * 3600)).toBe(6 * hourMs);
    expect(sessionExpiresAtMs(0, 20 * 3600)).toBe(24 * hourMs);
  });
});

describe("session keys", () => {
  it("rotate: what the old key minted is good while it is listed, and new sessions are the new key's", async () => {
    const before = await importSessionKeys(`old:${secret("o")}`);
    const during = await importSessionKeys(`new:${secret("n")},old:${secret("o")}`);
    const after = await importSessionKeys(`new:${secret("n")}`);
    const claims = anonymousClaims(nowMs, 60, 0xffffffff);
    const old = await mintSession(claims, playbackId, before);
    const fresh = await mintSession(claims, playbackId, during);
    expect((await verifySession(old, playbackId, during, nowMs)).ok).toBe(true);
    expect((await verifySession(old, playbackId, after, nowMs)).ok).toBe(false);
    expect((await verifySession(fresh, playbackId, after, nowMs)).ok).toBe(true);
  });

  it("are imported once, and again when the setting changes", async () => {
    const keyring = new SessionKeyring();
    expect(keyring.peek(setting)).toBeUndefined();
    const first = await keyring.of(setting);
    expect(keyring.peek(setting)).toBe(first);
    expect(keyring.peek(`c:${secret("c")}`)).toBeUndefined();
  });

  it.each([
    "",
    "a",
    "a:",
    ":" + secret("a"),
    "a:short",
    `a:${secret("a")}!`,
    `a:${secret("a")},a:${secret("b")}`,
  ])("refuse the setting %s, without repeating it", async (bad) => {
    const error: unknown = await importSessionKeys(bad).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).not.toContain(secret("a"));
  });

  it("are at most two", async () => {
    await expect(
      importSessionKeys(["a", "b", "c"].map((id) => `${id}:${secret(id)}`).join(",")),
    ).rejects.toThrow("one or two");
  });
});
