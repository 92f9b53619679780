// A viewer with a limit of streams, through the whole path.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";
import { tokenSigner } from "#workers/testing/token-signer.ts";

let scenes = 0;

async function viewer(action: "evictOldest" | "refuseNewest") {
  const video = await seedSealedVideo(env, { policy: "signed" });
  const location = new Location();
  // The revocations' clock is the real one, and the location's cache remembers the scenes before.
  location.nowMs = Date.now() + 60_000 * ++scenes;
  const signer = await tokenSigner(env, location.nowMs);
  const name = `viewer-${action}-${scenes}`;
  const token = await signer.sign(video.playbackId, { viewer: name, streams: { max: 2, action } });
  const isolate = location.isolate();
  const open = async (kind: "hls.m3u8" | "dash.mpd") => {
    location.nowMs += 1_000;
    const answer = await isolate.fetch(`/p/${video.playbackId}/${kind}?token=${token}`);
    const session = /s\/([\w-]{96})\//.exec(answer.text)?.[1];
    return { answer, segment: `/p/${video.playbackId}/s/${session}/1-v720/2/0.m4s` };
  };
  return { location, isolate, open };
}

describe("a viewer who may have two streams", () => {
  it.each(["hls.m3u8", "dash.mpd"] as const)("ends the oldest by opening a third, by %s", async (kind) => {
    const { location, isolate, open } = await viewer("evictOldest");
    const streams = [await open(kind), await open(kind)];
    for (const { segment } of streams) expect((await isolate.fetch(segment)).status).toBe(200);
    streams.push(await open(kind));
    expect(streams.map(({ answer }) => answer.status)).toEqual([200, 200, 200]);
    location.nowMs += 5_001;
    const [first, ...others] = await Promise.all(streams.map(({ segment }) => isolate.fetch(segment)));
    expect([first?.status, first?.code]).toEqual([403, "streamEvicted"]);
    expect(others.map(({ status }) => status)).toEqual([200, 200]);
  });

  it("is refused the third where the newest is refused, until one stops renewing", async () => {
    const { location, isolate, open } = await viewer("refuseNewest");
    const [first, second] = [await open("hls.m3u8"), await open("dash.mpd")];
    const third = await open("hls.m3u8");
    expect([third.answer.status, third.answer.code]).toEqual([403, "streamLimitReached"]);
    expect((await isolate.fetch(first.segment)).status).toBe(200);
    expect((await isolate.fetch(second.segment)).status).toBe(200);
    // The first goes on, the second is left alone for longer than its place is kept.
    for (let minute = 0; minute < 4; minute++) {
      location.nowMs += 31_000;
      expect((await isolate.fetch(first.segment)).status).toBe(200);
    }
    const later = await open("hls.m3u8");
    expect(later.answer.status).toBe(200);
    const fourth = await open("hls.m3u8");
    expect(fourth.answer.code).toBe("streamLimitReached");
  });

  it("frees a place when the player says that it is over", async () => {
    const { isolate, open } = await viewer("refuseNewest");
    const [first] = [await open("hls.m3u8"), await open("hls.m3u8")];
    expect((await open("hls.m3u8")).answer.code).toBe("streamLimitReached");
    const event = first.segment.replace(/1-v720.*$/, "event");
    const told = await isolate.fetch(event, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ event: "ended" }),
    });
    expect(told.status).toBe(200);
    expect((await open("hls.m3u8")).answer.status).toBe(200);
  });
});
