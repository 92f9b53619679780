// A transport or program stream has no index: FFmpeg seeks in it to somewhere near, and frames go wrong. Copied
// once into Matroska, with its own timestamps, it seeks like any file. The copy is kept beside the source.
import { open, rm, stat } from "node:fs/promises";
import { ok, type Result } from "#workers/result.ts";
import { encodeLimits } from "./encode-limits.ts";
import { runTool } from "./ffmpeg/run.ts";
import { runFault, type TaskFailure } from "./outcome.ts";
import type { TaskContext } from "./task-context.ts";
import { analysis } from "./video-recipe.ts";

export interface SeekableFile {
  readonly path: string;
  readonly streamIndex: number;
}

export async function seekableVideo(
  context: TaskContext,
  streamIndex: number,
): Promise<Result<SeekableFile, TaskFailure>> {
  const { source } = context;
  if (!(await lacksIndex(source.path))) return ok({ path: source.path, streamIndex });
  const copy = await source.derived(`picture-${streamIndex}.mkv`, (path) =>
    remux(context, path, streamIndex),
  );
  return copy.ok ? ok({ path: copy.value, streamIndex: 0 }) : copy;
}

async function remux(
  context: TaskContext,
  path: string,
  streamIndex: number,
): Promise<Result<number, TaskFailure>> {
  const { source, signal, cpus } = context;
  const { size } = await stat(source.path);
  const megabytes = size / 1e6;
  const result = await runTool({
    tool: "ffmpeg",
    args: [
      ...["-y", ...analysis, "-copyts", "-fflags", "+genpts", "-i", source.path],
      ...["-map", `0:${streamIndex}`, "-c", "copy", "-map_metadata", "-1", "-map_chapters", "-1"],
      ...["-avoid_negative_ts", "disabled", "-f", "matroska", path],
    ],
    signal,
    limits: encodeLimits(megabytes, 1, cpus, 2 * size + 1e6),
  });
  signal.throwIfAborted();
  context.addCpuSeconds(result.cpuSeconds);
  if (result.exit.kind !== "code" || result.exit.code !== 0) {
    await rm(path, { force: true });
    return runFault("the source can't be made seekable", result);
  }
  return ok((await stat(path)).size);
}

const packSizes = [
  { size: 188, offset: 0 },
  // M2TS: a four-byte time before each packet.
  { size: 192, offset: 4 },
  { size: 204, offset: 0 },
];

/** By its bytes: sync bytes of a transport stream, or the pack header of a program stream. */
async function lacksIndex(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer: head, bytesRead } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
    const at = (offset: number) => (offset < bytesRead ? head[offset] : undefined);
    const transport = packSizes.some(({ size, offset }) =>
      [0, 1, 2].every((n) => at(offset + n * size) === 0x47),
    );
    return transport || (bytesRead >= 4 && head.readUInt32BE(0) === 0x000001ba);
  } finally {
    await file.close();
  }
}
