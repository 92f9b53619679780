import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "#workers/api.ts";
import { encodeBase64url } from "#workers/base64url.ts";
import { newId } from "#workers/ids.ts";
import { anonymousClaims, mintSession, sessionName } from "#workers/playback/session.ts";
import { importSessionKeys } from "#workers/playback/session-keys.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { seedVideo, type SeededVideo } from "#workers/testing/seed-video.ts";
import { restart } from "#workers/testing/restart.ts";
import { keyHash, playbackIdHash, tokenHash, viewerHash } from "./credential-hash.ts";
import { forEverSeconds, RevocationLog, signingKeySubject, type RevocationKind } from "./revocation-log.ts";
import { subjectOf } from "./revocation-subject.ts";
import type { ShownRevocation } from "./revocations-contract.ts";

let token: string;
let video: SeededVideo;
beforeAll(async () => {
  video = await seedVideo(env);
  token = await insertApiKey("access:write");
});
beforeEach(() => {
  vi.restoreAllMocks();
});

const object = () => env.REVOCATIONS.getByName("all");
const revoke = (json: unknown) => call("POST", "/v1/revocations", { token, json });

async function revoked(json: unknown): Promise<ShownRevocation> {
  const response = await revoke(json);
  expect(response.status).toBe(200);
  return response.json();
}

/** From when on what is issued holds, as the log has it; null: nothing is revoked. */
async function heldFrom(kind: RevocationKind, hash: Uint8Array): Promise<number | null> {
  const snapshot = await object().snapshot(null);
  const read = snapshot.kind === "unchanged" ? null : RevocationLog.read(snapshot.bytes);
  if (!read?.ok) throw new Error("no log");
  const at = read.value.find(kind, hash);
  return at < 0 ? null : read.value.issuedBeforeSeconds(at);
}

async function refreshTokens(column: string, id: string): Promise<number> {
  const counted = await env.DB.prepare(`SELECT count(*) AS rows FROM refresh_tokens WHERE ${column} = ?`)
    .bind(id)
    .first<{ rows: number }>();
  return counted?.rows ?? 0;
}

async function insertRefreshToken(change: Readonly<Record<string, string>>): Promise<void> {
  const row = {
    token_id: newId("playbackToken", Date.now()),
    family_hash: "f",
    secret_hash: "s",
    playback_id: "p",
    viewer_id: "v",
    signing_key_id: "k",
    grants: "{}",
    token_seconds: 60,
    refresh_seconds: 60,
    created_at: 0,
    expires_at: Number.MAX_SAFE_INTEGER,
    ...change,
  };
  await env.DB.prepare(
    "INSERT OR IGNORE INTO playback_ids (id, video_id, policy, created_at) VALUES (?, ?, 'signed', 0)",
  )
    .bind(row.playback_id, video.videoId)
    .run();
  const columns = Object.keys(row);
  await env.DB.prepare(
    `INSERT INTO refresh_tokens (${columns.join()}) VALUES (${columns.map(() => "?").join()})`,
  )
    .bind(...Object.values(row))
    .run();
}

