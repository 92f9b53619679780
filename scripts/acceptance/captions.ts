// Captions that were uploaded, as WebVTT and as SRT, in every player: listed by language, picked, written over the picture at
// their times, after a seek too, and changed for those of another language.
import { join } from "node:path";
import { makeClip } from "../demo/clip.ts";
import type { Stack } from "../stack/stack.ts";
import { launchChromium, Player, servePlayers, type PlayerKind } from "../../e2e/browser/chromium.ts";
import type { Check, CheckRun } from "./check.ts";
import { encode, playbackOf } from "./encoded.ts";
import { until } from "./until.ts";

const durationSeconds = 30;
const deadlineSeconds = 20;

interface Uploaded {
  readonly name: string;
  readonly query: string;
  readonly type: string;
  readonly text: string;
}

const clock = (seconds: number, mark: string) => `00:00:${String(seconds).padStart(2, "0")}${mark}000`;
/** One cue for every five seconds. */
const cues = (words: string, mark: string) =>
  [0, 5, 10, 15, 20, 25]
    .map((at, number) => `${number + 1}\n${clock(at, mark)} --> ${clock(at + 5, mark)}\n${words} ${at}\n`)
    .join("\n");

const files: readonly Uploaded[] = [
  { name: "en", query: "?default=true", type: "text/vtt", text: `WEBVTT\n\n${cues("Said at", ".")}` },
  { name: "de", query: "", type: "application/x-subrip", text: cues("Gesagt bei", ",") },
  { name: "en.forced", query: "", type: "text/vtt", text: `WEBVTT\n\n${cues("Sign at", ".")}` },
];

async function upload(stack: Stack, videoId: string, { name, query, type, text }: Uploaded): Promise<void> {
  const answer = await fetch(`${stack.url}/v1/videos/${videoId}/captions/${name}${query}`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": type },
    body: text,
  });
  if (!answer.ok) throw new Error(`PUT captions ${name}: ${answer.status} ${await answer.text()}`);
}

async function read(run: CheckRun, name: string, player: Player): Promise<void> {
  const offered = (await player.texts()).filter(({ forced }) => !forced).map(({ language }) => language);
  run.measure(`${name} languages`, offered);
  run.expect(offered.toSorted().join() === "de,en", `${name}: offers texts in ${offered.join(", ")}`);
  const shows = (text: string) =>
    until(`${name} shows "${text}"`, async () => (await player.cues()).includes(text), deadlineSeconds).catch(
      async (error: unknown) => {
        throw new Error(`${String(error)}, but ${JSON.stringify(await player.cues())}`);
      },
    );
  await player.chooseText("de");
  await player.until(({ time }) => time > 1, "playing picture");
  await shows("Gesagt bei 0");
  await player.seek(16, deadlineSeconds);
  await shows("Gesagt bei 15");
  if (run.screenshots !== null) await player.screenshot(join(run.screenshots, `captions-${name}.png`));
  await player.chooseText("en");
  await until(
    `${name} changes the language`,
    async () => (await player.cues()).some((text) => text.startsWith("Said at")),
    deadlineSeconds,
  );
  await player.seek(11, deadlineSeconds);
  await shows("Said at 10");
  const written = await player.cues();
  run.expect(written.length === 1, `${name}: writes ${written.join(" and ")} at once`);
  const { errors } = await player.state();
  run.expect(errors.length === 0, `${name}: ${errors.join("; ")}`);
  run.say(`${name}: both languages at their times`);
}

export const captions: Check = {
  name: "captions",
  async run(run) {
    const path = join(run.scratch, "clip.mp4");
    await makeClip({ path, durationSeconds, width: 640, height: 360 });
    const stack = await run.startStack();
    const video = await encode(run, stack, path);
    for (const file of files) await upload(stack, video.id, file);
    const { hlsUrl, dashUrl } = playbackOf(video);
    const [browser, pages] = await Promise.all([launchChromium(), servePlayers()]);
    run.defer(() => browser.close());
    run.defer(() => pages.close());
    const subjects: readonly (readonly [name: string, kind: PlayerKind, url: string])[] = [
      ["hls.js", "hls", hlsUrl],
      ["shaka-hls", "shaka", hlsUrl],
      ["shaka-dash", "shaka", dashUrl],
      ["dash.js", "dash", dashUrl],
    ];
    // What was known of it may be remembered for some seconds.
    const told = async () => (await (await fetch(hlsUrl)).text()).includes('LANGUAGE="de"');
    await until("the manifest tells of captions", told, 70);
    for (const [name, kind, url] of subjects) {
      const player = await Player.open(browser, pages, kind, url);
      try {
        await read(run, name, player);
      } catch (error) {
        run.expect(false, `${name}: ${String(error)}`);
      }
      await player.close();
    }
  },
};
