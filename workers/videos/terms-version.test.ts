// Sessions are told apart by the terms that they were minted by: each narrowing counts, and nothing else does.
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import type { Video } from "./contract.ts";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("videos:write");
});

async function create(): Promise<Video> {
  return (await call("POST", "/v1/videos", { token, json: {} })).json();
}

async function patch(path: string, json: unknown): Promise<void> {
  expect((await call("PATCH", path, { token, json })).status).toBe(200);
}

async function termsOf(video: Video): Promise<{ readonly termsVersion?: number }> {
  const row = await env.DB.prepare("SELECT access FROM playback_ids WHERE video_id = ?")
    .bind(video.id)
    .first<{ access: string }>();
  return JSON.parse(row?.access ?? "{}") as { readonly termsVersion?: number };
}

const versionOf = async (video: Video) => (await termsOf(video)).termsVersion ?? 0;
const idPath = (video: Video) => `/v1/videos/${video.id}/playback-ids/${video.playbackIds[0]?.id}`;

it("rises with each narrowing of a playback id, and keeps what else is set", async () => {
  const video = await create();
  expect(await versionOf(video)).toBe(0);
  await patch(idPath(video), { policy: "signed" });
  expect(await versionOf(video)).toBe(1);
  await patch(idPath(video), { limits: { maxHeight: 720 } });
  await patch(idPath(video), { streams: { max: 2 } });
  expect(await termsOf(video)).toMatchObject({
    termsVersion: 3,
    limits: { maxHeight: 720 },
    streamLimit: { maxStreams: 2 },
  });
});

it("rises for every playback id when what their video offers becomes less", async () => {
  const [video, other] = [await create(), await create()];
  await patch(idPath(video), { limits: { maxHeight: 1080 } });
  await patch(`/v1/videos/${video.id}`, { playback: { maxHeight: 480 } });
  expect(await termsOf(video)).toMatchObject({ termsVersion: 2, limits: { maxHeight: 1080 } });
  expect(await versionOf(other)).toBe(0);
});

it("stays when more is allowed, or nothing of it is said", async () => {
  const video = await create();
  await patch(idPath(video), { policy: "signed", limits: { maxHeight: 360 } });
  for (const json of [{ policy: "public" }, { limits: {} }, { limits: { order: "descending" } }]) {
    await patch(idPath(video), json);
    expect(await versionOf(video)).toBe(1);
  }
  for (const json of [{ title: "x" }, { tags: ["a"] }, { playback: {} }]) {
    await patch(`/v1/videos/${video.id}`, json);
    expect(await versionOf(video)).toBe(1);
  }
});
