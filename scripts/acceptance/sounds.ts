// Sounds in files of their own, added to a film that is encoded: uploaded and imported, longer and shorter than the film,
// of a container whose clock begins anywhere. Each keeps to the picture, and is picked in every player.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { launchChromium, Player, servePlayers, type PlayerKind } from "../../e2e/browser/chromium.ts";
import { run as runTool } from "../stack/bundle.ts";
import type { Stack } from "../stack/stack.ts";
import type { Check, CheckRun } from "./check.ts";
import { encode, playbackOf } from "./encoded.ts";
import { makeFlashAndBeep, markCount, measureOffsets, type Marks } from "./flash-and-beep.ts";
import { until } from "./until.ts";

const toleratedMs = 40;
const film: Marks = { numerator: 30, denominator: 1, durationSeconds: 40, periodFrames: 300 };
const quiet = ["-nostdin", "-hide_banner", "-loglevel", "error", "-y"];

interface Dub {
  readonly language: string;
  readonly file: string;
  readonly seconds: number;
  readonly options: readonly string[];
  readonly by: "upload" | "import";
}

const dubs: readonly Dub[] = [
  { language: "de", file: "longer.m4a", seconds: 60, options: ["-c", "copy"], by: "upload" },
  // Its clock begins at 1.4 s.
  { language: "fr", file: "clock.ts", seconds: 40, options: ["-c", "copy"], by: "upload" },
  { language: "es", file: "shorter.mp3", seconds: 20, options: ["-c:a", "libmp3lame"], by: "import" },
];

async function makeDub(run: CheckRun, { file, seconds, options }: Dub): Promise<string> {
  const whole = join(run.scratch, `${file}.mp4`);
  await makeFlashAndBeep(whole, { ...film, durationSeconds: seconds });
  const path = join(run.scratch, file);
  await runTool("ffmpeg", [...quiet, "-i", whole, "-vn", ...options, path]);
  return path;
}

async function send<T>(stack: Stack, method: string, path: string, json?: object): Promise<T> {
  const answer = await fetch(`${stack.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": "application/json" },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function addDub(run: CheckRun, stack: Stack, videoId: string, dub: Dub): Promise<void> {
  const path = await makeDub(run, dub);
  const bytes = await readFile(path);
  const audioTrack = { language: dub.language };
  if (dub.by === "upload") {
    const asked = { videoId, audioTrack, sizeBytes: bytes.length };
    const { url } = await send<{ url: string }>(stack, "POST", "/v1/uploads", asked);
    const put = await fetch(url, { method: "PUT", body: new Uint8Array(bytes) });
    run.expect(put.ok, `PUT of ${dub.file} answers ${put.status}`);
    return;
  }
  const server = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "audio/mpeg", "Content-Length": bytes.length }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  run.defer(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await send(stack, "POST", "/v1/imports", {
    url: `http://127.0.0.1:${port}/${dub.file}`,
    videoId,
    audioTrack,
  });
}

interface ListedTrack {
  readonly id: string;
  readonly language: string;
  readonly state: string;
}

async function play(run: CheckRun, player: Player, name: string, track: string): Promise<void> {
  const offered = (await player.sounds()).toSorted().join();
  run.expect(
    offered.split(",").length === 4 && offered.includes("de"),
    `${name}: offers sounds in ${offered}`,
  );
  await player.until(({ time }) => time > 1, "playing picture");
  await player.chooseSound("de");
  const isOfTrack = (url: string) => url.includes(`-${track}/`) && url.endsWith(".m4s");
  await until(
    `${name} fetches the sound that was picked`,
    () => player.answers.some(({ url, status }) => status === 200 && isOfTrack(url)),
    20,
  );
  // Behind what was fetched: Shaka that is told to seek while it switches may never ask for the new sound's head.
  await player.seek(20);
  await player.seek(film.durationSeconds - 3);
  const ended = await player.until((state) => state.ended, "end", 60);
  run.say(`${name}: ended at ${ended.time} s with the sound that was picked; ${ended.errors.join("; ")}`);
  run.expect(ended.errors.length === 0, `${name}: ${ended.errors.join("; ")}`);
}

export const sounds: Check = {
  name: "sounds",
  async run(run) {
    const path = join(run.scratch, "film.mp4");
    await makeFlashAndBeep(path, film);
    const stack = await run.startStack();
    const [browser, pages] = await Promise.all([launchChromium(), servePlayers()]);
    run.defer(() => browser.close());
    run.defer(() => pages.close());
    const video = await encode(run, stack, path);
    for (const dub of dubs) await addDub(run, stack, video.id, dub);
    const list = async () =>
      (await send<{ data: readonly ListedTrack[] }>(stack, "GET", `/v1/videos/${video.id}/audio-tracks`))
        .data;
    await until(
      "all sounds are ready",
      async () => (await list()).every(({ state }) => state === "ready"),
      120,
    );
    const listed = await list();
    run.measure(
      "sounds",
      listed.map(({ id, language }) => `${id} ${language}`),
    );
    const { hlsUrl, dashUrl } = playbackOf(video);
    for (const { language, seconds } of dubs) {
      const due = markCount({ ...film, durationSeconds: Math.min(seconds, film.durationSeconds) });
      for (const [how, url] of [
        ["HLS", hlsUrl],
        ["DASH", dashUrl],
      ] as const) {
        const { milliseconds, beeps } = await measureOffsets(`${url}?audioLanguages=${language}`);
        const worst = Math.max(...milliseconds.slice(0, due).map(Math.abs));
        run.say(`${language} by ${how}: ${beeps} beeps, worst ${worst.toFixed(2)} ms`);
        run.measure(`${language} ${how} worst ms`, Math.round(worst * 100) / 100);
        run.expect(
          beeps === due && worst <= toleratedMs,
          `${language} ${how}: ${beeps} beeps of ${due}, ${worst} ms apart`,
        );
      }
    }
    const german = listed.find(({ language }) => language === "de")?.id ?? "";
    const players: readonly (readonly [string, PlayerKind, string])[] = [
      ["hls.js", "hls", hlsUrl],
      ["shaka-hls", "shaka", hlsUrl],
      ["shaka-dash", "shaka", dashUrl],
      ["dash.js", "dash", dashUrl],
    ];
    for (const [name, kind, url] of players) {
      const player = await Player.open(browser, pages, kind, url);
      await play(run, player, name, german);
      await player.close();
    }
  },
};
