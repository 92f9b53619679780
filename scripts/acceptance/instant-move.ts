// Our own player on its page, begun with the file: it goes on with the ladder when that is complete, without a stall
// or a jump, in the middle of a film and in its last seconds.
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { makeClip } from "../demo/clip.ts";
import { uploadFile } from "../demo/upload.ts";
import { getVideo, waitForVideo } from "../demo/video.ts";
import { makeNoisyFilm } from "../proof/noisy-film.ts";
import type { Stack } from "../stack/stack.ts";
import { motionOf, WatchedPage } from "../../e2e/browser/watched-page.ts";
import type { CheckRun } from "./check.ts";
import { playbackOf } from "./encoded.ts";
import { until } from "./until.ts";

const sourceHeight = 480;
const rungs = [
  { side: 240, maxBitrateBps: 400_000 },
  { side: 360, maxBitrateBps: 800_000 },
];
/** A sample is taken when the page gets to it: on a busy machine that is late, for both clocks alike. */
const jumpSeconds = 0.2;

const heavyBps = 15_000_000;
const slowBps = heavyBps * 1.6;

const tenths = (value: number) => Math.round(value * 10) / 10;

/** A ladder of its own, so that a picture of the ladder is known by its height. */
async function makeProfile(stack: Stack): Promise<string> {
  const answer = await fetch(`${stack.url}/v1/encoding-profiles`, {
    method: "POST",
    headers: { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ name: "Below the file", rungs, effort: "fast", perTitle: false }),
  });
  if (!answer.ok) throw new Error(`POST /v1/encoding-profiles: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { readonly id: string }).id;
}

/** Nearly as many bits as a file may have to play as it came: no player holds more than half a minute of it. */
async function makeHeavyFilm(path: string, durationSeconds: number): Promise<void> {
  const size = { width: 854, height: sourceHeight };
  await makeNoisyFilm({ path, durationSeconds, ...size, bitsPerSecond: heavyBps });
}

async function checkMotion(run: CheckRun, name: string, page: WatchedPage): Promise<void> {
  const [events, motion] = [await page.events(), motionOf(await page.samples())];
  const { backSeconds, aheadSeconds, behindSeconds, behindAtSeconds } = motion;
  const ms = [backSeconds, aheadSeconds, behindSeconds].map((seconds) => Math.round(seconds * 1000));
  run.measure(`${name}: most back, ahead, behind ms`, ms);
  run.measure(`${name}: events`, [...events]);
  run.say(
    `${name}: ${motion.samples} samples, most back, ahead, behind ${ms.join(", ")} ms (${behindAtSeconds.toFixed(1)} s)`,
  );
  run.expect(events.length === 0, `${name}: ${events.join("; ")}`);
  run.expect(backSeconds <= 0, `${name}: goes ${backSeconds} s back`);
  run.expect(aheadSeconds <= jumpSeconds, `${name}: jumps ${aheadSeconds} s ahead`);
  run.expect(
    behindSeconds <= jumpSeconds,
    `${name}: stands still for ${behindSeconds} s at ${behindAtSeconds} s`,
  );
  run.expect(page.faults.length === 0, `${name}: ${page.faults.join("; ")}`);
}

/** What was shown of the film, in order. */
async function heightsOf(page: WatchedPage): Promise<readonly number[]> {
  const heights = (await page.samples()).map(({ height }) => height);
  return heights.filter((height, index) => height !== heights[index - 1]);
}

/** Where it was when it was moved; null: it was not moved while it played. */
async function movedAtSeconds(page: WatchedPage): Promise<number | null> {
  const moved = page.moved("playlist");
  if (moved === undefined) return null;
  const before = (await page.samples()).findLast(({ atMs }) => atMs < moved.atMs);
  return before?.going === true ? before.time : null;
}

/** Through the seal, the first picture of the ladder, and to the end. */
async function throughTheSeal(run: CheckRun, name: string, page: WatchedPage): Promise<void> {
  const sealedMs = Date.now();
  const sealedAt = await page.time();
  const moved = await page.untilMoved("segment", 60);
  run.say(`${name} is at ${sealedAt.toFixed(1)} s when the ladder is complete`);
  run.measure(`${name}: position at the seal, s`, tenths(sealedAt));
  run.measure(
    `${name}: first segment of the ladder after the seal, s`,
    tenths((moved.atMs - sealedMs) / 1000),
  );
  const isOfLadder = (height: number) => rungs.some(({ side }) => side === height);
  await until("a picture of the ladder", async () => (await heightsOf(page)).some(isOfLadder), 120);
  // Some seconds at the speed of life, then the rest.
  const seenAt = await page.time();
  run.measure(`${name}: the picture is of the ladder from, s`, tenths(seenAt));
  await until("what follows", async () => (await page.time()) > seenAt + 15, 60);
  if (run.screenshots !== null) await page.screenshot(join(run.screenshots, "instant-our-ladder.png"));
  await page.rate(2);
  await page.untilEnded(240);
  const heights = await heightsOf(page);
  run.measure(`${name}: picture heights`, heights);
  run.expect(
    heights[0] === sourceHeight && heights.slice(1).every(isOfLadder),
    `${name}: shows pictures ${heights.join(", ")} high`,
  );
  const after = page.asked.filter(({ atMs, kind }) => kind === "segment" && atMs > moved.atMs + 2000);
  run.expect(
    after.every(({ version }) => version === moved.version),
    `${name}: asks for segments of the file after it was moved`,
  );
  await checkMotion(run, name, page);
  await page.close();
}

/** The page plays at once, from the first second, and meets the end of the encode in the middle of the film. */
async function moveHeavyFilm(run: CheckRun, stack: Stack, browser: Browser, encoding: string) {
  const durationSeconds = 130;
  const path = join(run.scratch, "heavy.mp4");
  await makeHeavyFilm(path, durationSeconds);
  const { videoId } = await uploadFile(stack, path, undefined, undefined, { encoding });
  const begun = await getVideo(stack, videoId);
  run.expect(begun.status.playable, "the heavy film: not playable when its upload is complete");
  const { watchUrl } = playbackOf(begun);
  const page = await WatchedPage.open(browser, watchUrl);
  const { status } = await getVideo(stack, videoId);
  run.say(`our player is at ${(await page.time()).toFixed(1)} s: ${status.state} at ${status.percent} %`);
  run.expect(status.state !== "ready", `the film is ${status.state} before its player began`);
  if (run.screenshots !== null) await page.screenshot(join(run.screenshots, "instant-our-source.png"));
  await untilReady(stack, videoId);
  await throughTheSeal(run, "our player", page);
}

/** Two that wait near the end until the ladder is complete: one has all that is left, and one next to nothing. */
async function moveWhileWaiting(run: CheckRun, stack: Stack, browser: Browser, encoding: string) {
  const durationSeconds = 60;
  const path = join(run.scratch, "waiting.mp4");
  await makeHeavyFilm(path, durationSeconds);
  const { videoId } = await uploadFile(stack, path, undefined, undefined, { encoding });
  const { watchUrl } = playbackOf(await getVideo(stack, videoId));
  const slow = await WatchedPage.open(browser, watchUrl, slowBps);
  await slow.pause();
  await slow.seek(durationSeconds - 19.9);
  await slow.network(100_000);
  const fast = await WatchedPage.open(browser, watchUrl);
  await fast.pause();
  await fast.seek(durationSeconds - 9.9);
  const { status } = await getVideo(stack, videoId);
  run.expect(status.state !== "ready", "the film is ready before its players wait");
  await untilReady(stack, videoId);
  await slow.network(slowBps);
  await playSlowEnd(run, "our player on a slow network, near the end", slow);
  await playAgain(run, "our player with all that was left", fast, durationSeconds - 22);
}

/** It is moved while most of its last seconds is still to come. */
async function playSlowEnd(run: CheckRun, name: string, page: WatchedPage): Promise<void> {
  await page.play();
  await page.untilEnded(120);
  const at = (await page.samples()).findLast(({ atMs }) => atMs < (page.moved("playlist")?.atMs ?? 0))?.time;
  run.say(`${name}: moved at ${at?.toFixed(1)} s`);
  run.measure(`${name}: moved at, s`, at === undefined ? "never" : tenths(at));
  run.measure(`${name}: picture heights`, await heightsOf(page));
  run.expect(page.moved("segment") !== undefined, `${name}: no segment of the ladder`);
  await checkMotion(run, name, page);
  await page.close();
}

/** It needs nothing of the ladder until its viewer goes back to what it never had. */
async function playAgain(run: CheckRun, name: string, page: WatchedPage, fromSeconds: number): Promise<void> {
  await page.untilMoved("playlist", 15);
  await page.play();
  await page.untilEnded(60);
  run.expect(page.moved("segment") === undefined, `${name}: asks for segments that it has`);
  await page.seek(fromSeconds);
  await page.play();
  await page.untilEnded(60);
  const heights = await heightsOf(page);
  run.measure(`${name}, then back: picture heights`, heights);
  run.expect(page.moved("segment") !== undefined, `${name}, then back: no segment of the ladder`);
  await checkMotion(run, `${name}, then back`, page);
  await page.close();
}

async function untilReady(stack: Stack, videoId: string): Promise<void> {
  await waitForVideo(stack, videoId, ({ status }) => status.state === "ready", { deadlineSeconds: 600 });
}

/** Players that wait a few seconds before the end with all of it buffered, and go on when the ladder is complete. */
async function moveAtTheEnd(run: CheckRun, stack: Stack, browser: Browser, encoding: string) {
  const durationSeconds = 30;
  const path = join(run.scratch, "light.mp4");
  await makeClip({ path, durationSeconds, width: 854, height: sourceHeight });
  const { videoId } = await uploadFile(stack, path, undefined, undefined, { encoding });
  const { watchUrl } = playbackOf(await getVideo(stack, videoId));
  const waiting: (readonly [name: string, page: WatchedPage])[] = [];
  for (const left of [9, 7, 5, 3]) {
    const page = await WatchedPage.open(browser, watchUrl);
    await page.pause();
    await page.seek(durationSeconds - left);
    waiting.push([`our player, ${left} s before the end`, page]);
  }
  const { status } = await getVideo(stack, videoId);
  run.expect(status.state !== "ready", "the film is ready before its players wait near its end");
  await untilReady(stack, videoId);
  const moves = await Promise.all(
    waiting.map(async ([name, page]) => {
      await page.play();
      await page.untilEnded(60);
      await checkMotion(run, name, page);
      const at = await movedAtSeconds(page);
      await page.close();
      return at;
    }),
  );
  const told = moves.map((at) => (at === null ? "never" : at.toFixed(1)));
  run.say(`near the end of ${durationSeconds} s: moved at ${told.join(", ")} s`);
  run.measure(`near the end of ${durationSeconds} s: moved at, s`, told);
  // They ask where to be every five seconds.
  const moved = moves.filter((at) => at !== null);
  run.expect(moved.length >= 2, `only ${moved.length} players were moved in the last seconds`);
}

export async function moveOurPlayer(run: CheckRun, stack: Stack, browser: Browser): Promise<void> {
  const encoding = await makeProfile(stack);
  await moveHeavyFilm(run, stack, browser, encoding);
  await moveWhileWaiting(run, stack, browser, encoding);
  await moveAtTheEnd(run, stack, browser, encoding);
}
