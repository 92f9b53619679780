import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { toldEvents } from "#workers/testing/told-events.ts";
import { createVideo, openVideo } from "#workers/videos/create.ts";
import { toVideo } from "#workers/videos/present.ts";
import { removeVideo } from "#workers/videos/remove.ts";
import { findVideo } from "#workers/videos/store.ts";
import { failed, sealed } from "#workers/videos/transitions.ts";
import { eventSchema } from "./contract.ts";
import { emitted } from "./emit.ts";
import { eventTypes } from "./event-types.ts";

const sites = { api: "https://api.test", playback: "https://play.test" };
const nowMs = 1_800_000_000_000;

beforeEach(async () => {
  await env.DB.prepare("DELETE FROM outbox").run();
});

const newVideo = {
  ...openVideo,
  title: 'He said: "\u{1F600}, \\ and \n"',
  creator: null,
  metadata: { a: "ü" },
  policy: "public",
  segmentFragments: 2,
  tags: ["b", "a"],
} as const;

async function makeVideo(): Promise<string> {
  const { videoId, statements } = createVideo(env.DB, newVideo, nowMs);
  await env.DB.batch([...statements]);
  return videoId;
}

describe("an event", () => {
  it("carries the whole video as the API shows it", async () => {
    const videoId = await makeVideo();
    const stored = await findVideo(env.DB, videoId);
    if (stored === null) throw new Error("the video is gone");
    expect(await toldEvents()).toEqual([
      expect.objectContaining({ type: "video.created", data: toVideo(stored, sites) }),
    ]);
  });

  it("is told of a change once, however often the change is said", async () => {
    const videoId = await makeVideo();
    await env.DB.prepare("UPDATE videos SET state = 'processing' WHERE id = ?").bind(videoId).run();
    for (const atMs of [nowMs, nowMs, nowMs + 1]) {
      const { statement } = emitted(env.DB, { type: "video.ready", videoId }, atMs);
      await env.DB.batch([sealed(env.DB, videoId, 1, atMs), statement]);
    }
    expect((await toldEvents()).map(({ type }) => type)).toEqual(["video.created", "video.ready"]);
  });

  it("is not told of a change that came too late, nor is what stands behind it", async () => {
    const videoId = await makeVideo();
    await env.DB.prepare("UPDATE videos SET state = 'ready' WHERE id = ?").bind(videoId).run();
    const events = ["video.failed", "video.updated"] as const;
    await env.DB.batch([
      failed(env.DB, videoId, { code: "encodeFailed", message: "x" }, nowMs),
      ...events.map((type) => emitted(env.DB, { type, videoId }, nowMs).statement),
    ]);
    expect((await toldEvents()).map(({ type }) => type)).toEqual(["video.created"]);
  });

  it("shows a video that was deleted as it was", async () => {
    const videoId = await makeVideo();
    const stored = await findVideo(env.DB, videoId);
    if (stored === null) throw new Error("the video is gone");
    await removeVideo(env, videoId, nowMs);
    expect(await toldEvents()).toContainEqual(
      expect.objectContaining({ type: "video.deleted", data: toVideo(stored, sites) }),
    );
  });
});

describe("the names of events", () => {
  it("are those of the union", () => {
    expect(eventTypes).toEqual(eventSchema.options.map(({ shape }) => shape.type.value));
  });
});
