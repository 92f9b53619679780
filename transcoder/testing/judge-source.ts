// What becomes of a source: probed, planned and encoded as the product does it, and what came out decoded.
import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { defaultPlanSettings, planVersion, type Plan } from "#workers/transcoding/plan.ts";
import { probeSource } from "../probe.ts";
import { audioWork, splitGrid, videoWork } from "./plans.ts";
import { joinTracks, type EncodedVersion, type RunningRunner } from "./run-tasks.ts";
import type { Outcome } from "./source-set.ts";

const run = promisify(execFile);
const chunkGops = 6;

export async function judgeSource(runner: RunningRunner, path: string, dir: string): Promise<Outcome> {
  const probed = await probeSource(path, (await stat(path)).size, AbortSignal.timeout(60_000));
  if (probed.kind === "refused") return { kind: "refused", code: probed.code };
  const planned = planVersion(probed.probe, defaultPlanSettings);
  if (!planned.ok) return { kind: "refused", code: planned.reason.code };
  const plan = planned.value;
  const name = path.slice(path.lastIndexOf("/") + 1);
  // Of this source alone: all name their tracks alike.
  runner.server.reports.length = 0;
  const failed = await encodeAll(runner, path, name, plan);
  if (failed !== null) return { kind: "refused", code: failed };
  return { kind: "encoded", facts: await factsOf(runner, name, plan, dir) };
}

/** The code of what failed. */
async function encodeAll(
  { server }: RunningRunner,
  path: string,
  name: string,
  plan: Plan,
): Promise<string | null> {
  const source = server.addSource(name, await readFile(path));
  const chunks = splitGrid(plan, chunkGops);
  const task = { videoId: name };
  const works = [
    ...(plan.video
      ? chunks.map((chunk, number) => ({
          ...videoWork(plan, chunk, source, (track) => server.uploadTo(`${name}/${track}/${number}`)),
          chunk: number,
        }))
      : []),
    ...plan.audios.map((audio) => {
      const { language: _language, ...sound } = audio;
      const uploadTo = (chunk: number) => server.uploadTo(`${name}/${audio.track}/${chunk}`);
      return { ...audioWork(plan, chunks, source, uploadTo), ...sound };
    }),
    ...(plan.subtitles
      ? [
          {
            kind: "subtitles" as const,
            source,
            sourceStartSeconds: plan.subtitles.sourceStartSeconds,
            streams: plan.subtitles.streams.map(({ streamIndex, id }) => ({
              streamIndex,
              upload: server.uploadTo(`${name}/texts/${id}`),
            })),
          },
        ]
      : []),
  ];
  for (const work of works) {
    const ended = await server.queue(work, task);
    if (ended.kind === "fail") return ended.failure.code;
  }
  return null;
}

async function factsOf({ server }: RunningRunner, name: string, plan: Plan, dir: string) {
  const { files } = await joinTracks(server, name, dir);
  const texts = [...server.objects.keys()].filter((key) => key.startsWith(`${name}/texts/`)).length;
  const sounds = await decodedSounds(files, plan);
  const { numerator, denominator } = plan.grid.frameRate;
  const seconds = Math.round(plan.durationSeconds * 10) / 10;
  const shared = { sounds, texts, seconds };
  const top = plan.video?.rungs.at(-1);
  const file = top && files.get(top.track);
  if (!file) return shared;
  const entries = "stream=width,height,pix_fmt,color_transfer,nb_read_frames";
  const { stdout, stderr } = await run("ffprobe", [
    ...["-v", "error", "-count_frames", "-show_entries", entries, "-of", "json", file],
  ]);
  const { streams } = JSON.parse(stdout) as { streams: Record<string, string | number>[] };
  const [stream = {}] = streams;
  const frames = Number(stream["nb_read_frames"]);
  const whole = stderr === "" && frames === plan.grid.frameCount && stream["pix_fmt"] === "yuv420p";
  return {
    ...shared,
    size: whole ? `${stream["width"]}x${stream["height"]}` : `damaged: ${frames} frames, ${stderr}`,
    frames,
    frameRate: `${numerator}/${denominator}`,
    transfer: String(stream["color_transfer"]),
  };
}

/** Tracks of sound that decode without a complaint, as long as the picture. */
async function decodedSounds(
  files: EncodedVersion["files"],
  { audios, durationSeconds }: Plan,
): Promise<number> {
  let sounds = 0;
  for (const { track } of audios) {
    const args = ["-v", "error", "-i", files.get(track) ?? "", "-f", "s16le", "-ac", "1", "-ar", "8000", "-"];
    const { stdout, stderr } = await run("ffmpeg", args, { encoding: "buffer", maxBuffer: 100_000_000 });
    const seconds = stdout.length / 2 / 8000;
    if (stderr.length === 0 && Math.abs(seconds - durationSeconds) < 0.1) sounds++;
  }
  return sounds;
}
