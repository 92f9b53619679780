import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { exportJWK, exportSPKI, generateKeyPair, importJWK, importPKCS8, SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { encodeBase64url } from "#workers/base64url.ts";
import { newId } from "#workers/ids.ts";
import { matchEdge, signingKeyKey } from "#workers/playback/edge-cache.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { encodeJson } from "#workers/testing/hand-made-tokens.ts";
import { signingAlgorithms, type SigningAlgorithm } from "./signing-key.ts";
import type { CreatedSigningKey, SigningKey } from "./signing-key-contract.ts";
import { keyHash } from "./credential-hash.ts";
import { RevocationLog } from "./revocation-log.ts";
import { generateKey } from "./signing-key-material.ts";
import { replaceSigningKey, signingKeyRow } from "./signing-key-store.ts";
import { signingKeys } from "./signing-keys.ts";
import { verifyPlaybackToken } from "./verify-token.ts";

const playbackId = "AAAAAAAAAAAAAAAAAAAAAA";

let admin: string;
beforeEach(async () => {
  await env.DB.prepare("DELETE FROM signing_keys").run();
  admin = await insertApiKey("admin");
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function create(json: object): Promise<CreatedSigningKey> {
  const response = await call("POST", "/v1/signing-keys", { token: admin, json });
  if (response.status !== 201) throw new Error(await response.text());
  return response.json();
}

async function rotate(id: string, json: object = {}): Promise<Response> {
  return call("POST", `/v1/signing-keys/${id}/rotate`, { token: admin, json });
}

const revoke = (id: string) => call("DELETE", `/v1/signing-keys/${id}`, { token: admin });

async function get(id: string): Promise<SigningKey> {
  return (await call("GET", `/v1/signing-keys/${id}`, { token: admin })).json();
}

async function jwks(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const response = await call("GET", "/.well-known/jwks.json");
  expect(response.status).toBe(200);
  return (await response.json<{ keys: Record<string, unknown>[] }>()).keys;
}

/** What an application does with the private part that it was shown. */
async function signWith(key: CreatedSigningKey): Promise<string> {
  const { privateKeyPem, privateJwk, alg, id } = key;
  const signingKey =
    privateKeyPem === null ? await importJWK(privateJwk ?? {}, alg) : await importPKCS8(privateKeyPem, alg);
  return sign(signingKey, alg, id);
}

async function sign(key: Parameters<SignJWT["sign"]>[0], alg: string, kid: string): Promise<string> {
  return new SignJWT({ sub: playbackId, aud: "video" })
    .setProtectedHeader({ alg, kid })
    .setExpirationTime("1h")
    .sign(key);
}

/** As an isolate that remembers nothing finds it `afterMs` from now, in a location that does not either. */
async function outcome(token: string, afterMs = 0): Promise<string> {
  const ctx = createExecutionContext();
  const nowMs = Date.now() + afterMs;
  const match = vi.spyOn(caches.default, "match").mockResolvedValue(undefined);
  const keys = signingKeys();
  const verified = await verifyPlaybackToken(token, playbackId, "video", {
    findKey: (kid) => keys.find(kid, env, ctx, nowMs),
    env,
    nowMs,
  });
  await waitOnExecutionContext(ctx);
  match.mockRestore();
  return verified.ok ? "accepted" : verified.reason.reason;
}

describe.each(signingAlgorithms)("a signing key of %s", (alg) => {
  it("signs tokens by the private part that is shown once", async () => {
    const key = await create({ alg, name: "website" });
    expect(Object.keys(key).toSorted()).toEqual(
      [
        ...["alg", "createdAt", "id", "name", "origin", "privateJwk", "privateKeyPem", "publicJwk"],
        ...["replacedBy", "retiresAt", "revokedAt", "secret", "state"],
      ].toSorted(),
    );
    expect(key).toMatchObject({ alg, name: "website", origin: "generated", state: "active" });
    expect(key.id).toMatch(/^sig_[0-9A-Z]{26}$/);
    expect(await outcome(await signWith(key))).toBe("accepted");
    if (alg !== "HS256") {
      const fromJwk = await importJWK(key.privateJwk ?? {}, alg);
      expect(await outcome(await sign(fromJwk, alg, key.id))).toBe("accepted");
    }
    const shown = await (await call("GET", `/v1/signing-keys/${key.id}`, { token: admin })).text();
    const listed = await (await call("GET", "/v1/signing-keys", { token: admin })).text();
    const { privateJwk: _, privateKeyPem: __, secret: ___, ...rest } = key;
    expect(JSON.parse(shown)).toEqual(rest);
    expect(JSON.parse(listed)).toEqual({ data: [rest] });
  });

  it("leaves nothing in the database, the caches or the log that could sign", async () => {
    const logged = [
      vi.spyOn(console, "log").mockImplementation(() => undefined),
      vi.spyOn(console, "warn").mockImplementation(() => undefined),
      vi.spyOn(console, "error").mockImplementation(() => undefined),
    ];
    const key = await create({ alg });
    expect(await outcome(await signWith(key))).toBe("accepted");
    await rotate(key.id);
    await revoke(key.id);
    const rows = await env.DB.prepare("SELECT * FROM signing_keys").all();
    const cached = await (await matchEdge(signingKeyKey(key.id)))?.text();
    expect(cached).toContain(key.id);
    const traces = JSON.stringify([rows.results, logged.map((spy) => spy.mock.calls), cached]);
    const { d, k, p, q } = key.privateJwk as Readonly<Record<string, string | undefined>>;
    for (const part of [d, k, p, q, key.secret, key.privateKeyPem?.split("\n")[1]]) {
      if (part !== undefined && part !== null) expect(traces).not.toContain(part);
    }
    expect(d ?? k).toBeTruthy();
  });

  it("is rotated: the old one verifies until its grace ends, and never signs again", async () => {
    const old = await create({ alg, name: "website" });
    const token = await signWith(old);
    const response = await rotate(old.id, { graceSeconds: 600 });
    expect(response.status).toBe(201);
    const next = await response.json<CreatedSigningKey>();
    expect(next).toMatchObject({ alg, name: "website", state: "active", origin: "generated" });
    const nowMs = Date.now();
    expect(await get(old.id)).toMatchObject({ state: "retiring", replacedBy: next.id, revokedAt: null });
    expect(Date.parse((await get(old.id)).retiresAt ?? "") - nowMs).toBeGreaterThan(590_000);
    expect(await outcome(await signWith(next))).toBe("accepted");
    expect(await outcome(token)).toBe("accepted");
    expect(await outcome(token, 601_000)).toBe("tokenKeyRetired");
    const again = await rotate(old.id);
    expect([again.status, (await problemOf(again)).code]).toEqual([409, "conflict"]);
  });

  it("is revoked at once", async () => {
    const key = await create({ alg });
    const token = await signWith(key);
    expect((await revoke(key.id)).status).toBe(204);
    expect(await outcome(token)).toBe("tokenKeyRevoked");
    expect((await get(key.id)).state).toBe("revoked");
    const list = await call("GET", "/v1/signing-keys", { token: admin });
    expect(await list.json()).toEqual({ data: [] });
    expect((await revoke(key.id)).status).toBe(404);
    expect((await rotate(key.id)).status).toBe(409);
  });
});

describe("a revocation", () => {
  it("is in the log that every decision asks, before the key is marked", async () => {
    const key = await create({ alg: "HS256" });
    const other = await create({ alg: "HS256" });
    await revoke(key.id);
    const snapshot = await env.REVOCATIONS.getByName("all").snapshot(null);
    if (snapshot.kind !== "whole") throw new Error(snapshot.kind);
    const log = RevocationLog.read(snapshot.bytes);
    if (!log.ok) throw new Error(log.reason);
    expect(log.value.findSigningKey(await keyHash(key.id))).toBeGreaterThanOrEqual(0);
    expect(log.value.findSigningKey(await keyHash(other.id))).toBe(-1);
  });

  it("that could not be told can be called again", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const key = await create({ alg: "HS256" });
    const broken = vi.spyOn(env.REVOCATIONS, "getByName").mockImplementation(() => {
      throw new Error("unreachable");
    });
    expect((await revoke(key.id)).status).toBe(503);
    broken.mockRestore();
    expect((await get(key.id)).state).toBe("active");
    expect((await revoke(key.id)).status).toBe(204);
  });
});

describe("a rotation", () => {
  it("lasts as long as tokens may live, if nobody says how long", async () => {
    const { id } = await create({ alg: "HS256" });
    await rotate(id);
    const graceMs = Date.parse((await get(id)).retiresAt ?? "") - Date.now();
    expect(Math.abs(graceMs - Number(env.MAX_TOKEN_SECONDS) * 1_000)).toBeLessThan(10_000);
  });

  it("without grace ends the old key now", async () => {
    const key = await create({ alg: "EdDSA" });
    await rotate(key.id, { graceSeconds: 0 });
    expect(await outcome(await signWith(key))).toBe("tokenKeyRetired");
  });

  it("happens once, however many ask at once", async () => {
    const { id } = await create({ alg: "ES256" });
    const nowMs = Date.now();
    const replaced = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const { material } = await generateKey("ES256", newId("signingKey", nowMs));
        const next = { id: newId("signingKey", nowMs), name: "", origin: "generated", material } as const;
        return replaceSigningKey(
          env.DB,
          id,
          await signingKeyRow(next, env.SEALING_KEY, nowMs),
          nowMs + 1_000,
        );
      }),
    );
    expect(replaced.filter((done) => done)).toHaveLength(1);
    const count = await env.DB.prepare("SELECT count(*) AS n FROM signing_keys").first<number>("n");
    expect(count).toBe(2);
  });
});

