// Both manifests, by FFmpeg as the independent reader: nothing to warn of, the right durations and streams,
// and every frame of every rendition decodes.
import { join } from "node:path";
import { makeClip } from "../demo/clip.ts";
import { capture } from "./capture.ts";
import type { Check, CheckRun } from "./check.ts";
import { encode, playbackOf } from "./encoded.ts";

const durationSeconds = 60;
const frameRate = 30;
const renditions = 4;

interface Probed {
  readonly format: { readonly duration?: string };
  readonly streams: readonly { readonly codec_type: string }[];
}

async function checkManifest(run: CheckRun, name: string, url: string): Promise<void> {
  const probe = await capture("ffprobe", [
    ...["-hide_banner", "-v", "warning", "-show_format", "-show_streams", "-of", "json", url],
  ]);
  run.expect(probe.code === 0 && probe.stderr === "", `ffprobe on ${name}: ${probe.code} ${probe.stderr}`);
  const { format, streams } = JSON.parse(probe.stdout.toString()) as Probed;
  const count = (kind: string) => streams.filter((stream) => stream.codec_type === kind).length;
  const seconds = Number(format.duration);
  run.measure(`${name} warnings`, probe.stderr);
  run.measure(`${name} duration seconds`, seconds);
  run.measure(`${name} video streams`, count("video"));
  run.measure(`${name} audio streams`, count("audio"));
  run.expect(Math.abs(seconds - durationSeconds) < 0.1, `${name} lasts ${seconds} s`);
  run.expect(
    count("video") === renditions && count("audio") === 1 && streams.length === renditions + 1,
    `${name} has ${streams.map((stream) => stream.codec_type).join(", ")}`,
  );

  const frames: number[] = [];
  for (let stream = 0; stream < renditions; stream += 1) {
    const decoded = await decode(run, name, url, `0:v:${stream}`);
    frames.push(decoded.length);
    run.expect(
      decoded.length === durationSeconds * frameRate,
      `${name} stream ${stream} has ${decoded.length} frames`,
    );
  }
  const sound = await decode(run, name, url, "0:a:0");
  const samples = sound.reduce((sum, { duration }) => sum + duration, 0);
  run.expect(Math.abs(samples / 48_000 - durationSeconds) < 0.1, `${name} has ${samples} samples of sound`);
  run.measure(`${name} frames decoded`, frames);
  run.measure(`${name} sound samples decoded`, samples);
}

/**
 * The frames of one stream, and no word of complaint. One at a time: FFmpeg 5.1's DASH demuxer ends all streams
 * when the first one ends, and loses the last packets of those that it reads later.
 */
async function decode(run: CheckRun, name: string, url: string, stream: string) {
  const { code, stdout, stderr } = await capture("ffmpeg", [
    ...["-nostdin", "-hide_banner", "-v", "warning", "-i", url],
    ...["-map", stream, "-fps_mode", "passthrough", "-f", "framemd5", "-"],
  ]);
  run.expect(code === 0 && stderr === "", `ffmpeg on ${name} ${stream}: ${code} ${stderr}`);
  return stdout
    .toString()
    .split("\n")
    .filter((line) => /^\d/.test(line))
    .map((line) => ({ duration: Number(line.split(",")[3]) }));
}

export const ffprobe: Check = {
  name: "ffprobe",
  async run(run) {
    const path = join(run.scratch, "clip.mp4");
    await makeClip({ path, durationSeconds, width: 1280, height: 720, frameRate });
    const stack = await run.startStack();
    const { hlsUrl, dashUrl } = playbackOf(await encode(run, stack, path));
    await checkManifest(run, "HLS", hlsUrl);
    await checkManifest(run, "DASH", dashUrl);
  },
};
