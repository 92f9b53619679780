// What a list holds can be asked for alone, and says the same.
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import { seedSealedVideo, type SeededVideo } from "#workers/testing/seed-video.ts";

let token: string;
let video: SeededVideo;
beforeAll(async () => {
  token = await insertApiKey("admin");
  video = await seedSealedVideo(env);
});

type Entry = Readonly<Record<string, unknown>>;
const read = async <T>(path: string): Promise<T> => (await call("GET", path, { token })).json<T>();
const make = async (method: string, path: string, json: object): Promise<void> => {
  expect((await call(method, path, { token, json })).status).toBeLessThan(300);
};
const ofVideo = (rest: string) => `/v1/videos/${video.videoId}/${rest}`;
const nothing = () => Promise.resolve();

it.each([
  ["playback ids", () => ofVideo("playback-ids"), "id", nothing],
  ["audio tracks", () => ofVideo("audio-tracks"), "id", nothing],
  [
    "chapters",
    () => ofVideo("chapters"),
    "language",
    () => make("PUT", ofVideo("chapters/pt-BR"), { chapters: [{ startSeconds: 0, title: "One" }] }),
  ],
  ["API keys", () => "/v1/api-keys", "id", nothing],
  ["runner tokens", () => "/v1/runner-tokens", "id", () => make("POST", "/v1/runner-tokens", { name: "x" })],
])("%s", async (_what, list, named, prepare) => {
  await prepare();
  const path = list();
  const { data } = await read<{ data: readonly Entry[] }>(path);
  expect(data.length).toBeGreaterThan(0);
  for (const entry of data) {
    const alone = await read<Entry>(`${path}/${String(entry[named])}`);
    // The key that asks is used meanwhile.
    expect({ ...alone, lastUsedAt: null }).toEqual({ ...entry, lastUsedAt: null });
  }
});

it("a playback id by itself leads to its video", async () => {
  const found = await read<Entry>(`/v1/playback-ids/${video.playbackId}`);
  const own = await read<Entry>(ofVideo(`playback-ids/${video.playbackId}`));
  expect(found).toEqual({ ...own, videoId: video.videoId });
});

it("a key that is revoked is not there any more", async () => {
  const made = await call("POST", "/v1/api-keys", { token, json: { name: "x", scopes: ["videos:read"] } });
  const { id } = await made.json<{ id: string }>();
  expect((await call("DELETE", `/v1/api-keys/${id}`, { token })).status).toBe(204);
  expect((await call("GET", `/v1/api-keys/${id}`, { token })).status).toBe(404);
});
