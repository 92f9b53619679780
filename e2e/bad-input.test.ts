// Hostile and odd sources (every kind there is: `npm run acceptance` and transcoder/source-set.test.ts), through the whole product: what the video says, that nothing plays when it
// must not, and that neither an object nor a temporary file is left.
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkPlayback } from "../scripts/demo/check-playback.ts";
import { uploadFile } from "../scripts/demo/upload.ts";
import { getVideo, type Video } from "../scripts/demo/video.ts";
import { listBucket } from "../scripts/proof/media.ts";
import * as media from "../transcoder/testing/media.ts";
import { startTestStack, type TestStack } from "./stack.ts";

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(async () => {
  await stack?.stop();
});

const ended = ({ status }: Video) => status.state === "ready" || status.state === "error";

async function untilEnded(videoId: string): Promise<Video> {
  const deadlineMs = Date.now() + 60_000;
  for (;;) {
    const video = await getVideo(stack, videoId);
    if (ended(video)) return video;
    if (Date.now() > deadlineMs) throw new Error(`still ${video.status.state}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function objectsOf(videoId: string): Promise<readonly string[]> {
  const objects = await listBucket(stack);
  return objects.map(({ key }) => key).filter((key) => key.includes(videoId));
}

/** Erasing follows the refusal by its own queue message. */
async function untilNoObject(videoId: string): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  for (;;) {
    const left = await objectsOf(videoId);
    if (left.length === 0) return;
    if (Date.now() > deadlineMs) throw new Error(`left in the bucket: ${left.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function workFiles(): readonly string[] {
  const directory = join(stack.scratch, "data", "work");
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Of its own for each source: they are made side by side. */
const newFolder = () => mkdtempSync(join(stack.scratch, "source-"));

async function upload(make: (directory: string) => Promise<string>): Promise<string> {
  const path = await make(newFolder());
  const { videoId } = await uploadFile(stack, path);
  return videoId;
}

describe.concurrent("a source that is refused", () => {
  const rows: readonly (readonly [
    what: string,
    make: (directory: string) => Promise<string>,
    code: string,
  ])[] = [
    ["zero bytes", media.makeEmpty, "emptyFile"],
    ["a text file named .mp4", media.makeTextNamedMp4, "unreadable"],
    ["a truncated MP4", media.makeTruncated, "sourceTruncated"],
    ["a picture beyond the limit", media.makeHugePicture, "tooLargeDimensions"],
    ["timestamps that span weeks", media.makeTimestampBomb, "durationTooLong"],
  ];
  test.each(rows)(
    "%s is an error with its code; nothing plays, nothing is left",
    async (_what, make, code) => {
      const videoId = await upload(make);
      const video = await untilEnded(videoId);
      expect(video.status).toMatchObject({ state: "error", playable: false, error: { code } });
      for (const { hlsUrl, dashUrl, posterUrl } of video.playbackIds) {
        for (const url of [hlsUrl, dashUrl, posterUrl]) expect((await fetch(url)).status).toBe(404);
      }
      await untilNoObject(videoId);
    },
  );

  test.each(["hls", "concat"] as const)(
    "a %s playlist named .mp4 is unreadable, and the file it points at is not read",
    async (kind) => {
      const folder = newFolder();
      const target = await media.makeClip(folder, { name: `target-${kind}.ts` });
      const path = await media.makeDisguised(folder, kind, target);
      const { videoId } = await uploadFile(stack, path);
      const video = await untilEnded(videoId);
      expect(video.status).toMatchObject({ state: "error", playable: false, error: { code: "unreadable" } });
      await untilNoObject(videoId);
    },
  );
});

describe.concurrent("a source that is odd but fine", () => {
  // What the playlists offer: the top rung, and whether there is sound. Every kind there is: `npm run acceptance`.
  const picture = (top: string, seconds = 3) => ({ top, sound: true, seconds });
  const rows: readonly (readonly [
    what: string,
    make: (directory: string) => Promise<string>,
    offered: { readonly top: string | null; readonly sound: boolean; readonly seconds: number },
  ])[] = [
    ["audio only", media.makeAudioOnly, { top: null, sound: true, seconds: 5 }],
    ["odd dimensions, made even", media.makeOddSize, picture("320x180")],
  ];
  test.each(rows)("%s: becomes ready and every segment of it is there", async (_what, make, offered) => {
    const videoId = await upload(make);
    const video = await untilEnded(videoId);
    expect(video.status).toMatchObject({ state: "ready", playable: true, error: null });
    expect(Math.abs((video.durationSeconds ?? 0) - offered.seconds)).toBeLessThan(0.15);
    const [playback] = video.playbackIds;
    if (playback === undefined) throw new Error("no playback id");
    const playlist = await (await fetch(playback.hlsUrl)).text();
    const tops = [...playlist.matchAll(/STREAM-INF:.*RESOLUTION=(\d+x\d+)/g)].map(([, size]) => size);
    expect(tops.at(-1) ?? null).toBe(offered.top);
    expect(playlist.includes("mp4a.40.2")).toBe(offered.sound);
    const images = offered.top !== null;
    const report = await checkPlayback(playback, video.durationSeconds ?? 0, { images });
    expect(report.faults).toEqual([]);
    const source = `sources/${videoId}/original`;
    expect((await objectsOf(videoId)).filter((key) => key.startsWith("uploads/") || key === source)).toEqual([
      source,
    ]);
  });
});

test("no temporary file is left once the runner has nothing to do", { timeout: 60_000 }, async () => {
  const deadlineMs = Date.now() + 40_000;
  while (workFiles().length > 0 && Date.now() < deadlineMs)
    await new Promise((resolve) => setTimeout(resolve, 200));
  expect(workFiles()).toEqual([]);
});

test("no log line of the Worker holds a token, a session or a signed URL", async () => {
  const log = readFileSync(join(stack.scratch, "data", "worker.log"), "utf8");
  expect(log).not.toContain(stack.apiKey.slice(-20));
  expect(log).not.toContain(stack.runnerToken);
  expect(log).not.toMatch(/\/s\/[A-Za-z0-9_-]{60,}/);
  expect(log).not.toMatch(/internal\/v1\/objects\/[A-Za-z0-9_-]/);
  const runnerLog = readFileSync(join(stack.scratch, "data", "runner-1.log"), "utf8");
  expect(runnerLog).not.toContain(stack.runnerToken);
  expect(runnerLog).not.toMatch(/internal\/v1\/objects\/[A-Za-z0-9_-]/);
});
