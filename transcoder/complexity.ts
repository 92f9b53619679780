// How hard a film is to compress: two short trial encodes, small and fast, at constant quality. The order that they put
// films in is good enough to choose caps by; the film itself is never encoded for it.
import type { Probe, ProbedVideo } from "#workers/transcoding/contract.ts";
import { runTool } from "./ffmpeg/run.ts";
import { analysis } from "./video-recipe.ts";

export type Complexity = NonNullable<Probe["complexity"]>;

export interface Trials {
  /** Null where nothing could be encoded: the film is then treated as any of its size. */
  readonly complexity: Complexity | null;
  readonly cpuSeconds: number;
}

const trialSeconds = 1.5;
/** Of the film; not its beginning, which is often black, nor its end, which is titles. */
const places = [0.25, 0.6];
const trialSide = 360;
/** A trial that takes longer says what it found so far. */
const maxCpuSeconds = 2;
const maxWallSeconds = 8;
const fewestFrames = 5;

export async function measureComplexity(path: string, probe: Probe, signal: AbortSignal): Promise<Trials> {
  const video = probe.streams.filter(isFilm)[0];
  if (!video) return { complexity: null, cpuSeconds: 0 };
  const seconds = video.endSeconds - video.startSeconds;
  const one = seconds < trialSeconds / (1 - Math.max(...places));
  const starts = one ? [video.startSeconds] : places.map((share) => video.startSeconds + share * seconds);
  const size = trialSize(video);
  const trials = await Promise.all(starts.map((start) => encode(path, video.index, start, size, signal)));
  const cpuSeconds = trials.reduce((sum, trial) => sum + trial.cpuSeconds, 0);
  const frames = trials.reduce((sum, trial) => sum + trial.frames, 0);
  const bytes = trials.reduce((sum, trial) => sum + trial.bytes, 0);
  const rate = video.averageFrameRate;
  if (frames < fewestFrames || !rate) return { complexity: null, cpuSeconds };
  const bitrateBps = Math.max(1, Math.round((bytes * 8 * rate.numerator) / (frames * rate.denominator)));
  return { complexity: { bitrateBps, ...size }, cpuSeconds };
}

function isFilm(stream: Probe["streams"][number]): stream is ProbedVideo {
  return stream.kind === "video" && stream.packetCount > 1;
}

/** The shorter side at `trialSide`, never larger than the source, even. */
function trialSize({ width, height }: ProbedVideo): { width: number; height: number } {
  const factor = Math.min(1, trialSide / Math.min(width, height));
  const even = (length: number) => Math.max(2, 2 * Math.round((length * factor) / 2));
  return { width: even(width), height: even(height) };
}

async function encode(
  path: string,
  streamIndex: number,
  startSeconds: number,
  { width, height }: { readonly width: number; readonly height: number },
  signal: AbortSignal,
): Promise<{ frames: number; bytes: number; cpuSeconds: number }> {
  let rest = "";
  let frames = 0;
  let bytes = 0;
  const run = await runTool({
    tool: "ffmpeg",
    args: [
      // To the key frame before: from there on is as good a place.
      ...[...analysis, "-seek_timestamp", "1", "-noaccurate_seek", "-ss", startSeconds.toFixed(3)],
      ...["-noautorotate", "-t", String(trialSeconds), "-i", path, "-map", `0:${streamIndex}`],
      ...["-vf", `scale=${width}:${height}:flags=fast_bilinear,format=yuv420p`, "-fps_mode", "passthrough"],
      ...[
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-crf",
        "26",
        "-threads:v",
        "1",
        "-f",
        "framecrc",
        "pipe:1",
      ],
    ],
    signal,
    limits: {
      cpuSeconds: maxCpuSeconds,
      wallSeconds: maxWallSeconds,
      addressSpaceBytes: 8e9,
      fileSizeBytes: 1,
    },
    onStdout: (piece) => {
      const lines = (rest + Buffer.from(piece).toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        // stream, dts, pts, duration, size, checksum
        const size = Number(/^0,(?:\s*-?\d+,){3}\s*(\d+),/.exec(line)?.[1] ?? Number.NaN);
        if (Number.isNaN(size)) continue;
        frames++;
        bytes += size;
      }
    },
  });
  signal.throwIfAborted();
  return { frames, bytes, cpuSeconds: run.cpuSeconds };
}
