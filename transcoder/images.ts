// The poster and the thumbnail pack of a video, from key frames: decoding no other costs an eighteenth. Only
// where key frames are too far apart is every picture decoded.
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeThumbnailPack } from "#workers/packaging/thumbnail-pack.ts";
import type { ImagesWork } from "#workers/transcoding/contract.ts";
import { runTool } from "./ffmpeg/run.ts";
import { toneMapFilter } from "./tone-map.ts";
import { analysis } from "./video-recipe.ts";

export interface Images {
  readonly posterPath: string;
  readonly packPath: string;
  readonly thumbnailCount: number;
  readonly cpuSeconds: number;
}

/** All that is needed of the work: no URLs. */
export type ImagesOrder = Pick<
  ImagesWork,
  "streamIndex" | "sourceStartSeconds" | "durationSeconds" | "toneMap"
> & {
  readonly poster: Omit<ImagesWork["poster"], "upload">;
  readonly thumbnails: Omit<ImagesWork["thumbnails"], "upload">;
};

const onlyKeyFrames = ["-skip_frame", "nokey"];
/** Pictures that others are decoded from, down to the last. */
const onlyReferences = ["-skip_frame", "noref"];
/** Below this share of slots with a key frame of their own, thumbnails would stand still. */
const denseShare = 0.75;
/** The poster is the most ordinary of these: not the black one of a fade, nor a flash. */
const posterCandidates = 5;
/** A picture of a few lines gives a deinterlacer nothing to go by. */
const minDeinterlacedHeight = 64;
const jpeg = (quality: number) => ["-c:v", "mjpeg", "-q:v", String(quality), "-huffman", "optimal"];

export async function makeImages(
  work: ImagesOrder,
  sourcePath: string,
  dir: string,
  signal: AbortSignal,
): Promise<Images> {
  const session = new Session(work, sourcePath, signal);
  const posterPath = join(dir, "poster.jpg");
  // FFmpeg would rather fail than overwrite, and a poster of another try would hide that.
  await rm(posterPath, { force: true });
  await makePoster(session, work, posterPath);
  const folder = join(dir, "thumbnails");
  await mkdir(folder, { recursive: true });
  try {
    const images = await makeThumbnails(session, work, folder);
    const packPath = join(dir, "thumbnails.bin");
    await writeFile(packPath, encodeThumbnailPack({ ...work.thumbnails, images }));
    return { posterPath, packPath, thumbnailCount: images.length, cpuSeconds: session.cpuSeconds };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makePoster(session: Session, work: ImagesOrder, path: string): Promise<void> {
  const { atSeconds, width, height } = work.poster;
  // Frames that say they are interlaced would show combs; a thumbnail is too small to. Spatial only: between
  // key frames there is no motion to follow.
  const whole = height >= minDeinterlacedHeight ? ["estdif=mode=frame:deint=interlaced"] : [];
  const candidates = `thumbnail=n=${posterCandidates}`;
  const filter = [...whole, session.scaled(width, height), candidates, "format=yuvj420p"].join(",");
  const output = ["-vf", filter, "-frames:v", "1", ...jpeg(3), "-f", "image2", "-update", "1", path];
  // Without -seek_timestamp FFmpeg would count from the container's start, which is not the grid's.
  const seek = [
    "-seek_timestamp",
    "1",
    "-ss",
    String(work.sourceStartSeconds + atSeconds),
    "-noaccurate_seek",
  ];
  const failed = await session.run([...seek, ...onlyKeyFrames], output);
  if (await isThere(path)) return;
  // No index to seek by, or no key frame after that time.
  const failedAgain = await session.run(onlyKeyFrames, output);
  if (!(await isThere(path))) throw new Error(`no poster could be made: ${failed} ${failedAgain}`);
}

async function makeThumbnails(
  session: Session,
  work: ImagesOrder,
  folder: string,
): Promise<readonly Uint8Array[]> {
  const { count } = work.thumbnails;
  let failed = await fillSlots(session, work, onlyKeyFrames, folder);
  let slots = await filledSlots(folder, count);
  if (slots.length < count * denseShare) {
    failed += await fillSlots(session, work, onlyReferences, folder);
    slots = await filledSlots(folder, count);
  }
  const [first] = slots;
  if (first === undefined) throw new Error(`no thumbnail could be made: ${failed}`);
  const images: Uint8Array[] = [];
  let shown = await readFile(join(folder, `${first}.jpg`));
  const filled = new Set(slots);
  for (let slot = 0; slot < count; slot++) {
    if (filled.has(slot)) shown = await readFile(join(folder, `${slot}.jpg`));
    images.push(shown);
  }
  return images;
}

/** Writes `{slot}.jpg`: the first picture of each slot, where the decoder gives one. */
async function fillSlots(
  session: Session,
  work: ImagesOrder,
  decoderArgs: readonly string[],
  folder: string,
): Promise<string> {
  const { width, height, everySeconds } = work.thumbnails;
  const slotOf = (time: string) => `floor((${time}-${work.sourceStartSeconds})/${everySeconds})`;
  const filter = [
    `select='isnan(prev_selected_t)+gt(${slotOf("t")},${slotOf("prev_selected_t")})'`,
    // The slot becomes the timestamp, and that the file's name.
    `setpts='max(0,${slotOf("T")})/TB'`,
    "settb=1",
    session.scaled(width, height),
    "format=yuvj420p",
  ].join(",");
  const names = ["-fps_mode", "passthrough", "-enc_time_base", "1", "-f", "image2", "-frame_pts", "1"];
  return session.run(
    ["-copyts", ...decoderArgs],
    ["-vf", filter, ...jpeg(5), ...names, join(folder, "%d.jpg")],
  );
}

async function filledSlots(folder: string, count: number): Promise<readonly number[]> {
  const names = await readdir(folder);
  const slots = names.map((name) => Number.parseInt(name, 10)).filter((slot) => slot >= 0 && slot < count);
  return slots.sort((a, b) => a - b);
}

/** Runs of FFmpeg on one source, and what they cost. */
class Session {
  readonly #work: ImagesOrder;
  readonly #sourcePath: string;
  readonly #signal: AbortSignal;
  cpuSeconds = 0;

  constructor(work: ImagesOrder, sourcePath: string, signal: AbortSignal) {
    this.#work = work;
    this.#sourcePath = sourcePath;
    this.#signal = signal;
  }

  scaled(width: number, height: number): string {
    const size = `scale=${width}:${height}:flags=area,setsar=1`;
    return this.#work.toneMap ? `${size},${toneMapFilter}` : size;
  }

  /** What FFmpeg complained of. Whether it did the work is seen in the files. */
  async run(inputArgs: readonly string[], outputArgs: readonly string[]): Promise<string> {
    const { durationSeconds, streamIndex } = this.#work;
    // Enough to decode all of 4K once.
    const cpuSeconds = 300 + durationSeconds * 4;
    const result = await runTool({
      tool: "ffmpeg",
      args: [...analysis, ...inputArgs, "-i", this.#sourcePath, "-map", `0:${streamIndex}`, ...outputArgs],
      signal: this.#signal,
      limits: { cpuSeconds, wallSeconds: cpuSeconds * 2, addressSpaceBytes: 8e9, fileSizeBytes: 50e6 },
    });
    this.#signal.throwIfAborted();
    this.cpuSeconds += result.cpuSeconds;
    return result.stderrTail.slice(-500);
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    ({ size }) => size > 0,
    () => false,
  );
}