describe("a revocation", () => {
  it("of a viewer ends what was issued until now, and the refresh tokens", async () => {
    await insertRefreshToken({ viewer_id: "ann" });
    await insertRefreshToken({ viewer_id: "bob" });
    const before = Math.floor(Date.now() / 1_000);
    const shown = await revoked({ kind: "viewer", id: "ann" });
    const from = await heldFrom("viewer", await viewerHash("ann"));
    expect(from).toBeGreaterThan(before);
    expect(from).toBeLessThanOrEqual(Math.floor(Date.now() / 1_000) + 1);
    expect(shown).toEqual({
      kind: "viewer",
      hash: encodeBase64url(await viewerHash("ann")),
      reason: "revoked",
      issuedBefore: new Date((from ?? 0) * 1_000).toISOString(),
      revokedAt: expect.any(String),
      expiresAt: new Date(Date.parse(shown.revokedAt) + 604_800_000 + 3_600_000).toISOString(),
    });
    expect([await refreshTokens("viewer_id", "ann"), await refreshTokens("viewer_id", "bob")]).toEqual([
      0, 1,
    ]);
  });

  it("of each kind means just that subject, and ends the refresh tokens that belong to it", async () => {
    for (const [kind, column, hash] of [
      ["playbackId", "playback_id", await playbackIdHash("one")],
      ["signingKey", "signing_key_id", signingKeySubject(await keyHash("one"))],
      ["token", "token_id", await tokenHash("one")],
    ] as const) {
      await insertRefreshToken({ [column]: "one" });
      await insertRefreshToken({ [column]: `other ${kind}` });
      await revoked({ kind, id: "one" });
      expect(await heldFrom(kind, hash)).not.toBeNull();
      expect(await refreshTokens(column, "one")).toBe(0);
      expect(await refreshTokens(column, `other ${kind}`)).toBe(1);
    }
  });

  it("of a session takes its name, its text, or a URL that it stands in", async () => {
    const keys = await importSessionKeys(env.SESSION_KEYS);
    const playbackId = "AAAAAAAAAAAAAAAAAAAAAA";
    for (const written of [
      (_: string, name: string) => name,
      (text: string) => text,
      (text: string) => `/p/${playbackId}/s/${text}/1-v720/index.m3u8`,
      (text: string) => `https://sluice.example/p/${playbackId}/s/${text}/1-v720/2/0.m4s?x=/s/`,
    ]) {
      const claims = anonymousClaims(Date.now(), 60, 1);
      const text = await mintSession(claims, playbackId, keys);
      const shown = await revoked({ kind: "session", id: written(text, sessionName(claims)) });
      expect([shown.hash, shown.issuedBefore]).toEqual([sessionName(claims), null]);
      expect(await heldFrom("session", claims.id)).toBe(forEverSeconds);
    }
  });

  it("of a token takes its jti or the token itself, with or without a jti", async () => {
    const part = (value: unknown) => encodeBase64url(new TextEncoder().encode(JSON.stringify(value)));
    const header = part({ alg: "HS256", kid: "k" });
    const withId = `${header}.${part({ sub: "p", jti: "t-1" })}`;
    const without = `${header}.${part({ sub: "p" })}`;
    expect(await subjectOf("token", `${withId}.c2ln`)).toEqual(await subjectOf("token", "t-1"));
    expect((await subjectOf("token", `${without}.c2ln`))?.hash).toEqual(await tokenHash(without));
    // What only looks like one is a name.
    for (const name of ["a.b.c", "a.b", "..", `${part([])}.${part({})}.x`]) {
      expect((await subjectOf("token", name))?.hash).toEqual(await tokenHash(name));
    }
  });

  it("may name the time, and of two the later holds", async () => {
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const [early, late] = [at(-3_600_000), at(-60_000)];
    await revoked({ kind: "viewer", id: "timed", issuedBefore: early });
    expect(await heldFrom("viewer", await viewerHash("timed"))).toBe(Math.ceil(Date.parse(early) / 1_000));
    await revoked({ kind: "viewer", id: "timed", issuedBefore: late });
    await revoked({ kind: "viewer", id: "timed", issuedBefore: early });
    expect(await heldFrom("viewer", await viewerHash("timed"))).toBe(Math.ceil(Date.parse(late) / 1_000));
  });

  it("may be said again, and is one entry", async () => {
    const first = await revoked({ kind: "token", id: "again" });
    const second = await revoked({ kind: "token", id: "again" });
    expect(second).toEqual({ ...first, revokedAt: expect.any(String), expiresAt: expect.any(String) });
    const { data } = await list("?limit=100");
    expect(data.filter(({ hash }) => hash === first.hash)).toHaveLength(1);
  });

  it.each([
    ["an unknown kind", { kind: "policy", id: "x" }],
    ["no id", { kind: "viewer" }],
    ["an empty id", { kind: "viewer", id: "" }],
    ["an endless id", { kind: "viewer", id: "x".repeat(4_097) }],
    ["an unknown field", { kind: "viewer", id: "x", reason: "evicted" }],
    ["what is no session", { kind: "session", id: "somebody" }],
    ["a session's name cut short", { kind: "session", id: "AAAAAAAAAA" }],
    ["a time ahead", { kind: "viewer", id: "x", issuedBefore: new Date(Date.now() + 120_000).toISOString() }],
    ["a time before times", { kind: "viewer", id: "x", issuedBefore: "1969-12-31T00:00:00Z" }],
    ["a time that is none", { kind: "viewer", id: "x", issuedBefore: "yesterday" }],
  ])("is refused with %s", async (_, json) => {
    const response = await revoke(json);
    expect([response.status, (await problemOf(response)).code]).toEqual([422, "unprocessable"]);
  });

  it("needs the scope", async () => {
    const other = await insertApiKey("videos:write", "tokens:write");
    const refused = await call("POST", "/v1/revocations", {
      token: other,
      json: { kind: "viewer", id: "x" },
    });
    expect([refused.status, (await problemOf(refused)).code]).toEqual([403, "forbidden"]);
    expect((await call("GET", "/v1/revocations", { token: other })).status).toBe(403);
  });
});

