// The still pictures of a video, from key frames: decoding no other costs an eighteenth. Only where key frames are
// too far apart is every picture decoded.
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeThumbnailPack } from "#workers/packaging/thumbnail-pack.ts";
import { runTool, type RunOptions } from "./ffmpeg/run.ts";
import {
  posterFile,
  pictureOutputs,
  posterOutput,
  previewFile,
  sheetFolder,
  sheetOutput,
  thumbnailFolder,
  type ImagesOrder,
} from "./image-recipe.ts";
import { analysis } from "./video-recipe.ts";

export interface Images {
  /** One for each size of the order. */
  readonly posterPaths: readonly string[];
  readonly packPaths: readonly string[];
  readonly storyboardPath: string;
  /** Null where none was ordered. */
  readonly previewPath: string | null;
  readonly thumbnailCount: number;
  readonly cpuSeconds: number;
}

const tilesFile = "tiles.mjpeg";
const onlyKeyFrames = ["-skip_frame", "nokey"];
/** Pictures that others are decoded from, down to the last. */
const onlyReferences = ["-skip_frame", "noref"];
/** Below this share of slots with a key frame of their own, thumbnails would stand still. */
const denseShare = 0.75;

/** Leaves nothing but the files it tells of in `dir`. */
export async function makeImages(
  order: ImagesOrder,
  sourcePath: string,
  dir: string,
  signal: AbortSignal,
): Promise<Images> {
  const session = new Session(order, sourcePath, dir, signal);
  const posterPaths = await makePosters(session, order, dir);
  const folders = [...order.thumbnails.sizes.map((_, index) => thumbnailFolder(index)), sheetFolder];
  try {
    const failed = await makePictures(session, order, dir, folders);
    const packPaths: string[] = [];
    let smallest: readonly Uint8Array[] = [];
    for (const [index, size] of order.thumbnails.sizes.entries()) {
      const images = await readSlots(join(dir, thumbnailFolder(index)), order.thumbnails.count, failed);
      const path = join(dir, `thumbnails-${index}.bin`);
      await writeFile(path, encodeThumbnailPack({ ...order.thumbnails, ...size, images }));
      packPaths.push(path);
      smallest = images;
    }
    const storyboardPath = await makeSheets(session, order, dir, smallest);
    const previewPath = join(dir, previewFile);
    const hasPreview = order.preview !== undefined && (await isThere(previewPath));
    return {
      posterPaths,
      packPaths,
      storyboardPath,
      previewPath: hasPreview ? previewPath : null,
      thumbnailCount: order.thumbnails.count,
      cpuSeconds: session.cpuSeconds,
    };
  } finally {
    for (const folder of folders) await rm(join(dir, folder), { recursive: true, force: true });
  }
}

async function makePosters(session: Session, order: ImagesOrder, dir: string): Promise<readonly string[]> {
  const paths = order.poster.sizes.map((_, index) => join(dir, posterFile(index)));
  // FFmpeg would rather fail than overwrite, and a poster of another try would hide that.
  for (const path of paths) await rm(path, { force: true });
  const output = posterOutput(order);
  // Without -seek_timestamp FFmpeg would count from the container's start, which is not the grid's.
  const at = String(order.sourceStartSeconds + order.poster.atSeconds);
  const seek = ["-seek_timestamp", "1", "-ss", at, "-noaccurate_seek"];
  const failed = await session.run([...seek, ...onlyKeyFrames], output);
  if (await areThere(paths)) return paths;
  // No index to seek by, or no key frame after that time.
  const failedAgain = await session.run([...onlyKeyFrames, "-y"], output);
  if (await areThere(paths)) return paths;
  for (const path of paths) await rm(path, { force: true });
  throw new Error(`no poster could be made: ${failed} ${failedAgain}`);
}

