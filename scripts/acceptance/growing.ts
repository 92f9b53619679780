// A film that plays from its first frame while the rest is still being encoded, through the seal to `ended`.
import { join } from "node:path";
import { makeClip } from "../demo/clip.ts";
import { uploadFile } from "../demo/upload.ts";
import { getVideo, waitForVideo } from "../demo/video.ts";
import { launchChromium, Player, servePlayers } from "../../e2e/browser/chromium.ts";
import type { Check } from "./check.ts";
import { playbackOf } from "./encoded.ts";
import { checkStart, checkWhole } from "./players.ts";

const durationSeconds = 144;
/** Playback past this must still meet an encode. */
const stillEncodingSeconds = 10;
/** A player learns of the seal at its next reload of the playlist. */
const reloadSeconds = 15;

/** hls.js's word for a player that has shown all there is yet: on a slow machine playback outruns the encode. */
const isStarvation = (error: string) => error.trim() === "hls.js: bufferStalledError";

export const growing: Check = {
  name: "growing",
  async run(run) {
    // A transport stream has no index: nothing of it plays before its first rendition.
    const path = join(run.scratch, "clip.ts");
    await makeClip({ path, durationSeconds, width: 854, height: 480 });
    const stack = await run.startStack();
    const [browser, pages] = await Promise.all([launchChromium(), servePlayers()]);
    run.defer(() => browser.close());
    run.defer(() => pages.close());
    const { videoId } = await uploadFile(stack, path);
    const uploadedMs = Date.now();
    const sinceUpload = () => Math.round((Date.now() - uploadedMs) / 100) / 10;
    const playable = await waitForVideo(stack, videoId, ({ status }) => status.playable, {
      deadlineSeconds: 300,
    });
    run.measure("playable after seconds", sinceUpload());
    run.say(`playable at ${playable.status.percent} %`);
    const { hlsUrl, dashUrl } = playbackOf(playable);
    const dash = await fetch(dashUrl);
    const problem = (await dash.json()) as { readonly code: string };
    run.expect(
      dash.status === 409 && problem.code === "notYetComplete",
      `DASH before the seal answers ${dash.status} ${problem.code}`,
    );
    const ready = waitForVideo(stack, videoId, ({ status }) => status.state === "ready", {
      deadlineSeconds: 1200,
    }).then(sinceUpload);

    const play = async (kind: "hls" | "shaka") => {
      const player = await Player.open(browser, pages, kind, hlsUrl);
      const started = await player.until(({ time }) => time > 0.5, "playing picture", 120);
      checkStart(run, kind, started);
      await player.until(({ time }) => time > stillEncodingSeconds, "play", 300);
      const { status } = await getVideo(stack, videoId);
      run.say(`${kind} is past ${stillEncodingSeconds} s: ${status.state} at ${status.percent} %`);
      run.measure(`${kind} percent encoded at ${stillEncodingSeconds} s`, status.percent);
      run.expect(
        status.state === "processing",
        `${kind}: ${status.state} when playback passed ${stillEncodingSeconds} s`,
      );
      await ready;
      await new Promise((resolve) => setTimeout(resolve, reloadSeconds * 1000));
      const sealed = await player.state();
      await player.rate(2);
      const ended = await player.until((state) => state.ended, "end", 600);
      if (run.screenshots !== null) await player.screenshot(join(run.screenshots, `growing-${kind}.png`));
      run.say(`${kind} ended at ${ended.time} s after ${ended.stalls} stalls: ${ended.errors.join("; ")}`);
      checkWhole(run, kind, ended, durationSeconds);
      const errors = ended.errors.filter((error) => !isStarvation(error));
      run.expect(errors.length === 0, `${kind}: ${errors.join("; ")}`);
      run.expect(ended.stalls === sealed.stalls, `${kind}: stalls though all of it is there`);
      run.measure(`${kind} stalls waiting for the encode`, sealed.stalls);
      run.measure(`${kind} stalls after the seal`, ended.stalls - sealed.stalls);
      run.measure(`${kind} errors`, errors.length);
      run.measure(`${kind} played to seconds`, ended.played.at(-1)?.[1] ?? 0);
      await player.close();
    };
    await Promise.all([play("hls"), play("shaka")]);
    run.measure("ready after seconds", await ready);
  },
};
