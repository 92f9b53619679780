// One chunk, all rungs: encode, check every frame, upload, report.
import { openAsBlob } from "node:fs";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { ok, type Result } from "#workers/result.ts";
import type { ChunkTrack, VideoWork } from "#workers/transcoding/contract.ts";
import { assembleChunk, type ChunkFault } from "./assemble-chunk.ts";
import { partsOf } from "./chunk-parts.ts";
import { encodeLimits } from "./encode-limits.ts";
import { runTool, type RunResult } from "./ffmpeg/run.ts";
import { log } from "./log.ts";
import { lastLines, ranOutOfRoom, runFault, runnerFault, sourceFault } from "./outcome.ts";
import type { TaskFailure, TaskOutcome } from "./outcome.ts";
import { seekableVideo } from "./seekable.ts";
import type { TaskContext } from "./task-context.ts";
import { verifyVideo } from "./verify-chunk.ts";
import { chunkFile, videoArguments, type DecodeFrom, type RecipeInput } from "./video-recipe.ts";

/** Slow presets of 4K on one core; the wall limit only ends what hangs. */
const wallPerSecond = 120;
/** Share of the work that is encoding; the rest is upload. */
const encodeShare = 0.9;

export async function encodeVideo(work: VideoWork, context: TaskContext): Promise<TaskOutcome> {
  const tracks = await encodeFromSource(work, context);
  if (!tracks.ok) return tracks;
  const checked = await verifyVideo(work, tracks.value.map(asVideoTrack), context);
  if (!checked.ok) return checked;
  for (const [index, { rung, paths }] of tracks.value.entries()) {
    const body = new Blob(await Promise.all(paths.map((path) => openAsBlob(path))));
    const sent = await context.put(rung.upload, body);
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
  /** Of the parts, in order. */
  readonly paths: readonly string[];
  readonly track: ChunkTrack;
}

type Encoded = Result<readonly EncodedTrack[], TaskFailure>;
type Source = Pick<RecipeInput, "path" | "streamIndex">;

const asVideoTrack = ({ rung, track, paths: [path = ""] }: EncodedTrack) => ({ rung, track, path });

/** What FFmpeg makes of a hole is worse than nothing: a sparse source gives a chunk without a complaint, or none. */
async function encodeFromSource(work: VideoWork, context: TaskContext): Promise<Encoded> {
  const { source } = context;
  if (source.isSparse()) {
    const sparse = await encodeIn(
      "sparse",
      work,
      { path: source.path, streamIndex: work.streamIndex },
      context,
    );
    if (sparse.ok) return sparse;
    const { code, message } = sparse.reason;
    log("warn", "sparseSourceFellShort", { chunk: work.chunk, code, message });
    const whole = await source.fetchWhole();
    if (!whole.ok) return whole;
  }
  const seekable = await seekableVideo(context, work.streamIndex);
  return seekable.ok ? encodeIn("whole", work, seekable.value, context) : seekable;
}

async function encodeIn(
  folder: "sparse" | "whole",
  work: VideoWork,
  file: Source,
  context: TaskContext,
): Promise<Encoded> {
  const dir = join(context.dir, folder);
  await mkdir(dir);
  const encoded = await encodeChunk(work, file, { ...context, dir }, folder === "sparse");
  if (!encoded.ok) await rm(dir, { recursive: true, force: true });
  return encoded;
}

/** All parts, as many at a time as the machine has cores. The first that fails ends the others. */
async function encodeChunk(
  work: VideoWork,
  file: Source,
  context: TaskContext,
  isSparse: boolean,
): Promise<Encoded> {
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const frames = new Map<number, number>();
  const encoding = partsOf(work).map((part, index) =>
    context.encoders.run(async () => {
      signal.throwIfAborted();
      const dir = join(context.dir, `part-${index}`);
      await mkdir(dir);
      const onFrame = (frame: number) => {
        frames.set(index, Math.min(frame, part.frameCount));
        const done = [...frames.values()].reduce((sum, count) => sum + count, 0);
        context.progress((encodeShare * done) / work.frameCount);
      };
      const encoded = await encodePart(part, file, { ...context, dir, signal, onFrame, isSparse });
      if (!encoded.ok) failed.abort();
      return encoded;
    }),
  );
  const ends = await Promise.allSettled(encoding);
  const parts: (readonly EncodedTrack[])[] = [];
  for (const end of ends) {
    if (end.status === "fulfilled" && !end.value.ok) return end.value;
  }
  for (const end of ends) {
    if (end.status === "rejected") throw end.reason;
    if (end.value.ok) parts.push(end.value.value);
  }
  return joinParts(parts);
}

function joinParts(parts: readonly (readonly EncodedTrack[])[]): Encoded {
  const joined: EncodedTrack[] = [];
  for (const [index, first] of (parts[0] ?? []).entries()) {
    const same = parts.flatMap((tracks) => tracks[index] ?? []);
    if (same.some(({ track }) => track.initBase64 !== first.track.initBase64)) {
      return runnerFault(`${first.rung.track}: the parts of a chunk differ in their init segments`);
    }
    joined.push({
      rung: first.rung,
      paths: same.flatMap(({ paths }) => paths),
      track: { ...first.track, fragments: same.flatMap(({ track }) => track.fragments) },
    });
  }
  return ok(joined);
}

interface PartContext extends Pick<TaskContext, "dir" | "signal" | "cpus" | "addCpuSeconds"> {
  readonly onFrame: (frame: number) => void;
  readonly isSparse: boolean;
}

/**
 * A container's index can lie about where its key frames are, and a picture may start later than the chunk.
 * Both show as missing frames after a seek, so then the file is decoded from its start before it is blamed.
 */
async function encodePart(part: VideoWork, file: Source, context: PartContext): Promise<Encoded> {
  const sought = await encodeFrom("seek", part, file, context);
  if (sought.kind !== "missingFrames" || part.firstFrame === 0 || context.isSparse) return toResult(sought);
  return toResult(await encodeFrom("start", part, file, context));
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
  file: Source,
  context: PartContext,
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
    limits: encodeLimits(
      (decodedFrames * denominator) / numerator,
      wallPerSecond,
      context.cpus,
      2 * largest,
      work.rungs.reduce((sum, { width, height }) => sum + width * height, 0),
    ),
    onProgress: ({ frame }) => context.onFrame(frame),
  });
  context.signal.throwIfAborted();
  context.addCpuSeconds(run.cpuSeconds);
  if (run.exit.kind !== "code" || run.exit.code !== 0 || ranOutOfRoom(run)) {
    return { kind: "failed", failure: runFault("the encoder failed", run) };
  }
  if (context.isSparse && run.complained) {
    return { kind: "failed", failure: runFault("the part of the source that is here is not enough", run) };
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
    tracks.push({ rung, paths: [path], track: assembled.value.track });
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