describe("a key of the customer's own", () => {
  const brought = async (alg: Exclude<SigningAlgorithm, "HS256">) => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    return { privateKey, pem: await exportSPKI(publicKey), jwk: await exportJWK(publicKey) };
  };

  it.each(["RS256", "ES256", "EdDSA"] as const)(
    "of %s is imported by its public part, as PEM or as a JWK",
    async (alg) => {
      const { privateKey, pem, jwk } = await brought(alg);
      const more = { ...jwk, kid: "theirs", use: "sig", alg, key_ops: ["verify"], note: "x" };
      for (const body of [{ publicKeyPem: pem }, { publicJwk: jwk }, { publicJwk: more }]) {
        const key = await create({ alg, ...body });
        expect(key).toMatchObject({
          origin: "imported",
          publicJwk: jwk,
          privateKeyPem: null,
          privateJwk: null,
          secret: null,
        });
        expect(await outcome(await sign(privateKey, alg, key.id))).toBe("accepted");
      }
    },
  );

  it("of HS256 is a secret of at least 32 bytes", async () => {
    const secret = encodeBase64url(new Uint8Array(32).fill(5));
    const key = await create({ alg: "HS256", secret });
    expect(key).toMatchObject({ origin: "imported", secret: null, privateJwk: null, publicJwk: null });
    expect(await outcome(await sign(new Uint8Array(32).fill(5), "HS256", key.id))).toBe("accepted");
  });

  it("is rotated to another one that is brought", async () => {
    const [first, second] = [await brought("EdDSA"), await brought("EdDSA")];
    const key = await create({ alg: "EdDSA", publicKeyPem: first.pem });
    expect((await rotate(key.id)).status).toBe(409);
    const next = await (await rotate(key.id, { publicJwk: second.jwk })).json<CreatedSigningKey>();
    expect(next).toMatchObject({ origin: "imported", publicJwk: second.jwk, privateJwk: null });
    expect(await outcome(await sign(first.privateKey, "EdDSA", key.id))).toBe("accepted");
    expect(await outcome(await sign(second.privateKey, "EdDSA", next.id))).toBe("accepted");
    const made = await create({ alg: "EdDSA" });
    expect((await rotate(made.id, { publicJwk: first.jwk })).status).toBe(409);
  });

  const base64 = (bytes: number, fill = 0xff) => encodeBase64url(new Uint8Array(bytes).fill(fill));
  const rsa = (modulusBytes: number, e = "AQAB") => ({ kty: "RSA", n: base64(modulusBytes), e });
  const ed = (x: Uint8Array) => ({ kty: "OKP", crv: "Ed25519", x: encodeBase64url(x) });
  const point = (first: number, last: number, between = 0) =>
    new Uint8Array(32).fill(between).with(0, first).with(31, last);

  it.each([
    ["an RSA key of 1024 bits", { alg: "RS256", publicJwk: rsa(128) }, "shorter than 2048"],
    [
      "an RSA key of 2047 bits",
      { alg: "RS256", publicJwk: { ...rsa(256), n: base64(256, 0x7f) } },
      "shorter",
    ],
    ["an RSA key of 8192 bits", { alg: "RS256", publicJwk: rsa(1_024) }, "longer than 4096"],
    [
      "an RSA key padded with zeros",
      { alg: "RS256", publicJwk: { ...rsa(256), n: base64(256, 0) } },
      "shorter",
    ],
    ["the exponent 1", { alg: "RS256", publicJwk: rsa(256, "AQ") }, "exponent"],
    ["the exponent 3", { alg: "RS256", publicJwk: rsa(256, "Aw") }, "exponent"],
    ["an even exponent", { alg: "RS256", publicJwk: rsa(256, "AQAA") }, "exponent"],
    [
      "an EC key for RS256",
      { alg: "RS256", publicJwk: { kty: "EC", crv: "P-256", x: base64(32), y: base64(32) } },
      "RSA",
    ],
    [
      "another curve",
      { alg: "ES256", publicJwk: { kty: "EC", crv: "P-384", x: base64(48), y: base64(48) } },
      "P-256",
    ],
    [
      "secp256k1",
      { alg: "ES256", publicJwk: { kty: "EC", crv: "secp256k1", x: base64(32), y: base64(32) } },
      "P-256",
    ],
    [
      "a point that is on no curve",
      { alg: "ES256", publicJwk: { kty: "EC", crv: "P-256", x: base64(32, 1), y: base64(32, 1) } },
      "not a public key",
    ],
    ["X25519", { alg: "EdDSA", publicJwk: { kty: "OKP", crv: "X25519", x: base64(32, 9) } }, "Ed25519"],
    [
      "an Ed25519 key that is cut",
      { alg: "EdDSA", publicJwk: { kty: "OKP", crv: "Ed25519", x: base64(31, 9) } },
      "Ed25519",
    ],
    ["the Ed25519 key 0", { alg: "EdDSA", publicJwk: ed(point(0, 0)) }, "small order"],
    ["the Ed25519 key 1", { alg: "EdDSA", publicJwk: ed(point(1, 0)) }, "small order"],
    ["the Ed25519 key 1, with a sign", { alg: "EdDSA", publicJwk: ed(point(1, 0x80)) }, "small order"],
    ["the Ed25519 key p + 1", { alg: "EdDSA", publicJwk: ed(point(0xee, 0x7f, 0xff)) }, "small order"],
    ["a JWK without members", { alg: "ES256", publicJwk: {} }, "P-256"],
    ["a JWK for encryption", { alg: "RS256", publicJwk: { ...rsa(256), use: "enc" } }, "signatures"],
    [
      "a JWK for another algorithm",
      { alg: "RS256", publicJwk: { ...rsa(256), alg: "RS512" } },
      "not for RS256",
    ],
    ["a private JWK", { alg: "RS256", publicJwk: { ...rsa(256), d: "AAAA" } }, "private"],
    ["a secret as a JWK", { alg: "ES256", publicJwk: { kty: "oct", k: "AAAA" } }, "private"],
    [
      "a private PEM",
      { alg: "ES256", publicKeyPem: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" },
      "private",
    ],
    [
      "a certificate",
      { alg: "ES256", publicKeyPem: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" },
      "BEGIN PUBLIC KEY",
    ],
    ["no PEM at all", { alg: "ES256", publicKeyPem: "hello" }, "BEGIN PUBLIC KEY"],
    [
      "a PEM of nothing",
      { alg: "ES256", publicKeyPem: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----" },
      "not a public key",
    ],
    ["a secret of 31 bytes", { alg: "HS256", secret: base64(31, 1) }, "shorter than 32"],
    [
      "a secret that is no base64url",
      { alg: "HS256", secret: "not base64url, but long enough to be one!" },
      "base64url",
    ],
    ["a secret for pairs", { alg: "ES256", secret: base64(32, 1) }, "pairs"],
    ["a public key for HS256", { alg: "HS256", publicJwk: rsa(256) }, "secret"],
    ["a PEM for HS256", { alg: "HS256", publicKeyPem: "x" }, "secret"],
  ] as const)("is refused when it is weak or of another kind: %s", async (_, json, why) => {
    const response = await call("POST", "/v1/signing-keys", { token: admin, json });
    const problem = await problemOf(response);
    expect([response.status, problem.code]).toEqual([422, "unprocessable"]);
    expect(problem.errors?.[0]?.detail).toContain(why);
    expect(problem.errors?.[0]?.pointer).toMatch(/^#\/(?:publicJwk|publicKeyPem|secret)$/);
    expect(await jwks()).toEqual([]);
  });

  it("of small order would let everybody sign: the runtime takes a signature that nobody made", async () => {
    const key = await crypto.subtle.importKey("jwk", ed(point(1, 0)), { name: "Ed25519" }, false, ["verify"]);
    const forged = new Uint8Array(64).with(0, 1);
    expect(await crypto.subtle.verify("Ed25519", key, forged, new TextEncoder().encode("anything"))).toBe(
      true,
    );
  });

  it.each([
    ["an algorithm there is not", { alg: "none" }],
    ["an algorithm of another size", { alg: "HS512" }],
    ["two keys", { alg: "ES256", publicKeyPem: "x", publicJwk: {} }],
    ["an unknown member", { alg: "ES256", privateKeyPem: "x" }],
    ["no algorithm", {}],
  ])("is not made with %s", async (_, json) => {
    const response = await call("POST", "/v1/signing-keys", { token: admin, json });
    expect([response.status, (await problemOf(response)).code]).toEqual([422, "unprocessable"]);
  });

  it("can be one of a hundred, not more", async () => {
    const row =
      "('sig_' || printf('%026d', value), '', 'EdDSA', 'imported', '{}', NULL, 0, NULL, NULL, NULL)";
    await env.DB.prepare(
      `WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 100)
       INSERT INTO signing_keys SELECT ${row.slice(1, -1)} FROM n`,
    ).run();
    const refused = await call("POST", "/v1/signing-keys", { token: admin, json: { alg: "HS256" } });
    expect([refused.status, (await problemOf(refused)).code]).toEqual([409, "conflict"]);
  });
});

describe("/.well-known/jwks.json", () => {
  it("shows the public keys that verify, and no secret", async () => {
    const keys = new Map<SigningAlgorithm, CreatedSigningKey>();
    for (const alg of signingAlgorithms) keys.set(alg, await create({ alg }));
    const shown = await jwks();
    expect(shown.map(({ alg }) => String(alg)).toSorted()).toEqual(["ES256", "EdDSA", "RS256"]);
    for (const jwk of shown) {
      const key = keys.get(jwk["alg"] as SigningAlgorithm);
      expect(jwk).toEqual({ ...key?.publicJwk, kid: key?.id, alg: key?.alg, use: "sig" });
    }
  });

  it("drops what was revoked, and what was replaced when its grace ends", async () => {
    const [one, two, three] = [
      await create({ alg: "EdDSA" }),
      await create({ alg: "ES256" }),
      await create({ alg: "EdDSA" }),
    ];
    await revoke(one.id);
    const next = await (await rotate(two.id, { graceSeconds: 60 })).json<CreatedSigningKey>();
    const last = await (await rotate(three.id, { graceSeconds: 0 })).json<CreatedSigningKey>();
    const shown = (await jwks()).map(({ kid }) => String(kid));
    expect(shown.toSorted()).toEqual([two.id, next.id, last.id].toSorted());
  });

  it("may be kept for five minutes, by anyone, and read by any page", async () => {
    const response = await call("GET", "/.well-known/jwks.json");
    expect(await response.json()).toEqual({ keys: [] });
    expect(response.headers.get("Cache-Control")).toBe("public, max-age=300");
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(response.headers.get("Content-Type")).toContain("application/json");
  });
});

describe("the memory of keys", () => {
  it("asks once for a key that is not there, for thirty seconds", async () => {
    const prepare = vi.spyOn(env.DB, "withSession");
    const ctx = createExecutionContext();
    const keys = signingKeys();
    const kid = "sig_01JDC3Y5T8Z9Q2W4E6R8T0Y2V5";
    const nowMs = Date.now();
    const token = `${encodeJson({ alg: "HS256", kid })}.${encodeJson({})}.AAAA`;
    const ask = async (atMs: number) => {
      const deps = { findKey: (name: string) => keys.find(name, env, ctx, atMs), env, nowMs: atMs };
      const verified = await verifyPlaybackToken(token, playbackId, "video", deps);
      return verified.ok ? "accepted" : verified.reason.reason;
    };
    for (const atMs of [nowMs, nowMs + 1, nowMs + 29_999]) expect(await ask(atMs)).toBe("tokenKeyUnknown");
    expect(prepare).toHaveBeenCalledTimes(1);
    await ask(nowMs + 30_000);
    expect(prepare).toHaveBeenCalledTimes(2);
    await waitOnExecutionContext(ctx);
  });
});
