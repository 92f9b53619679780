// What independent readers say of a file.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const maxBuffer = 100_000_000;

export interface Packet {
  readonly ptsSeconds: number;
  readonly dtsSeconds: number;
  readonly durationSeconds: number;
}

/** Of the first stream of its kind. */
export async function packets(path: string, kind: "v" | "a"): Promise<readonly Packet[]> {
  const entries = "packet=pts_time,dts_time,duration_time";
  const { stdout } = await run(
    "ffprobe",
    ["-v", "error", "-select_streams", `${kind}:0`, "-show_entries", entries, "-of", "json", path],
    {
      maxBuffer,
    },
  );
  const { packets } = JSON.parse(stdout) as { packets: Record<string, string>[] };
  return packets.map((packet) => ({
    ptsSeconds: Number(packet["pts_time"]),
    dtsSeconds: Number(packet["dts_time"]),
    durationSeconds: Number(packet["duration_time"]),
  }));
}

export async function streamOf(path: string): Promise<Record<string, unknown>> {
  const { stdout, stderr } = await run("ffprobe", ["-v", "warning", "-show_streams", "-of", "json", path]);
  if (stderr !== "") throw new Error(stderr);
  const { streams } = JSON.parse(stdout) as { streams: Record<string, unknown>[] };
  return streams[0] ?? {};
}

/** A filter for sources: picture N shows the bits of N as ten bright or dark columns. */
export const numbered = `format=yuv420p,geq=lum='if(mod(floor(N/pow(2,floor(X*10/W))),2),235,16)':cb=128:cr=128`;

/** The numbers that the pictures of a file show, in order of presentation. */
export async function shownNumbers(path: string): Promise<readonly number[]> {
  const filter = ["-vf", "scale=10:1:flags=area,format=gray", "-fps_mode", "passthrough"];
  const { stdout } = await run("ffmpeg", ["-v", "error", "-i", path, ...filter, "-f", "rawvideo", "-"], {
    encoding: "buffer",
    maxBuffer,
  });
  return Array.from({ length: stdout.length / 10 }, (_, at) =>
    [...stdout.subarray(at * 10, at * 10 + 10)].reduce(
      (sum, luma, bit) => sum + (luma > 125 ? 2 ** bit : 0),
      0,
    ),
  );
}

/** Decoded sound as a player hears it: edit list applied, mono, 48 kHz. */
export async function heardSamples(path: string): Promise<Float32Array> {
  // What lies before 0 is priming: FFmpeg decodes it, with negative times.
  const args = [
    "-v",
    "error",
    "-copyts",
    "-i",
    path,
    "-af",
    "atrim=start=0",
    "-ac",
    "1",
    "-ar",
    "48000",
    "-f",
    "f32le",
    "-",
  ];
  const { stdout } = await run("ffmpeg", args, { encoding: "buffer", maxBuffer });
  return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
}
