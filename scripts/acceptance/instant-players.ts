// A file of each kind in each player, from 0, with seeks both ways, to `ended`, while nothing is encoded at all.
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { makeClip } from "../demo/clip.ts";
import { uploadFile } from "../demo/upload.ts";
import { getVideo } from "../demo/video.ts";
import type { Stack } from "../stack/stack.ts";
import { Player, type PageServer, type PlayerKind } from "../../e2e/browser/chromium.ts";
import type { CheckRun } from "./check.ts";
import { playbackOf } from "./encoded.ts";
import { fileNameOf, kinds, makeKind } from "./instant-kinds.ts";

const durationSeconds = 12;
const frameSeconds = 1 / 30;
/** FFmpeg's WebM has whole milliseconds, and its sound begins up to a frame of it away from the picture. */
const toleratedSeconds = 0.05;
/** Anything but one colour; the film has all of them. */
const leastSpread = 60;

const subjects: readonly (readonly [name: string, PlayerKind, "hlsUrl" | "dashUrl"])[] = [
  ["hls.js", "hls", "hlsUrl"],
  ["shaka-hls", "shaka", "hlsUrl"],
  ["shaka-dash", "shaka", "dashUrl"],
  ["dash.js", "dash", "dashUrl"],
];

/** Uploads, and finds it playable with the answer to its last byte. */
export async function uploadPlayable(run: CheckRun, stack: Stack, path: string, name: string) {
  const { videoId } = await uploadFile(stack, path);
  const video = await getVideo(stack, videoId);
  run.expect(video.status.playable, `${name}: not playable when its upload is complete`);
  return { videoId, playback: playbackOf(video) };
}

interface Watched {
  readonly name: string;
  readonly screenshot: string;
  readonly kind: PlayerKind;
  readonly url: string;
}

/** The picture that is shown is one of the film. */
async function checkPicture(run: CheckRun, player: Player, name: string, at: string): Promise<void> {
  const { brightness, spread } = await player.picture();
  run.expect(
    brightness > 20 && spread > leastSpread,
    `${name} ${at}: the picture has brightness ${brightness.toFixed(0)} and spread ${spread.toFixed(0)}`,
  );
}

async function watch(run: CheckRun, browser: Browser, pages: PageServer, watched: Watched) {
  const { name, kind, url, screenshot } = watched;
  const player = await Player.open(browser, pages, kind, url);
  const started = await player.until(({ time }) => time > 1, "playing picture", 60);
  const frame = started.firstFrameTime ?? Infinity;
  run.expect(
    frame < frameSeconds / 2 + toleratedSeconds,
    `${name}: the first frame shown is that of ${frame} s`,
  );
  run.expect(
    Math.abs(started.duration - durationSeconds) < 0.2,
    `${name}: says it lasts ${started.duration} s of ${durationSeconds}`,
  );
  await checkPicture(run, player, name, "after the start");
  await player.seek(durationSeconds / 2 + 0.4);
  await checkPicture(run, player, name, "after a seek to the middle");
  if (run.screenshots !== null) await player.screenshot(join(run.screenshots, `${screenshot}.png`));
  await player.seek(1.3);
  await checkPicture(run, player, name, "after a seek back");
  const ended = await player.until((state) => state.ended, "end", 60);
  await checkPicture(run, player, name, "at the end");
  run.expect(ended.time > durationSeconds - 0.2, `${name}: ends at ${ended.time} s`);
  run.expect(ended.stalls === 0, `${name}: ${ended.stalls} stalls`);
  run.expect(ended.errors.length === 0, `${name}: ${ended.errors.join("; ")}`);
  const refused = player.answers.filter(({ status }) => status >= 400);
  run.expect(refused.length === 0, `${name}: ${JSON.stringify(refused)}`);
  await player.close();
  return ended;
}

export async function playKinds(run: CheckRun, stack: Stack, browser: Browser, pages: PageServer) {
  const clip = join(run.scratch, "clip.mp4");
  await makeClip({ path: clip, durationSeconds, width: 640, height: 360 });
  let [played, stalls, errors, dropped, frames] = [0, 0, 0, 0, 0];
  for (const kind of kinds) {
    const path = await makeKind(kind, ["-i", clip], run.scratch, "played");
    const { playback } = await uploadPlayable(run, stack, path, kind.name);
    const ends = await Promise.all(
      subjects.map(([player, which, manifest]) =>
        watch(run, browser, pages, {
          name: `${kind.name} in ${player}`,
          screenshot: `instant-${fileNameOf(kind)}-${player}`,
          kind: which,
          url: playback[manifest],
        }),
      ),
    );
    for (const end of ends) {
      played += 1;
      stalls += end.stalls;
      errors += end.errors.length;
      dropped += end.dropped;
      frames += end.frames;
    }
    run.say(`${kind.name}: played in ${subjects.map(([player]) => player).join(", ")}`);
  }
  run.measure("kinds times players", played);
  run.measure("stalls", stalls);
  run.measure("errors", errors);
  run.measure("frames shown", frames - dropped);
  run.measure("frames dropped", dropped);
}
