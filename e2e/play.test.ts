// The main job: a real clip goes up by tus, through FFmpeg, and plays in the three players.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { checkPlayback } from "../scripts/demo/check-playback.ts";
import { makeClip } from "../scripts/demo/clip.ts";
import { uploadFile } from "../scripts/demo/upload.ts";
import { waitForVideo, type Video } from "../scripts/demo/video.ts";
import {
  launchChromium,
  Player,
  servePlayers,
  type PageServer,
  type PlayerKind,
} from "./browser/chromium.ts";
import { startTestStack, type TestStack } from "./stack.ts";

let stack: TestStack;
let browser: Browser;
let pages: PageServer;
let sealed: Video;

const durationSeconds = 12;

function playbackOf(video: Video) {
  const [playback] = video.playbackIds;
  if (playback === undefined) throw new Error("the video has no playback id");
  return playback;
}

beforeAll(async () => {
  [stack, browser, pages] = await Promise.all([startTestStack(), launchChromium(), servePlayers()]);
  const path = join(stack.scratch, "clip.mp4");
  await makeClip({ path, durationSeconds, width: 640, height: 360 });
  const { videoId } = await uploadFile(stack, path, undefined, 100_000);
  sealed = await waitForVideo(stack, videoId, ({ status }) => status.state === "ready", {
    deadlineSeconds: 90,
  });
}, 150_000);

afterAll(async () => {
  await browser?.close();
  pages?.close();
  await stack?.stop();
});

describe("a sealed video", () => {
  test("has every playlist and segment that its manifests name, in HLS and DASH", async () => {
    const report = await checkPlayback(playbackOf(sealed), durationSeconds);
    expect(report.faults).toEqual([]);
    expect(report.segments).toBeGreaterThan(20);
  });

  const cases: readonly (readonly [PlayerKind, "hlsUrl" | "dashUrl"])[] = [
    ["hls", "hlsUrl"],
    ["shaka", "hlsUrl"],
    ["shaka", "dashUrl"],
    ["dash", "dashUrl"],
  ];
  test.each(cases)(
    "plays in %s from %s: starts at 0, switches rendition both ways, seeks, ends, without an error",
    async (kind, manifest) => {
      const player = await Player.open(browser, pages, kind, playbackOf(sealed)[manifest]);
      const started = await player.until((state) => state.time > 0.5, "playing picture");
      expect(started.firstTime ?? 1).toBeLessThan(0.25);
      expect(started.firstBufferStart ?? 1).toBeLessThan(0.05);
      expect(started.duration).toBeGreaterThan(durationSeconds - 0.2);
      expect(started.duration).toBeLessThan(durationSeconds + 0.2);
      expect(await player.heights()).toEqual([240, 360]);
      await player.choose(240);
      await player.seek(7.3);
      await player.choose(360);
      await player.seek(2.1);
      await player.seek(durationSeconds - 1.5);
      const ended = await player.until((state) => state.ended, "end");
      expect(ended.errors).toEqual([]);
      await player.close();
    },
  );
});
