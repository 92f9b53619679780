// The FFmpeg call for one chunk of video, all rungs in one process: decode once, scale each rung from the one
// above it. Pure: a task in, arguments out.
import type { Rung, VideoWork } from "#workers/transcoding/contract.ts";
import { partVbv } from "#workers/transcoding/vbv.ts";
import { toneMapFilter } from "./tone-map.ts";

/**
 * Pictures between the first decode time and the first picture shown, in every published chunk: what x264's
 * B-pyramid needs, at any preset. A chunk that needed fewer (very short, or without B-frames) is shifted to it.
 * AV1 comes in the order in which it is shown: pictures that others are decoded from ride along unseen.
 */
export const presentationDelayFrames: Readonly<Record<Rung["codec"], number>> = { h264: 2, av1: 0 };

/** Muxer flags that keep the edit list (priming, B-frame delay) and cut a fragment at each key frame. */
export const fragmentedOutput = "delay_moov+dash+skip_sidx+skip_trailer";

/** Streams of a transport stream that start late are found by reading this far, as when it was probed. */
export const analysis = ["-analyzeduration", "20000000", "-probesize", "50000000"] as const;

/** `seek`: from the key frame before the chunk. `start`: from the first picture of the file. */
export type DecodeFrom = "seek" | "start";

export interface RecipeInput {
  readonly path: string;
  /** Of the picture, in the file at `path`. */
  readonly streamIndex: number;
  readonly from: DecodeFrom;
}

const seekMarginSeconds = 1;
/** Where a container does not say how long its last picture lasts, FFmpeg and the packets may disagree. */
const endToleranceSeconds = 0.25;

/** As many on every machine: memory, and what is made of a damaged picture, follow from them. */
const threads = "4";

/** Decodes exactly the chunk's frames, on the grid, to the pad `[grid]`. */
export function decodeArguments(work: VideoWork, input: RecipeInput): string[] {
  return [
    "-filter_complex_threads",
    threads,
    "-threads",
    threads,
    ...analysis,
    ...seekArguments(work, input.from),
    "-copyts",
    "-i",
    input.path,
  ];
}

function seekArguments(work: VideoWork, from: DecodeFrom): string[] {
  const { numerator, denominator } = work.grid.frameRate;
  // Past the last picture there is nothing to hold: seek to where it still is.
  const pictures = Math.max(0, work.grid.frameCount - work.holdLastFrames);
  const frame = Math.min(work.firstFrame, pictures);
  const seconds = (frame * denominator) / numerator - seekMarginSeconds;
  if (from === "start" || seconds <= 0) return [];
  // Everything from the key frame before is kept: of a picture shown for long, no later one tells what it was.
  return ["-seek_timestamp", "1", "-noaccurate_seek", "-ss", (work.sourceStartSeconds + seconds).toFixed(6)];
}

export function gridFilter(work: VideoWork, input: RecipeInput): string {
  const { numerator, denominator } = work.grid.frameRate;
  const { firstFrame, frameCount } = work;
  // `start_time` repeats the first picture back to the grid's beginning, when sound starts before it. After a
  // seek it would instead hide that the seek went too far.
  const startsAtFile = input.from === "start" || firstFrame === 0;
  const startSeconds = ((firstFrame * denominator) / numerator).toFixed(9);
  const isLast = firstFrame + frameCount === work.grid.frameCount;
  const tolerance = isLast ? Math.max(2, Math.ceil((endToleranceSeconds * numerator) / denominator)) : 0;
  const hold = work.holdLastFrames + tolerance;
  return [
    // Of the container's start, in whole ticks, so that every chunk shifts by the same.
    `[0:${input.streamIndex}]setpts=round(PTS-(${work.sourceStartSeconds})/TB)`,
    ...(work.deinterlace ? ["bwdif=mode=send_frame:deint=all"] : []),
    `fps=fps=${numerator}/${denominator}${startsAtFile ? `:start_time=${startSeconds}` : ""}`,
    ...(hold > 0 ? [`tpad=stop_mode=clone:stop=${hold}`] : []),
    `trim=start_pts=${firstFrame}:end_pts=${firstFrame + frameCount}`,
    `setpts=N`,
  ].join(",");
}