interface Page {
  readonly data: readonly ShownRevocation[];
  readonly nextCursor: string | null;
}

async function list(query = ""): Promise<Page> {
  const response = await call("GET", `/v1/revocations${query}`, { token });
  expect(response.status).toBe(200);
  return response.json();
}

it("what another deployment listed holds here once it is restored, and a hash that is none is refused", async () => {
  const admin = await insertApiKey("admin");
  const hash = encodeBase64url(await viewerHash("restored"));
  const entry = { kind: "viewer", hash, reason: "revoked", issuedBefore: "2026-12-01T18:00:00.000Z" };
  const times = { revokedAt: "2026-11-01T18:00:00.000Z", expiresAt: "2026-12-08T19:00:00.000Z" };
  const restore = (data: readonly object[], by = admin) =>
    call("POST", "/v1/revocations/restore", { token: by, json: { data } });
  for (let again = 0; again < 2; again++)
    expect(await (await restore([{ ...entry, ...times }])).json()).toEqual({ restored: 1 });
  expect(await heldFrom("viewer", await viewerHash("restored"))).toBe(Date.parse(entry.issuedBefore) / 1_000);
  expect((await restore([{ ...entry, ...times, hash: "!".repeat(11) }])).status).toBe(422);
  expect((await restore([{ ...entry, ...times }], token)).status).toBe(403);
});

describe("the list", () => {
  it("shows what was said last first, page by page, with what Sluice said itself", async () => {
    await restart(object());
    const hashes = ["p1", "p2", "p3"].map((id) => viewerHash(id));
    for (const id of ["p1", "p2", "p3"]) await revoked({ kind: "viewer", id });
    const id = crypto.getRandomValues(new Uint8Array(8));
    await object().revoke([
      { kind: "session", hash: id, issuedBeforeSeconds: forEverSeconds, reason: "evicted" },
    ]);
    const first = await list("?limit=2");
    const second = await list(`?limit=2&cursor=${first.nextCursor}`);
    const [p1 = "", p2 = "", p3 = ""] = (await Promise.all(hashes)).map(encodeBase64url);
    expect(first.data.map(({ hash }) => hash)).toEqual([encodeBase64url(id), p3]);
    expect(second.data.map(({ hash }) => hash)).toEqual([p2, p1]);
    expect(first.data[0]).toMatchObject({ kind: "session", reason: "evicted", issuedBefore: null });
    expect((await list("?limit=100")).nextCursor).toBeNull();
  });

  it("refuses a cursor that is not its own", async () => {
    const response = await call("GET", "/v1/revocations?cursor=abc.def", { token });
    expect([response.status, (await problemOf(response)).code]).toEqual([400, "invalidCursor"]);
  });
});

describe("when the object can't be reached", () => {
  it("nothing is claimed: both answer 503, and when to try again", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const away = { getByName: () => ({ revoke: failing, list: failing }) };
    const without = { ...env, REVOCATIONS: away as unknown as typeof env.REVOCATIONS };
    for (const init of [
      { method: "POST", body: JSON.stringify({ kind: "viewer", id: "x" }) },
      { method: "GET" },
    ]) {
      const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
      const request = new Request("https://sluice.test/v1/revocations", { ...init, headers });
      const response = await api.fetch(request, without, createExecutionContext());
      expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "1"]);
      expect((await problemOf(response)).code).toBe("unavailable");
    }
    expect(await heldFrom("viewer", await viewerHash("x"))).toBeNull();
  });
});

const failing = () => Promise.reject(new Error("unreachable"));
