// The demo's film, sealed, in every player: all of it from the first frame to `ended`, in every rendition,
// with seeks, in real Chromium.
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { makeClip } from "../demo/clip.ts";
import {
  launchChromium,
  Player,
  servePlayers,
  type PageServer,
  type PlayerKind,
  type PlayerState,
} from "../../e2e/browser/chromium.ts";
import type { Check, CheckRun } from "./check.ts";
import { encode, playbackOf } from "./encoded.ts";

const durationSeconds = 60;
const heights = [240, 360, 480, 720];
const frameSeconds = 1 / 30;

interface Subject {
  readonly name: string;
  readonly kind: PlayerKind;
  readonly url: string;
}

/** What must hold of any player that began at the beginning. */
export function checkStart(run: CheckRun, name: string, state: PlayerState): void {
  const frame = state.firstFrameTime ?? Infinity;
  run.expect(frame < frameSeconds / 2, `${name}: the first frame shown is that of ${frame} s`);
  run.expect((state.firstBufferStart ?? 1) < 0.02, `${name}: the buffer starts at ${state.firstBufferStart}`);
}

/** `played` is the element's own account: one range means that nothing was skipped. */
export function checkWhole(run: CheckRun, name: string, state: PlayerState, seconds: number): void {
  const [range, ...more] = state.played;
  const whole = range !== undefined && more.length === 0 && range[0] < 0.02 && range[1] > seconds - 0.1;
  run.expect(whole, `${name}: played ${JSON.stringify(state.played)}, not all of ${seconds} s`);
}

/** From 0 to the end, through every rendition, never seeking. */
async function playThrough(run: CheckRun, browser: Browser, pages: PageServer, subject: Subject) {
  const { name, kind, url } = subject;
  const player = await Player.open(browser, pages, kind, url);
  const started = await player.until(({ time }) => time > 0.5, "playing picture", 60);
  checkStart(run, name, started);
  run.expect(
    Math.abs(started.duration - durationSeconds) < 0.1,
    `${name}: says it lasts ${started.duration} s`,
  );
  const offered = await player.heights();
  run.expect(
    offered.join() === heights.join(),
    `${name}: offers ${offered.join(", ")}, not ${heights.join(", ")}`,
  );
  for (const height of [...heights, heights[0] ?? 0, 720]) {
    const { time } = await player.state();
    await player.choose(height, 60);
    await player.until((state) => state.time > time + 2, `playing on at ${height}`, 60);
  }
  if (run.screenshots !== null) await player.screenshot(join(run.screenshots, `players-${name}.png`));
  await player.rate(2);
  const ended = await player.until((state) => state.ended, "end", 240);
  checkWhole(run, name, ended, durationSeconds);
  await player.close();
  return ended;
}

/** Forwards, backwards, to the last second, in the lowest and the highest rendition. */
async function seekAround(browser: Browser, pages: PageServer, { kind, url }: Subject) {
  const player = await Player.open(browser, pages, kind, url);
  await player.until(({ time }) => time > 0.3, "playing picture", 60);
  for (const [seconds, height] of [
    [33.3, 240],
    [12.1, 720],
    [47.9, 360],
    [0, 480],
    [durationSeconds - 1.5, 720],
  ] as const) {
    await player.seek(seconds, 60);
    if (seconds < durationSeconds - 5) await player.choose(height, 60);
  }
  const ended = await player.until((state) => state.ended, "end", 60);
  await player.close();
  return ended;
}

export const players: Check = {
  name: "players",
  async run(run) {
    const path = join(run.scratch, "clip.mp4");
    await makeClip({ path, durationSeconds, width: 1280, height: 720 });
    const stack = await run.startStack();
    const { hlsUrl, dashUrl } = playbackOf(await encode(run, stack, path));
    const [browser, pages] = await Promise.all([launchChromium(), servePlayers()]);
    run.defer(() => browser.close());
    run.defer(() => pages.close());
    const subjects: readonly Subject[] = [
      { name: "hls.js", kind: "hls", url: hlsUrl },
      { name: "shaka-hls", kind: "shaka", url: hlsUrl },
      { name: "shaka-dash", kind: "shaka", url: dashUrl },
      { name: "dash.js", kind: "dash", url: dashUrl },
    ];
    for (const subject of subjects) {
      const { name } = subject;
      const through = await playThrough(run, browser, pages, subject);
      const sought = await seekAround(browser, pages, subject);
      const errors = [...through.errors, ...sought.errors];
      run.expect(errors.length === 0, `${name}: ${errors.join("; ")}`);
      run.measure(`${name} first frame seconds`, through.firstFrameTime ?? -1);
      run.measure(`${name} played to seconds`, through.played.at(-1)?.[1] ?? 0);
      run.measure(`${name} stalls`, through.stalls);
      run.measure(`${name} errors`, errors.length);
      run.say(`${name}: ended at ${through.time} s, ${through.stalls} stalls, ${errors.length} errors`);
    }
    run.measure("heights", heights);
  },
};
