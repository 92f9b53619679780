import { env } from "cloudflare:workers";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { encodeBase64url } from "#workers/base64url.ts";
import { runCron } from "#workers/outbox/cron.ts";
import { call, insertApiKey, origin, problemOf } from "#workers/testing/api-client.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo, seedVideo } from "#workers/testing/seed-video.ts";
import { endRefreshTokens, findRefreshToken, spendRefreshToken } from "./refresh-tokens.ts";
import { seal } from "./sealing.ts";
import { toSigningKeyRecord, type SigningKeyColumns } from "./signing-key.ts";
import type { CreatedSigningKey, SigningKey } from "./signing-key-contract.ts";
import type { PlaybackToken } from "./token-contract.ts";
import { mintingKey } from "./token-mint.ts";
import { verifyPlaybackToken } from "./verify-token.ts";

let admin: string;
let minter: string;
let playbackId: string;
beforeEach(async () => {
  await env.DB.batch(
    ["signing_keys", "refresh_tokens"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
  );
  admin = await insertApiKey("admin");
  minter = await insertApiKey("tokens:write");
  ({ playbackId } = await seedVideo(env));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const ask = (json: object) =>
  call("POST", "/v1/playback-tokens", { token: minter, json: { playbackId, ...json } });

async function mint(json: object = {}): Promise<PlaybackToken> {
  const response = await ask(json);
  if (response.status !== 201) throw new Error(await response.text());
  return response.json();
}

const askAgain = (refreshToken: string | null) =>
  call("POST", "/v1/playback-tokens/refresh", { json: { refreshToken } });

async function refresh(refreshToken: string | null): Promise<PlaybackToken> {
  const response = await askAgain(refreshToken);
  if (response.status !== 201) throw new Error(await response.text());
  return response.json();
}

async function expectRefused(refreshToken: string | null): Promise<void> {
  const response = await askAgain(refreshToken);
  expect([response.status, (await problemOf(response)).code]).toEqual([403, "refreshTokenInvalid"]);
}

async function verify(token: string, nowMs = Date.now()) {
  const findKey = async (kid: string) => {
    const row = await env.DB.prepare("SELECT * FROM signing_keys WHERE id = ?")
      .bind(kid)
      .first<SigningKeyColumns>();
    return row === null ? null : toSigningKeyRecord(row);
  };
  return verifyPlaybackToken(token, playbackId, "video", { findKey, env, nowMs });
}

async function keys(): Promise<readonly SigningKey[]> {
  const response = await call("GET", "/v1/signing-keys", { token: admin });
  return (await response.json<{ data: SigningKey[] }>()).data;
}

async function createKey(json: object = { alg: "HS256" }): Promise<CreatedSigningKey> {
  return (await call("POST", "/v1/signing-keys", { token: admin, json })).json();
}

const revokeKey = (id: string) => call("DELETE", `/v1/signing-keys/${id}`, { token: admin });
const rotateKey = (id: string) => call("POST", `/v1/signing-keys/${id}/rotate`, { token: admin, json: {} });

describe("a minted token", () => {
  it("plays a signed playback id for an hour, by the URLs that come with it", async () => {
    const video = await seedSealedVideo(env, { policy: "signed" });
    const location = new Location();
    location.nowMs = Date.now();
    const isolate = location.isolate();
    const minted = await mint({ playbackId: video.playbackId });
    expect(minted).toEqual({
      token: expect.any(String),
      tokenId: expect.stringMatching(/^tok_[0-9A-Z]{26}$/),
      expiresAt: expect.any(String),
      hlsUrl: `${origin}/p/${video.playbackId}/hls.m3u8?token=${minted.token}`,
      dashUrl: `${origin}/p/${video.playbackId}/dash.mpd?token=${minted.token}`,
      thumbnailUrl: null,
      refreshToken: null,
      refreshExpiresAt: null,
    });
    expect(Math.abs(Date.parse(minted.expiresAt) - Date.now() - 3_600_000)).toBeLessThan(10_000);
    for (const url of [minted.hlsUrl, minted.dashUrl]) {
      expect((await isolate.fetch(String(url).slice(origin.length))).status).toBe(200);
      expect((await isolate.fetch(String(url).slice(origin.length, -8))).status).toBe(403);
    }
  });

  it("says what was asked, in the claims that those who sign themselves write", async () => {
    const asked = {
      audiences: ["video", "thumbnail"],
      expiresAt: new Date(Date.now() + 600_000).toISOString(),
      notBefore: new Date(Date.now() + 5_000).toISOString(),
      viewerId: "u_81",
      limits: {
        maxHeight: 720,
        minHeight: 240,
        codecs: ["avc1"],
        start: 10,
        end: 20,
        audioLanguages: ["deu"],
      },
      rules: [
        { action: "allow", type: "country", countries: ["DE", "AT"] },
        { action: "block", type: "asn", asns: [13335] },
        { action: "allow", type: "ip", ips: ["203.0.113.0/24"] },
        { action: "allow", type: "continent", continents: ["EU"] },
        { action: "block", type: "any" },
      ],
      allowedOrigins: ["*.example.com"],
      allowNoOrigin: false,
      boundTo: "203.0.113.7",
      streams: { max: 2 },
    };
    const { token, tokenId, expiresAt, thumbnailUrl } = await mint(asked);
    const expiresAtMs = Math.floor(Date.parse(asked.expiresAt) / 1_000) * 1_000;
    expect(expiresAt).toBe(new Date(expiresAtMs).toISOString());
    expect(thumbnailUrl).toBe(`${origin}/p/${playbackId}/thumbnail.jpg?token=${token}`);
    expect(decodeJwt(token)).toEqual({
      sub: playbackId,
      aud: ["video", "thumbnail"],
      jti: tokenId,
      iat: expect.any(Number),
      exp: expiresAtMs / 1_000,
      nbf: Math.floor(Date.parse(asked.notBefore) / 1_000),
      viewer: "u_81",
      limits: asked.limits,
      rules: asked.rules,
      origins: asked.allowedOrigins,
      allowNoOrigin: false,
      ip: "203.0.113.7",
      streams: { max: 2, action: "evictOldest" },
    });
    const verified = await verify(token);
    expect(verified.ok && verified.value.claims).toMatchObject({
      tokenId,
      viewerId: "u_81",
      limits: { startSeconds: 10, endSeconds: 20, audioLanguages: ["de"] },
      restrictions: { allowedOrigins: ["*.example.com"], allowNoOrigin: false },
      boundTo: "203.0.113.7",
      streamLimit: { maxStreams: 2, action: "evictOldest" },
    });
  });

  const soon = (ms: number) => new Date(Date.now() + ms).toISOString();
  it.each([
    ["expiresInSeconds", { expiresInSeconds: 0 }],
    ["expiresInSeconds", { expiresInSeconds: 604_801 }],
    ["expiresInSeconds", { expiresInSeconds: 1.5 }],
    ["expiresAt", { expiresAt: soon(-1) }],
    ["expiresAt", { expiresAt: soon(604_900_000) }],
    ["expiresAt", { expiresAt: "tomorrow" }],
    ["expiresAt", { expiresAt: soon(60_000), expiresInSeconds: 60 }],
    ["notBefore", { notBefore: soon(4_000_000) }],
    ["audiences", { audiences: [] }],
    ["audiences", { audiences: ["video", "video"] }],
    ["audiences/0", { audiences: ["admin"] }],
    ["viewerId", { viewerId: "" }],
    ["viewerId", { streams: { max: 1 } }],
    ["limits/maxheight", { limits: { maxheight: 240 } }],
    ["limits/minHeight", { limits: { minHeight: 721, maxHeight: 720 } }],
    ["limits/end", { limits: { start: 9, end: 9 } }],
    ["limits/audioLanguages/0", { limits: { audioLanguages: ["d e"] } }],
    ["rules", { rules: [] }],
    ["rules/0/countries/0", { rules: [{ action: "allow", type: "country", countries: ["Germany"] }] }],
    ["allowedOrigins/0", { allowedOrigins: ["https://example.com"] }],
    ["boundTo", { boundTo: "everywhere" }],
    ["signingKeyId", { signingKeyId: "sig_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" }],
    ["signingKeyId", { signingKeyId: "' OR 1=1 --" }],
    ["refreshExpiresInSeconds", { refreshable: true, refreshExpiresInSeconds: 1 }],
    ["maxHeight", { maxHeight: 240 }],
  ] as const)("is refused with the fault's place: %s", async (pointer, json) => {
    const response = await ask(json);
    const problem = await problemOf(response);
    expect([response.status, problem.errors?.[0]?.pointer]).toEqual([422, `#/${pointer}`]);
  });

  it("is refused when it would be too long to present", async () => {
    const ips = Array.from({ length: 200 }, (_, index) => `203.0.${index}.0/24`);
    const response = await ask({
      rules: Array.from({ length: 3 }, () => ({ action: "block", type: "ip", ips })),
    });
    expect([response.status, (await problemOf(response)).errors?.[0]?.detail]).toEqual([
      422,
      expect.stringContaining("4096"),
    ]);
  });

  it("is of a playback id that there is", async () => {
    const response = await ask({ playbackId: "BAAAAAAAAAAAAAAAAAAAAA" });
    expect([response.status, (await problemOf(response)).code]).toEqual([404, "notFound"]);
  });

  it("is minted by keys of tokens:write, and by those of admin", async () => {
    for (const [scope, status] of [
      ["tokens:write", 201],
      ["admin", 201],
      ["videos:write", 403],
    ] as const) {
      const token = await insertApiKey(scope);
      const response = await call("POST", "/v1/playback-tokens", { token, json: { playbackId } });
      expect([scope, response.status]).toEqual([scope, status]);
      const list = await call("GET", "/v1/signing-keys", { token });
      expect([scope, list.status]).toEqual([scope, scope === "admin" ? 200 : 403]);
    }
  });
});

describe("the Worker's own key", () => {
  it("is made at the first token and never shown", async () => {
    expect(await keys()).toEqual([]);
    const minted = [await mint(), await mint()];
    const [key, ...more] = await keys();
    expect(more).toEqual([]);
    expect(key).toMatchObject({ alg: "HS256", origin: "managed", state: "active", publicJwk: null });
    for (const { token } of minted) {
      expect(decodeProtectedHeader(token)).toEqual({ alg: "HS256", kid: key?.id, typ: "JWT" });
      expect((await verify(token)).ok).toBe(true);
    }
  });

  it("is one, however many isolates make it at once", async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => mintingKey(env, undefined, Date.now())));
    expect(new Set(made.map((key) => key?.id)).size).toBe(1);
    expect((await keys()).map(({ id }) => id)).toEqual([made[0]?.id]);
  });

  it("is rotated like any other, without being shown", async () => {
    const before = await mint();
    const [old] = await keys();
    const next = await (await rotateKey(String(old?.id))).json<CreatedSigningKey>();
    expect(next).toMatchObject({ origin: "managed", secret: null, privateJwk: null, privateKeyPem: null });
    const after = await mint();
    expect(decodeProtectedHeader(after.token).kid).toBe(next.id);
    expect([(await verify(before.token)).ok, (await verify(after.token)).ok]).toEqual([true, true]);
  });

  it("is made anew after it was revoked", async () => {
    const before = await mint();
    await revokeKey(String((await keys())[0]?.id));
    const after = await mint();
    expect(await verify(before.token)).toEqual({ ok: false, reason: { reason: "tokenKeyRevoked" } });
    expect((await verify(after.token)).ok).toBe(true);
  });

  it("that SEALING_KEY does not open says so, and stays: the old SEALING_KEY may come back", async () => {
    await mint();
    const [key] = await keys();
    const sealed = await seal(
      encodeBase64url(new Uint8Array(32).fill(3)),
      String(key?.id),
      new Uint8Array(32),
    );
    await env.DB.prepare("UPDATE signing_keys SET sealed_secret = ?").bind(sealed).run();
    const response = await ask({});
    const problem = await problemOf(response);
    expect([response.status, problem.code]).toEqual([409, "conflict"]);
    expect(problem.detail).toContain(key?.id);
    expect((await keys()).map(({ id }) => id)).toEqual([key?.id]);
  });
});

