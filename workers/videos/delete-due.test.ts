import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import type { Video } from "./contract.ts";
import { deleteDue } from "./delete-due.ts";

it("a video is deleted when its time is over, not before, and not when that was taken back", async () => {
  const token = await insertApiKey("videos:read", "videos:write");
  const nowMs = Date.now();
  const deleteAt = new Date(nowMs + 3_600_000).toISOString();
  const make = async () => (await call("POST", "/v1/videos", { token, json: { deleteAt } })).json<Video>();
  const [due, kept] = [await make(), await make()];
  expect(due.deleteAt).toBe(deleteAt);
  await call("PATCH", `/v1/videos/${kept.id}`, { token, json: { deleteAt: null } });
  expect(await deleteDue(env, nowMs)).toBe(0);
  expect(await deleteDue(env, nowMs + 3_600_000)).toBe(1);
  expect((await call("GET", `/v1/videos/${due.id}`, { token })).status).toBe(404);
  expect((await call("GET", `/v1/videos/${kept.id}`, { token })).status).toBe(200);
  const past = { deleteAt: new Date(nowMs - 1_000).toISOString() };
  expect((await call("PATCH", `/v1/videos/${kept.id}`, { token, json: past })).status).toBe(422);
});
