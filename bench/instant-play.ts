// How long after the last byte of an upload has left the client a viewer has a media segment: manifest, playlist and
// segment fetched one after the other, as a player does. The files differ in length, which must not matter, and in
// whether they can be played as they are.
import { execFile } from "node:child_process";
import { mkdtempSync, openAsBlob, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startStack, type Stack } from "../scripts/stack/stack.ts";
import { judge, type Claim } from "./claim.ts";
import type { Result } from "./results.ts";

const run = promisify(execFile);

interface Kind {
  readonly name: string;
  readonly seconds: number;
  readonly file: string;
  /** Of FFmpeg, from the clip of a minute. */
  readonly muxer: readonly string[];
  readonly aimSeconds: number;
}

const copy = ["-c", "copy"];
const kinds: readonly Kind[] = [
  ...[60, 600, 7200].flatMap((seconds): Kind[] => [
    { name: "MP4, index last", seconds, file: "last.mp4", muxer: copy, aimSeconds: 0.5 },
    {
      name: "MP4, index first",
      seconds,
      file: "first.mp4",
      muxer: [...copy, "-movflags", "+faststart"],
      aimSeconds: 0.5,
    },
  ]),
  { name: "MKV with Cues", seconds: 600, file: "film.mkv", muxer: copy, aimSeconds: 1 },
  { name: "MKV with Cues", seconds: 7200, file: "film.mkv", muxer: copy, aimSeconds: 1 },
];
const unfit: Kind = {
  name: "MPEG-TS, which waits for its first rung",
  seconds: 60,
  file: "unfit.ts",
  muxer: copy,
  aimSeconds: 8,
};
const lastBytes = 64 * 1024;
const bodyBytes = 64 * 1024 * 1024;

export const instantPlay: Claim = {
  name: "instant-play",
  run: async ({ quick }) => {
    const directory = mkdtempSync(join(tmpdir(), "sluice-bench-"));
    try {
      const [small, large] = [join(directory, "small.mp4"), join(directory, "large.mp4")];
      await makeMinute(small, "640x360", "400k");
      await makeMinute(large, "1920x1080", "5M");
      const chosen = kinds.filter(({ seconds }) => !quick || seconds < 7200);
      const rows: Result[] = [];
      for (const kind of chosen) rows.push(await measure(kind, small, directory, 0, quick ? 3 : 5));
      rows.push(await measure(unfit, large, directory, 1, quick ? 1 : 3));
      return rows;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function makeMinute(path: string, size: string, rate: string): Promise<void> {
  const picture = `testsrc2=s=${size}:r=30:d=60`;
  await run("ffmpeg", [
    ...["-v", "error", "-y", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=d=60"],
    ...["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "60", "-b:v", rate],
    ...["-maxrate", rate, "-bufsize", rate, "-c:a", "aac", "-shortest", path],
  ]);
}

/** Each film in a stack of its own: a folder of many gigabytes would slow the later ones down. */
async function measure(
  kind: Kind,
  minute: string,
  directory: string,
  runners: number,
  rounds: number,
): Promise<Result> {
  const path = join(directory, kind.file);
  const loops = String(kind.seconds / 60 - 1);
  await run("ffmpeg", ["-v", "error", "-y", "-stream_loop", loops, "-i", minute, ...kind.muxer, path]);
  const dataDirectory = join(directory, "data");
  const stack = await startStack({
    port: 0,
    dataDirectory,
    runners,
    web: false,
    unlimited: true,
    onNotice: (sentence) => process.stderr.write(`${sentence}\n`),
  });
  const values: number[] = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      const seconds = await secondsToSegment(stack, path);
      // The first upload loads the code of all later ones.
      if (round > 0) values.push(seconds);
    }
  } finally {
    await stack.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
    rmSync(path, { force: true });
  }
  const size = `${Math.round(kind.seconds / 60)} min`;
  return judge({
    name: `instant-play-${kind.file.replace(/\W/g, "-")}-${kind.seconds}`,
    unit: "s",
    values,
    aim: { of: "value", is: "<=", bound: kind.aimSeconds },
    note: `${kind.name}, ${size}: from the request with the last 64 KiB to the whole of the first segment`,
  });
}

async function secondsToSegment(stack: Stack, path: string): Promise<number> {
  const { size } = statSync(path);
  const authorization = { Authorization: `Bearer ${stack.apiKey}` };
  const tus = { "Tus-Resumable": "1.0.0" };
  const created = await answered(201, `${stack.url}/v1/uploads/tus`, {
    method: "POST",
    headers: { ...tus, ...authorization, "Upload-Length": String(size) },
  });
  const url = created.headers.get("Location") ?? "";
  const videoUrl = `${stack.url}/v1/videos/${created.headers.get("Sluice-Video-Id") ?? ""}`;
  const video = (await (await answered(200, videoUrl, { headers: authorization })).json()) as {
    readonly playbackIds: readonly { readonly hlsUrl: string }[];
  };
  const file = await openAsBlob(path);
  const send = (from: number, to: number) =>
    answered(204, url, {
      method: "PATCH",
      headers: {
        ...tus,
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": String(from),
      },
      body: file.slice(from, to),
    });
  const last = size - lastBytes;
  for (let from = 0; from < last; from += bodyBytes) await send(from, Math.min(last, from + bodyBytes));
  const startedMs = performance.now();
  await send(last, size);
  await fetchFirstSegment(video.playbackIds[0]?.hlsUrl ?? "");
  const seconds = (performance.now() - startedMs) / 1000;
  await answered(204, videoUrl, { method: "DELETE", headers: authorization });
  return seconds;
}

async function fetchFirstSegment(hlsUrl: string): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  let manifest = await fetch(hlsUrl);
  while (manifest.status === 409 || manifest.status === 404) {
    await manifest.body?.cancel();
    if (Date.now() > deadlineMs) throw new Error("nothing plays after a minute");
    await new Promise((resolve) => setTimeout(resolve, 50));
    manifest = await fetch(hlsUrl);
  }
  const lineOf = (text: string, ends: string) =>
    text.split("\n").find((line) => !line.startsWith("#") && line.endsWith(ends)) ?? "";
  const playlistUrl = new URL(lineOf(await manifest.text(), "/index.m3u8"), hlsUrl);
  const playlist = await answered(200, String(playlistUrl), {});
  const segmentUrl = new URL(lineOf(await playlist.text(), ".m4s"), playlistUrl);
  await (await answered(200, String(segmentUrl), {})).arrayBuffer();
}

async function answered(status: number, url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, init);
  if (answer.status === status) return answer;
  throw new Error(`${url} answered ${answer.status}, not ${status}: ${await answer.text()}`);
}
