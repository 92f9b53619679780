// One chunk, all rungs: encode, check every frame, upload, report.
import { openAsBlob } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { ok, type Result } from "#workers/result.ts";
import type { ChunkTrack, VideoWork } from "#workers/transcoding/contract.ts";
import { assembleChunk, type ChunkFault } from "./assemble-chunk.ts";
import { encodeLimits } from "./encode-limits.ts";
import { runTool, type RunResult } from "./ffmpeg/run.ts";
import { lastLines, ranOutOfRoom, runFault, runnerFault, sourceFault } from "./outcome.ts";
import type { TaskFailure, TaskOutcome } from "./outcome.ts";
import { seekableVideo } from "./seekable.ts";
import type { TaskContext } from "./task-context.ts";
import { chunkFile, videoArguments, type DecodeFrom, type RecipeInput } from "./video-recipe.ts";

/** Slow presets of 4K on one core; the wall limit only ends what hangs. */
const wallPerSecond = 120;
/** Share of the work that is encoding; the rest is upload. */
const encodeShare = 0.9;

export async function encodeVideo(work: VideoWork, context: TaskContext): Promise<TaskOutcome> {
  const seekable = await seekableVideo(context, work.streamIndex);
  if (!seekable.ok) return seekable;
  const tracks = await encodeChunk(work, seekable.value, context);
  if (!tracks.ok) return tracks;
  for (const [index, { rung, path }] of tracks.value.entries()) {
    const sent = await context.put(rung.upload, await openAsBlob(path));
    if (!sent.ok) return sent;
    context.progress(encodeShare + ((1 - encodeShare) * (index + 1)) / work.rungs.length);
  }
  const reported = await context.reportChunk({
    chunk: work.chunk,
    tracks: tracks.value.map(({ track }) => track),
  });
  return reported.ok ? ok({ kind: "chunks" }) : reported;
}

interface EncodedTrack {
  readonly rung: VideoWork["rungs"][number];
  readonly path: string;
  readonly track: ChunkTrack;
}

type Encoded = Result<readonly EncodedTrack[], TaskFailure>;

/**
 * A container's index can lie about where its key frames are, and a picture may start later than the chunk.
 * Both show as missing frames after a seek, so then the file is decoded from its start before it is blamed.
 */
async function encodeChunk(
  work: VideoWork,
  file: Pick<RecipeInput, "path" | "streamIndex">,
  context: TaskContext,
): Promise<Encoded> {
  const sought = await encodeFrom("seek", work, file, context);
  if (sought.kind !== "missingFrames" || work.firstFrame === 0) return toResult(sought);
  return toResult(await encodeFrom("start", work, file, context));
}

type Attempt =
  | { readonly kind: "done"; readonly tracks: readonly EncodedTrack[] }
  | { readonly kind: "missingFrames"; readonly frames: number; readonly wanted: number }
  | { readonly kind: "failed"; readonly failure: ReturnType<typeof runnerFault> };

function toResult(attempt: Attempt): Encoded {
  switch (attempt.kind) {
    case "done":
      return ok(attempt.tracks);
    case "failed":
      return attempt.failure;
    case "missingFrames": {
      const { frames, wanted } = attempt;
      return sourceFault(
        "sourceTruncated",
        `The file holds ${frames} of the ${wanted} pictures that are due here.`,
      );
    }
  }
}

async function encodeFrom(
  from: DecodeFrom,
  work: VideoWork,
  file: Pick<RecipeInput, "path" | "streamIndex">,
  context: TaskContext,
): Promise<Attempt> {
  const { numerator, denominator } = work.grid.frameRate;
  const lastFrame = work.firstFrame + work.frameCount;
  const decodedFrames = from === "start" ? lastFrame : work.frameCount;
  const largest = Math.max(...work.rungs.map((rung) => rung.upload.maxBytes));
  const run = await runTool({
    tool: "ffmpeg",
    args: ["-y", ...videoArguments(work, { ...file, from })],
    cwd: context.dir,
    signal: context.signal,
    limits: encodeLimits((decodedFrames * denominator) / numerator, wallPerSecond, context.cpus, 2 * largest),
    onProgress: ({ frame }) => context.progress(encodeShare * Math.min(1, frame / work.frameCount)),
  });
  context.signal.throwIfAborted();
  context.addCpuSeconds(run.cpuSeconds);
  if (run.exit.kind !== "code" || run.exit.code !== 0 || ranOutOfRoom(run)) {
    return { kind: "failed", failure: runFault("the encoder failed", run) };
  }
  return assembleAll(work, context.dir, run);
}

async function assembleAll(work: VideoWork, dir: string, run: RunResult): Promise<Attempt> {
  const tracks: EncodedTrack[] = [];
  for (const rung of work.rungs) {
    const encoded = join(dir, chunkFile(rung));
    const assembled = assembleChunk(await readFile(encoded), work, rung);
    if (!assembled.ok) return attemptOf(assembled.reason, run);
    const path = join(dir, `${rung.track}.m4s`);
    await writePieces(path, assembled.value.pieces);
    await rm(encoded);
    tracks.push({ rung, path, track: assembled.value.track });
  }
  return { kind: "done", tracks };
}

function attemptOf(fault: ChunkFault, run: RunResult): Attempt {
  switch (fault.kind) {
    case "missingFrames":
      return fault;
    case "unexpected": {
      const text = `the encoder's output is not what was asked for: ${fault.detail}\n${lastLines(run.stderrTail)}`;
      return { kind: "failed", failure: runnerFault(text) };
    }
  }
}

async function writePieces(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, "w");
  try {
    for (const piece of pieces) await file.writeFile(piece);
  } finally {
    await file.close();
  }
}