/** What FFmpeg complained of. */
async function makePictures(
  session: Session,
  order: ImagesOrder,
  dir: string,
  folders: readonly string[],
): Promise<string> {
  const { count } = order.thumbnails;
  const attempt = async (decoderArgs: readonly string[]) => {
    for (const folder of folders) {
      await rm(join(dir, folder), { recursive: true, force: true });
      await mkdir(join(dir, folder), { recursive: true });
    }
    return session.run(["-y", "-copyts", ...decoderArgs], pictureOutputs(order));
  };
  const failed = await attempt(onlyKeyFrames);
  const slots = await filledSlots(join(dir, thumbnailFolder(0)), count);
  return slots.length < count * denseShare ? failed + (await attempt(onlyReferences)) : failed;
}

/** A slot without a picture of its own shows the one before. */
async function readSlots(folder: string, count: number, failed: string): Promise<readonly Uint8Array[]> {
  const slots = await filledSlots(folder, count);
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

async function filledSlots(folder: string, count: number): Promise<readonly number[]> {
  const names = await readdir(folder);
  const slots = names.map((name) => Number.parseInt(name, 10)).filter((slot) => slot >= 0 && slot < count);
  return slots.sort((a, b) => a - b);
}

/** The sheets of tiles in one object, laid out like thumbnails: a sheet is found by its number. */
async function makeSheets(
  session: Session,
  { thumbnails, storyboard }: ImagesOrder,
  dir: string,
  tiles: readonly Uint8Array[],
): Promise<string> {
  const { columns, rows, width, height } = storyboard;
  const path = join(dir, tilesFile);
  await writeFile(path, tiles);
  const failed = await session.runOnTiles(path, sheetOutput(storyboard));
  const images: Uint8Array[] = [];
  for (let sheet = 0; sheet * columns * rows < tiles.length; sheet++) {
    const bytes = await readFile(join(dir, sheetFolder, `${sheet}.jpg`)).catch(() => null);
    if (bytes === null) throw new Error(`no storyboard could be made: ${failed}`);
    images.push(bytes);
  }
  await rm(path);
  const packPath = join(dir, "storyboard.bin");
  const everySeconds = thumbnails.everySeconds * columns * rows;
  const size = { width: columns * width, height: rows * height };
  await writeFile(packPath, encodeThumbnailPack({ everySeconds, ...size, images }));
  return packPath;
}

/** Runs of FFmpeg on one source, and what they cost. */
class Session {
  readonly #order: ImagesOrder;
  readonly #sourcePath: string;
  readonly #dir: string;
  readonly #signal: AbortSignal;
  cpuSeconds = 0;

  constructor(order: ImagesOrder, sourcePath: string, dir: string, signal: AbortSignal) {
    this.#order = order;
    this.#sourcePath = sourcePath;
    this.#dir = dir;
    this.#signal = signal;
  }

  /** What FFmpeg complained of. Whether it did the work is seen in the files. */
  run(inputArgs: readonly string[], outputArgs: readonly string[]): Promise<string> {
    return this.#ffmpeg([...analysis, ...inputArgs, "-i", this.#sourcePath, ...outputArgs], {});
  }

  /** On a file of JPEGs of our own. */
  runOnTiles(path: string, outputArgs: readonly string[]): Promise<string> {
    const input = ["-f", "mjpeg", "-framerate", "1", "-i", path];
    return this.#ffmpeg([...input, ...outputArgs], { formats: "mjpeg" });
  }

  async #ffmpeg(args: readonly string[], input: Pick<RunOptions, "formats">): Promise<string> {
    // Enough to decode all of 4K once.
    const cpuSeconds = 300 + this.#order.durationSeconds * 4;
    const result = await runTool({
      tool: "ffmpeg",
      args,
      ...input,
      cwd: this.#dir,
      signal: this.#signal,
      limits: { cpuSeconds, wallSeconds: cpuSeconds * 2, addressSpaceBytes: 8e9, fileSizeBytes: 50e6 },
    });
    this.#signal.throwIfAborted();
    this.cpuSeconds += result.cpuSeconds;
    return result.stderrTail.slice(-500);
  }
}

async function areThere(paths: readonly string[]): Promise<boolean> {
  return (await Promise.all(paths.map(isThere))).every(Boolean);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    ({ size }) => size > 0,
    () => false,
  );
}
