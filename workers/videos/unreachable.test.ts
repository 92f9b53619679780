// What takes access away must reach those who watch: when it can't, nothing is taken away and nothing is claimed.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { playbackIdHash } from "#workers/access/credential-hash.ts";
import { forEverSeconds, RevocationLog, type RevocationKind } from "#workers/access/revocation-log.ts";
import { api } from "#workers/api.ts";
import type { Env } from "#workers/env.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import type { Video } from "./contract.ts";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("videos:read", "videos:write");
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function create(): Promise<Video> {
  return (await call("POST", "/v1/videos", { token, json: {} })).json();
}

async function get(id: string): Promise<unknown> {
  return (await call("GET", `/v1/videos/${id}`, { token })).json();
}

const failing = () => Promise.reject(new Error("unreachable"));
const away = { getByName: () => ({ revoke: failing }) } as unknown as Env["REVOCATIONS"];

async function withoutObject(method: string, path: string, json: unknown): Promise<Response> {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const body = json === undefined ? null : JSON.stringify(json);
  const request = new Request(`https://sluice.test${path}`, { method, headers, body });
  const ctx = createExecutionContext();
  const response = await api.fetch(request, { ...env, REVOCATIONS: away }, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

async function heldFrom(kind: RevocationKind, playbackId: string): Promise<number | null> {
  const snapshot = await env.REVOCATIONS.getByName("all").snapshot(null);
  const read = snapshot.kind === "unchanged" ? null : RevocationLog.read(snapshot.bytes);
  if (!read?.ok) throw new Error("no log");
  const at = read.value.find(kind, await playbackIdHash(playbackId));
  return at < 0 ? null : read.value.issuedBeforeSeconds(at);
}

const idOf = (video: Video) => String(video.playbackIds[0]?.id);
const idPath = (video: Video) => `/v1/videos/${video.id}/playback-ids/${idOf(video)}`;

describe("while the revocations can't be reached", () => {
  it.each<[string, string, (video: Video) => string, unknown]>([
    ["deleting a video", "DELETE", ({ id }) => `/v1/videos/${id}`, undefined],
    ["deleting a playback id", "DELETE", idPath, undefined],
    ["tightening a playback id", "PATCH", idPath, { policy: "signed" }],
    ["tightening a video", "PATCH", ({ id }) => `/v1/videos/${id}`, { playback: { maxHeight: 360 } }],
  ])("%s answers 503 and changes nothing", async (_, method, path, json) => {
    const video = await create();
    const response = await withoutObject(method, path(video), json);
    expect([response.status, (await problemOf(response)).code]).toEqual([503, "unavailable"]);
    expect(response.headers.get("Retry-After")).toBe("1");
    expect(await get(video.id)).toMatchObject(video);
  });

  it.each<[string, (video: Video) => string, unknown]>([
    ["loosening a playback id", idPath, { limits: {} }],
    ["renaming a video", ({ id }) => `/v1/videos/${id}`, { title: "other" }],
  ])("%s works, for it takes nothing from anybody", async (_, path, json) => {
    const video = await create();
    expect((await withoutObject("PATCH", path(video), json)).status).toBe(200);
  });
});

describe("what is deleted", () => {
  it("is revoked for ever, before it is gone: a playback id by itself and with its video", async () => {
    const [one, other] = [await create(), await create()];
    expect((await call("DELETE", idPath(one), { token })).status).toBe(204);
    expect((await call("DELETE", `/v1/videos/${other.id}`, { token })).status).toBe(204);
    expect(await heldFrom("playbackId", idOf(one))).toBe(forEverSeconds);
    expect(await heldFrom("playbackId", idOf(other))).toBe(forEverSeconds);
    expect((await call("DELETE", idPath(one), { token })).status).toBe(404);
    expect((await call("DELETE", `/v1/videos/${other.id}`, { token })).status).toBe(404);
  });

  it("is not revoked by who names another video's playback id, or a video there is not", async () => {
    const [one, other] = [await create(), await create()];
    const path = `/v1/videos/${other.id}/playback-ids/${idOf(one)}`;
    expect((await call("DELETE", path, { token })).status).toBe(404);
    expect(await heldFrom("playbackId", idOf(one))).toBeNull();
  });
});
