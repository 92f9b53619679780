// All the sound of a video in one encode: chunks would each add priming. Its chunks are uploaded and reported
// while FFmpeg goes on; at most one waits, so memory stays flat whatever the length.
import { ok, type Result } from "#workers/result.ts";
import type { AudioWork } from "#workers/transcoding/contract.ts";
import { audioCutter, totalSamples, type CutChunk } from "./audio-cutter.ts";
import { encodeLimits } from "./encode-limits.ts";
import { runTool } from "./ffmpeg/run.ts";
import { fragmentStream } from "./fragment-stream.ts";
import { safeMessage } from "./log.ts";
import { lastLines, ranOutOfRoom, runFault, runnerFault, sourceFault } from "./outcome.ts";
import type { TaskFailure, TaskOutcome } from "./outcome.ts";
import type { TaskContext } from "./task-context.ts";
import { verifySound } from "./verify-chunk.ts";
import { analysis, fragmentedOutput } from "./video-recipe.ts";

/** Sound is encoded far faster than real time; this only ends what hangs. */
const wallPerSecond = 2;

export async function encodeAudio(work: AudioWork, context: TaskContext): Promise<TaskOutcome> {
  const stream = fragmentStream();
  const cutter = audioCutter(work);
  const queue = sendQueue(context);
  let fault: string | null = null;
  let started = false;

  const onStdout = async (bytes: Uint8Array) => {
    const parts = stream.push(bytes);
    if (!parts.ok) fault ??= "the encoder wrote something else than fragments";
    for (const part of parts.ok ? parts.value : []) {
      if (fault !== null) break;
      started = true;
      if (part.kind === "init") {
        fault = cutter.onInit(part.bytes);
        continue;
      }
      const cut = cutter.onFragment(part.bytes);
      if (!cut.ok) fault = cut.reason;
      for (const chunk of cut.ok ? cut.value : []) await queue.send(chunk);
    }
    context.progress(Math.min(1, cutter.progress()));
    if (fault !== null || queue.failure()) throw new Stop();
  };

  const seconds = totalSamples(work) / work.sampleRateHz;
  const run = await runTool({
    tool: "ffmpeg",
    args: audioArguments(work, context.source.path),
    cwd: context.dir,
    signal: context.signal,
    limits: encodeLimits(seconds, wallPerSecond, context.cpus, 1),
    onStdout,
  }).catch((error: unknown) => {
    if (error instanceof Stop) return null;
    throw error;
  });
  context.signal.throwIfAborted();
  const refused = queue.failure();
  if (refused) return { ok: false, reason: refused };
  if (fault !== null || run === null) return runnerFault(fault ?? "the encode was stopped");
  context.addCpuSeconds(run.cpuSeconds);
  if (run.exit.kind !== "code" || run.exit.code !== 0 || ranOutOfRoom(run))
    return runFault("the encoder failed", run);
  if (!started) return sourceFault("unreadable", `The sound can't be decoded.\n${lastLines(run.stderrTail)}`);
  const last = stream.isComplete() ? cutter.onEnd() : runnerFault("the encoder's output is cut off");
  if (!last.ok)
    return typeof last.reason === "string" ? runnerFault(last.reason) : { ok: false, reason: last.reason };
  for (const chunk of last.value) await queue.send(chunk);
  const sent = await queue.settle();
  return sent.ok ? ok({ kind: "chunks" }) : sent;
}

class Stop extends Error {}

const encoder: Readonly<Record<AudioWork["codec"], readonly string[]>> = {
  aac: ["-c:a", "aac"],
  // Variable, but never far above: the rate is what players are told.
  opus: ["-c:a", "libopus", "-vbr", "constrained", "-frame_duration", "20"],
};

/** What makes the sound start at 0 and end with the picture. */
function audioArguments(work: AudioWork, path: string): string[] {
  const total = totalSamples(work);
  const filters = [
    `asetpts=round(PTS-(${work.sourceStartSeconds})/TB)`,
    // Gaps become silence and overlaps are cut; sound that starts late is preceded by silence.
    `aresample=${work.sampleRateHz}:async=1:first_pts=0`,
    `apad=whole_len=${total}`,
    `atrim=end_sample=${total}`,
  ];
  return [
    ...[...analysis, "-copyts", "-i", path, "-map", `0:${work.streamIndex}`],
    ...["-map_metadata", "-1", "-map_chapters", "-1", "-af", filters.join(",")],
    ...encoder[work.codec],
    ...["-b:a", String(work.bitrateBps)],
    ...["-ar", String(work.sampleRateHz), "-ac", String(work.channels)],
    ...["-movflags", fragmentedOutput, "-frag_duration", "500000", "-f", "mp4", "pipe:1"],
  ];
}

/** One upload under way while the next chunk fills; `send` waits for the one before. */
function sendQueue(context: TaskContext) {
  let failure: TaskFailure | null = null;
  let current: Promise<void> = Promise.resolve();
  const deliver = async ({ target, bytes, track, firstFrames }: CutChunk) => {
    try {
      const first = bytes.subarray(0, track.fragments[0]?.sizeBytes ?? 0);
      const checked = await verifySound(track, first, firstFrames, context);
      const stored = checked.ok ? await context.put(target.upload, bytes) : checked;
      const sent = stored.ok ? await context.reportChunk({ chunk: target.chunk, tracks: [track] }) : stored;
      if (!sent.ok) failure = sent.reason;
    } catch (error) {
      // The task was aborted, and the signal tells whoever waits for FFmpeg.
      failure = { blame: "runner", code: "encodeFailed", message: safeMessage(error) };
    }
  };
  const send = async (chunk: CutChunk) => {
    await current;
    if (!failure) current = deliver(chunk);
  };
  const settle = async (): Promise<Result<null, TaskFailure>> => {
    await current;
    return failure ? { ok: false, reason: failure } : ok(null);
  };
  return { send, settle, failure: () => failure };
}