describe("a key that the caller names", () => {
  it("signs while it is active, if it is one of HS256", async () => {
    const key = await createKey();
    const { token } = await mint({ signingKeyId: key.id });
    expect(decodeProtectedHeader(token).kid).toBe(key.id);
    expect((await verify(token)).ok).toBe(true);
    expect((await keys()).map(({ id }) => id)).toEqual([key.id]);
    const pair = await createKey({ alg: "ES256" });
    expect((await ask({ signingKeyId: pair.id })).status).toBe(422);
    await rotateKey(key.id);
    expect((await ask({ signingKeyId: key.id })).status).toBe(422);
    await revokeKey(key.id);
    expect((await ask({ signingKeyId: key.id })).status).toBe(422);
  });
});

describe("a refresh token", () => {
  it("renews the token with the same grants and id, and is replaced by the next", async () => {
    const first = await mint({
      refreshable: true,
      expiresInSeconds: 600,
      viewerId: "u_1",
      limits: { maxHeight: 480 },
      audiences: ["video", "thumbnail"],
    });
    expect(first.refreshToken).toMatch(/^sluice_tok_[0-9A-Z]{26}_[A-Za-z0-9_-]{64}$/);
    let last = first;
    for (let round = 0; round < 3; round++) {
      const next = await refresh(last.refreshToken);
      expect(next.refreshToken).not.toBe(last.refreshToken);
      const { iat, exp, ...grants } = decodeJwt(next.token);
      const { iat: _, exp: __, ...granted } = decodeJwt(first.token);
      expect(grants).toEqual(granted);
      expect(Number(exp) - Number(iat)).toBe(600);
      expect([next.tokenId, next.thumbnailUrl === null]).toEqual([first.tokenId, false]);
      expect((await verify(next.token)).ok).toBe(true);
      last = next;
    }
  });

  it("that comes a second time ends its family, for the thief and for the robbed", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { refreshToken: stolen, token } = await mint({ refreshable: true });
    const { refreshToken: next } = await refresh(stolen);
    const other = await mint({ refreshable: true });
    await expectRefused(stolen);
    await expectRefused(next);
    expect(warned.mock.calls.join()).toContain("refreshToken.reused");
    for (const secret of [stolen, next, token]) expect(warned.mock.calls.join()).not.toContain(secret);
    await refresh(other.refreshToken);
  });

  it("two requests spend at once ends its family", async () => {
    const { refreshToken } = await mint({ refreshable: true });
    const nowMs = Date.now();
    const found = await findRefreshToken(env.DB, String(refreshToken), nowMs);
    if (typeof found === "string") throw new Error(found);
    const spent = await Promise.all([1, 2, 3].map(() => spendRefreshToken(env.DB, found, nowMs)));
    const issued = spent.filter((next) => next !== null);
    expect(issued).toHaveLength(1);
    await expectRefused(issued[0]?.refreshToken ?? null);
  });

  it("is kept as hashes only", async () => {
    const { refreshToken, token } = await mint({ refreshable: true });
    const rows = JSON.stringify((await env.DB.prepare("SELECT * FROM refresh_tokens").all()).results);
    const halves = String(refreshToken).slice(-64);
    for (const part of [halves, halves.slice(0, 24), halves.slice(24), token.split(".")[2]]) {
      expect(rows).not.toContain(part);
    }
  });

  it("can't be guessed from the token that its viewer holds, and a wrong guess harms nobody", async () => {
    const { refreshToken, tokenId } = await mint({ refreshable: true });
    const other = String((await mint({ refreshable: true })).refreshToken).slice(-64);
    const good = String(refreshToken);
    for (const guess of [
      "",
      "x",
      tokenId,
      `sluice_${tokenId}_`,
      `sluice_${tokenId}_${"A".repeat(64)}`,
      `sluice_${tokenId}_${other}`,
      `${good}A`,
      good.slice(0, -1),
      good.replace("sluice_tok_", "sluice_key_"),
      good.toUpperCase(),
      ` ${good}`,
      `${good}\n`,
      "' OR 1=1 --",
    ]) {
      const response = await askAgain(guess);
      expect([guess, response.status]).toEqual([guess, guess === "" ? 422 : 403]);
      await response.body?.cancel();
    }
    await refresh(good);
  });

  it("waits as long as was asked, from its last use", async () => {
    const { refreshToken, refreshExpiresAt } = await mint({ refreshable: true, refreshExpiresInSeconds: 60 });
    expect(Math.abs(Date.parse(String(refreshExpiresAt)) - Date.now() - 60_000)).toBeLessThan(10_000);
    await env.DB.prepare("UPDATE refresh_tokens SET expires_at = expires_at - 30000").run();
    const next = await refresh(refreshToken);
    expect(Math.abs(Date.parse(String(next.refreshExpiresAt)) - Date.now() - 60_000)).toBeLessThan(10_000);
    await env.DB.prepare("UPDATE refresh_tokens SET expires_at = ?")
      .bind(Date.now() - 1)
      .run();
    await expectRefused(next.refreshToken);
  });

  it("leaves the database when it has expired", async () => {
    const { tokenId } = await mint({ refreshable: true });
    await mint({ refreshable: true });
    await env.DB.prepare("UPDATE refresh_tokens SET expires_at = 5 WHERE token_id = ?").bind(tokenId).run();
    await runCron(env, Date.now());
    const left = await env.DB.prepare("SELECT token_id FROM refresh_tokens").all<{ token_id: string }>();
    expect(left.results).toHaveLength(1);
    expect(left.results[0]?.token_id).not.toBe(tokenId);
  });

  it.each(["viewer", "token"] as const)("ends with its %s, and no other does", async (kind) => {
    const ended = await mint({ refreshable: true, viewerId: "u_1" });
    const other = await mint({ refreshable: true, viewerId: "u_2" });
    const subject = kind === "viewer" ? { viewerId: "u_1" } : { tokenId: ended.tokenId };
    expect(await endRefreshTokens(env.DB, subject)).toBe(1);
    await expectRefused(ended.refreshToken);
    await refresh(other.refreshToken);
  });

  it("ends with its signing key, and follows it through a rotation", async () => {
    const key = await createKey();
    const first = await mint({ refreshable: true, signingKeyId: key.id });
    const next = await (await rotateKey(key.id)).json<CreatedSigningKey>();
    const second = await refresh(first.refreshToken);
    expect(decodeProtectedHeader(second.token).kid).toBe(next.id);
    await revokeKey(key.id);
    const third = await refresh(second.refreshToken);
    await revokeKey(next.id);
    await expectRefused(third.refreshToken);
    expect(await endRefreshTokens(env.DB, { signingKeyId: next.id })).toBe(0);
  });

  it("ends with its playback id", async () => {
    const video = await seedVideo(env);
    const { refreshToken } = await mint({ refreshable: true, playbackId: video.playbackId });
    const path = `/v1/videos/${video.videoId}/playback-ids/${video.playbackId}`;
    expect((await call("DELETE", path, { token: admin })).status).toBe(204);
    await expectRefused(refreshToken);
  });

  it("is no API key, and an API key is no refresh token", async () => {
    const { refreshToken } = await mint({ refreshable: true });
    expect((await call("GET", "/v1/videos", { token: String(refreshToken) })).status).toBe(401);
    await expectRefused(admin);
  });
});

describe("the log", () => {
  it("holds neither tokens nor keys", async () => {
    const logged = (["log", "warn", "error"] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation(() => undefined),
    );
    const key = await createKey();
    const first = await mint({ refreshable: true, viewerId: "private-viewer", signingKeyId: key.id });
    const second = await refresh(first.refreshToken);
    const lines = logged.flatMap((spy) => spy.mock.calls).join("\n");
    expect(lines).toContain("http.request");
    for (const secret of [first.token, second.token, first.refreshToken, second.refreshToken, key.secret])
      expect(lines).not.toContain(secret);
    expect(lines).not.toContain("private-viewer");
  });
});
