// Players that heed no steering, and began with the file: they go on with it when the ladder is complete, and whoever
// comes then gets the ladder.
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { makeClip } from "../demo/clip.ts";
import { uploadFile } from "../demo/upload.ts";
import { getVideo, waitForVideo } from "../demo/video.ts";
import type { Stack } from "../stack/stack.ts";
import { Player, type PageServer, type PlayerKind } from "../../e2e/browser/chromium.ts";
import type { CheckRun } from "./check.ts";
import { playbackOf } from "./encoded.ts";

const durationSeconds = 60;
/** Little ahead, so that hls.js still asks for segments of the file after the seal. */
const hlsConfig = { maxBufferLength: 6, maxMaxBufferLength: 6, maxBufferSize: 1 };

interface Subject {
  readonly name: string;
  readonly kind: PlayerKind;
  readonly url: string;
}

/** From 0, through the seal, to the end. */
async function playOn(
  run: CheckRun,
  browser: Browser,
  pages: PageServer,
  { name, kind, url }: Subject,
  sealed: Promise<number>,
): Promise<void> {
  const player = await Player.open(browser, pages, kind, url, hlsConfig);
  await player.until(({ time }) => time > 0.5, "playing picture", 60);
  const sealedMs = await sealed;
  const { time } = await player.state();
  const ended = await player.until((state) => state.ended, "end", 2 * durationSeconds);
  const after = player.answers.filter(
    (answer) => answer.atMs > sealedMs && new URL(answer.url).pathname.endsWith(".m4s"),
  );
  run.measure(`${name}: position at the seal, s`, Math.round(time * 10) / 10);
  run.measure(`${name}: segments of the file after the seal`, after.length);
  run.say(`${name}: sealed at ${time.toFixed(1)} s, then ${after.length} segments of the file, to the end`);
  run.expect(after.length > 0, `${name}: asked for nothing after the seal`);
  const refused = player.answers.filter(({ status }) => status >= 400);
  run.expect(refused.length === 0, `${name}: ${JSON.stringify(refused)}`);
  run.expect(ended.errors.length === 0, `${name}: ${ended.errors.join("; ")}`);
  run.expect(ended.stalls === 0, `${name}: ${ended.stalls} stalls`);
  run.expect(ended.time > durationSeconds - 0.3, `${name}: ends at ${ended.time} s`);
  await player.close();
}

export async function goOnWithTheFile(run: CheckRun, stack: Stack, browser: Browser, pages: PageServer) {
  const path = join(run.scratch, "others.mp4");
  await makeClip({ path, durationSeconds, width: 640, height: 360 });
  const { videoId } = await uploadFile(stack, path);
  const { hlsUrl, dashUrl } = playbackOf(await getVideo(stack, videoId));
  const sealed = waitForVideo(stack, videoId, ({ status }) => status.state === "ready", {
    deadlineSeconds: 300,
  }).then(() => Date.now());
  const subjects: readonly Subject[] = [
    { name: "hls.js", kind: "hls", url: hlsUrl },
    { name: "shaka-hls", kind: "shaka", url: hlsUrl },
    { name: "shaka-dash", kind: "shaka", url: dashUrl },
    { name: "dash.js", kind: "dash", url: dashUrl },
  ];
  await Promise.all(subjects.map((subject) => playOn(run, browser, pages, subject, sealed)));
  for (const { name, kind, url } of subjects) {
    const player = await Player.open(browser, pages, kind, url);
    const { errors } = await player.until(({ time }) => time > 0.5, "playing picture", 60);
    const heights = await player.heights();
    run.expect(heights.length > 1, `${name}: who comes after the seal is offered ${heights.join(", ")} only`);
    run.expect(errors.length === 0, `${name}: ${errors.join("; ")}`);
    await player.close();
  }
}