export function videoArguments(work: VideoWork, input: RecipeInput): string[] {
  const rungs = work.rungs.toSorted((a, b) => b.width * b.height - a.width * a.height);
  const [top] = rungs;
  // Scaled first, because it works in floating point.
  const toSdr = work.toneMap && top ? `,scale=${top.width}:${top.height}:flags=bicubic,${toneMapFilter}` : "";
  return [
    ...decodeArguments(work, input),
    "-filter_complex",
    `${gridFilter(work, input)}${toSdr}[grid];${cascade(rungs)}`,
    ...work.rungs.flatMap((rung) => encoderArguments(work, rung)),
  ];
}

export const chunkFile = (rung: Rung) => `${rung.track}.encoded.mp4`;

function cascade(rungs: readonly Rung[]): string {
  let from = "grid";
  return rungs
    .map((rung, index) => {
      // 8-bit 4:2:0 and limited range, whatever came in; square pixels.
      const scale = `scale=${rung.width}:${rung.height}:flags=bicubic:out_range=tv,format=yuv420p,setsar=1`;
      const input = from;
      from = `next${index}`;
      const output = index === rungs.length - 1 ? `[${rung.track}]` : `,split[${rung.track}][${from}]`;
      return `[${input}]${scale}${output}`;
    })
    .join(";");
}

function encoderArguments(work: VideoWork, rung: Rung): string[] {
  return [
    ...["-map", `[${rung.track}]`, "-map_metadata", "-1", "-map_chapters", "-1", "-fps_mode", "passthrough"],
    ...codecArguments(work, rung),
    ...["-pix_fmt", "yuv420p", "-video_track_timescale", String(work.timescale), "-write_tmcd", "0"],
    ...["-movflags", `frag_keyframe+${fragmentedOutput}`, "-f", "mp4", chunkFile(rung)],
  ];
}

/**
 * One thread: with a cap, the threads of both encoders look at each other's progress, so two runs of the same chunk
 * differ by a few bytes, and machines of different sizes by more. A chunk's bytes must not depend on who encoded it
 * or when. Other cores encode other parts of it (chunk-parts.ts).
 */
function codecArguments(work: VideoWork, rung: Rung): string[] {
  const gop = String(work.grid.gopFrames);
  const vbv = partVbv(rung);
  const quality = ["-crf", String(rung.crf), "-maxrate", String(vbv.maxBitrateBps)];
  const buffer = ["-bufsize", String(vbv.bufferBits)];
  switch (rung.codec) {
    case "h264": {
      const x264 = `open-gop=0:ref=${rung.references}:vbv-init=${vbv.initialShare}:${chromaOffset(rung)}`;
      return [
        ...["-c:v", "libx264", "-threads:v", "1", "-preset", rung.preset, "-profile:v", "high"],
        ...["-level", rung.level, ...quality, ...buffer],
        // By frame number: at 24000/1001 a time is never exactly on the edge.
        ...["-g", gop, "-keyint_min", gop, "-sc_threshold", "0", "-x264-params", x264],
        ...["-force_key_frames", `expr:eq(mod(n,${gop}),0)`],
      ];
    }
    case "av1":
      // Key frames are the encoder's own, one each GOP: it forces none where quality is constant. By default it goes
      // half beyond its cap.
      return [
        ...["-c:v", "libsvtav1", "-preset", rung.preset, ...quality, ...buffer, "-g", gop],
        ...["-svtav1-params", "lp=1:scd=0:mbr-overshoot-pct=0"],
      ];
  }
}

/** Presets whose decisions are psychovisual. x264 then gives chroma a finer quantizer, and says so in the header. */
const psychovisual = new Set(["fast", "medium", "slow", "slower", "veryslow", "placebo"]);
const psychovisualOffset = -2;
/** Of `medium` and beyond. */
const thoroughReferences = 3;

/** The header must follow from the number of references alone: x264 adds its own offset to the one that it is told. */
function chromaOffset({ preset, references }: Rung): string {
  const wanted = references >= thoroughReferences ? psychovisualOffset : 0;
  const own = psychovisual.has(preset) ? psychovisualOffset : 0;
  return `chroma-qp-offset=${wanted - own}`;
}
