// What was uploaded plays as it is, at once, in the three players. That our own player goes on with the ladder when that
// is whole takes real time, and is proved by `npm run acceptance`.
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeClip } from "../scripts/demo/clip.ts";
import { uploadFile } from "../scripts/demo/upload.ts";
import type { waitForVideo } from "../scripts/demo/video.ts";
import { run } from "../scripts/stack/bundle.ts";
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

/** Uploads, and finds it playable without asking twice. */
async function uploadPlayable(path: string) {
  const { videoId } = await uploadFile(stack, path);
  const answer = await fetch(`${stack.url}/v1/videos/${videoId}`, {
    headers: { Authorization: `Bearer ${stack.apiKey}` },
  });
  const video = (await answer.json()) as Awaited<ReturnType<typeof waitForVideo>>;
  expect(video.status.playable).toBe(true);
  const [playback] = video.playbackIds;
  if (playback === undefined) throw new Error("the video has no playback id");
  return { videoId, playback };
}

beforeAll(async () => {
  [stack, browser, pages] = await Promise.all([startTestStack(), launchChromium(), servePlayers()]);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  pages?.close();
  await stack?.stop();
});

describe("an uploaded file", () => {
  const durationSeconds = 6;
  type Watched = readonly [PlayerKind, "hlsUrl" | "dashUrl"];
  const hls: Watched = ["hls", "hlsUrl"];
  const dash: Watched = ["dash", "dashUrl"];
  const shaka: Watched = ["shaka", "dashUrl"];
  const all: readonly Watched[] = [hls, dash, shaka, ["shaka", "hlsUrl"]];
  // Every kind of file in every player: `npm run acceptance`.
  const copies = {
    "last.mp4": { options: [], players: all },
    "film.mkv": { options: [], players: [hls, dash] },
  } as const satisfies Record<string, { options: readonly string[]; players: readonly Watched[] }>;
  const quiet = ["-nostdin", "-hide_banner", "-loglevel", "error", "-y"];

  beforeAll(async () => {
    const clip = join(stack.scratch, "clip.mp4");
    await makeClip({ path: clip, durationSeconds, width: 320, height: 180 });
    for (const [name, { options }] of Object.entries(copies))
      await run("ffmpeg", [...quiet, "-i", clip, "-c", "copy", ...options, join(stack.scratch, name)]);
    const webm = [
      "-c:v",
      "libvpx-vp9",
      "-deadline",
      "realtime",
      "-cpu-used",
      "8",
      "-g",
      "60",
      "-c:a",
      "libopus",
    ];
    await run("ffmpeg", [...quiet, "-i", clip, ...webm, join(stack.scratch, "film.webm")]);
  }, 60_000);

  const cases = Object.entries(copies).map(([name, { players }]) => ({ name, players }));
  test.each([...cases, { name: "film.webm", players: [shaka] }])(
    "plays as $name: from 0, after a seek, to its end",
    async ({ name, players }) => {
      const { playback } = await uploadPlayable(join(stack.scratch, name));
      await Promise.all(
        players.map(async ([kind, manifest]) => {
          const player = await Player.open(browser, pages, kind, playback[manifest]);
          const started = await player.until((state) => state.time > 0.3, `playing picture in ${kind}`);
          expect(started.firstBufferStart ?? 1).toBeLessThan(0.1);
          expect(Math.abs(started.duration - durationSeconds)).toBeLessThan(0.2);
          await player.seek(durationSeconds - 1.5);
          const ended = await player.until((state) => state.ended, `end in ${kind}`);
          expect(ended.errors).toEqual([]);
          await player.close();
        }),
      );
    },
    60_000,
  );
});
