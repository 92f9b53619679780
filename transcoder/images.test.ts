import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readThumbnailPackHeader, thumbnailRange } from "#workers/packaging/thumbnail-pack.ts";
import { defaultPlanSettings, planVersion } from "#workers/transcoding/plan.ts";
import type { ImagesOrder } from "./image-recipe.ts";
import { makeImages } from "./images.ts";
import { probeSource } from "./probe.ts";
import * as media from "./testing/media.ts";

const run = promisify(execFile);
const never = new AbortController().signal;
let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-images-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function imagesOf(path: string, change: Partial<ImagesOrder> = {}) {
  const outcome = await probeSource(path, (await stat(path)).size, never);
  if (outcome.kind === "refused") throw new Error(outcome.code);
  const plan = planVersion(outcome.probe, defaultPlanSettings);
  if (!plan.ok || !plan.value.images) throw new Error("no images planned");
  const order = { ...plan.value.images, ...change };
  const out = join(dir, `out-${basename(path)}`);
  await mkdir(out, { recursive: true });
  const made = await makeImages(order, path, out, never);
  const pack = new Uint8Array(await readFile(made.packPaths[0] ?? ""));
  const header = readThumbnailPackHeader(pack);
  if (!header.ok) throw new Error(header.reason.kind);
  const thumbnails = Array.from({ length: made.thumbnailCount }, (_, index) => {
    const { offsetBytes, sizeBytes } = thumbnailRange(header.value, index * header.value.everySeconds);
    return pack.slice(offsetBytes, offsetBytes + sizeBytes);
  });
  return { order, made, out, header: header.value, thumbnails };
}

/** Width, height and pictures that a decoder, not a header, finds. */
async function decode(path: string): Promise<string> {
  const entries = [
    "-count_frames",
    "-show_entries",
    "stream=codec_name,width,height,nb_read_frames",
    "-of",
    "csv=p=0",
  ];
  const { stdout } = await run("ffprobe", ["-v", "error", ...entries, path]);
  return stdout.trim();
}

async function decodeBytes(bytes: Uint8Array): Promise<string> {
  const path = join(dir, "one.jpg");
  await writeFile(path, bytes);
  return decode(path);
}

/** Mean of red, green and blue, 0 to 255. */
async function meanColor(jpegPath: string, filter = "null"): Promise<readonly number[]> {
  const args = ["-v", "error", "-i", jpegPath, "-vf", `${filter},scale=1:1:flags=area,format=rgb24`];
  const { stdout } = await run("ffmpeg", [...args, "-f", "rawvideo", "-"], { encoding: "buffer" });
  return [...stdout];
}

/** How much each line differs from both its neighbours: the mark of two moments woven into one picture. */
async function lineChange(jpegPath: string, width = 320): Promise<number> {
  const args = ["-v", "error", "-i", jpegPath, "-vf", "format=gray", "-f", "rawvideo", "-"];
  const { stdout } = await run("ffmpeg", args, { encoding: "buffer", maxBuffer: 1e7 });
  let sum = 0;
  for (let at = width; at + width < stdout.length; at++) {
    const [above = 0, here = 0, below = 0] = [stdout[at - width], stdout[at], stdout[at + width]];
    // A comb goes there and back; an edge only there.
    sum += Math.max(0, Math.min((here - above) * (here - below), 10_000));
  }
  return sum / stdout.length;
}

describe("images of a video", () => {
  test("are one poster and a thumbnail for each ten seconds begun, all of them JPEGs that decode", async () => {
    const path = await media.makeClip(dir, { name: "long.mp4", seconds: 12, rate: "10", audio: false });
    const { made, out, header, thumbnails } = await imagesOf(path);
    expect(await decode(made.posterPaths[0] ?? "")).toBe("mjpeg,320,180,1");
    expect(made.thumbnailCount).toBe(2);
    expect(header).toMatchObject({ everySeconds: 10, width: 320, height: 180 });
    for (const thumbnail of thumbnails) expect(await decodeBytes(thumbnail)).toBe("mjpeg,320,180,1");
    expect((await readdir(out)).sort()).toEqual([
      ...["poster-0.jpg", "preview.mp4", "storyboard.bin", "thumbnails-0.bin", "thumbnails-1.bin"],
    ]);
  });

  test("come in the sizes that differ, with sheets of tiles and a muted preview", async () => {
    const path = await media.makeClip(dir, { name: "large.mp4", seconds: 25, rate: "5", size: "960x540" });
    const order = { columns: 2, rows: 1, width: 160, height: 90 };
    const { made, out } = await imagesOf(path, { storyboard: order });
    expect(await Promise.all(made.posterPaths.map(decode))).toEqual([
      ...["mjpeg,960,540,1", "mjpeg,640,360,1", "mjpeg,320,180,1"],
    ]);
    const sheets = new Uint8Array(await readFile(made.storyboardPath));
    const header = readThumbnailPackHeader(sheets);
    if (!header.ok) throw new Error(header.reason.kind);
    // Three moments, two to a sheet.
    expect(header.value).toMatchObject({ everySeconds: 20, width: 320, height: 90 });
    expect(header.value.offsets).toHaveLength(3);
    const { offsetBytes, sizeBytes } = thumbnailRange(header.value, 20);
    expect(await decodeBytes(sheets.slice(offsetBytes, offsetBytes + sizeBytes))).toBe("mjpeg,320,90,1");
    const [picture, ...others] = (await decode(join(out, "preview.mp4"))).split("\n");
    expect(others).toEqual([]);
    expect(picture).toMatch(/^h264,320,180,\d+$/);
    expect(Number(picture?.split(",")[3])).toBeGreaterThan(3);
  });

  test("show different moments where there is one key frame for all", async () => {
    const { thumbnails } = await imagesOf(await media.makeSparseKeys(dir));
    expect(thumbnails).toHaveLength(2);
    expect(thumbnails[0]).not.toEqual(thumbnails[1]);
  });

  test("repeat the last picture while only the sound goes on", async () => {
    const path = await media.makeSoundGoesOn(dir, 1, 12);
    const { thumbnails } = await imagesOf(path);
    expect(thumbnails).toHaveLength(2);
    expect(thumbnails[0]).toEqual(thumbnails[1]);
  });

  test("count from the grid's start, not from the container's clock", async () => {
    // A transport stream begins at 1.4 s; slots of one second would otherwise be off by one.
    const path = await media.makeClip(dir, {
      name: "clock.ts",
      seconds: 3,
      videoArgs: ["-c:v", "mpeg2video", "-g", "5"],
    });
    const sizes = [
      { width: 320, height: 180 },
      { width: 160, height: 90 },
    ];
    const thumbnails = { everySeconds: 1, count: 3, sizes };
    const { thumbnails: made } = await imagesOf(path, { thumbnails });
    expect(new Set(made.map((bytes) => Buffer.from(bytes).toString("base64"))).size).toBe(3);
  });

  test.each<[string, (dir: string) => Promise<string>, string]>([
    ["an upright phone's", media.makeRotated, "mjpeg,180,320,1"],
    ["an anamorphic", media.makeAnamorphic, "mjpeg,1024,576,1"],
    ["an odd-sized", media.makeOddSize, "mjpeg,320,180,1"],
    ["a 10-bit", media.makeTenBit, "mjpeg,320,180,1"],
    ["an AVI's", media.makeAvi, "mjpeg,320,180,1"],
    ["an FLV's", media.makeFlv, "mjpeg,320,180,1"],
    ["a late", media.makeLatePicture, "mjpeg,320,180,1"],
  ])("%s picture stands as it is seen", async (_what, make, expected) => {
    const { made } = await imagesOf(await make(dir));
    expect(await decode(made.posterPaths[0] ?? "")).toBe(expected);
  });

  test("an HDR picture is mapped to colours of an ordinary screen", async () => {
    const path = await media.makeHdr(dir);
    const mapped = await imagesOf(path);
    const bars = "crop=iw/8:ih/4:iw/5:ih/2";
    const [red = 0, green = 0, blue = 0] = await meanColor(mapped.made.posterPaths[0] ?? "", bars);
    // The test picture's green bar, which stays green and gets no wash of grey.
    expect(green).toBeGreaterThan(150);
    expect(Math.max(red, blue)).toBeLessThan(60);
    const mean = await meanColor(mapped.made.posterPaths[0] ?? "");
    const raw = await imagesOf(path, { toneMap: false });
    expect(await meanColor(raw.made.posterPaths[0] ?? "")).not.toEqual(mean);
  });

  test("an interlaced poster shows no combs", async () => {
    const path = await media.makeInterlaced(dir);
    const { made } = await imagesOf(path);
    const combed = join(dir, "combed.jpg");
    await media.ffmpeg("-i", path, "-frames:v", "1", "-q:v", "3", combed);
    expect(await lineChange(made.posterPaths[0] ?? "")).toBeLessThan((await lineChange(combed)) * 0.7);
  });

  test("leave nothing behind when there is no picture to be had", async () => {
    const path = await media.makeAudioOnly(dir, 1);
    const out = join(dir, "out-nothing");
    await mkdir(out);
    const order: ImagesOrder = {
      streamIndex: 0,
      sourceStartSeconds: 0,
      durationSeconds: 1,
      toneMap: false,
      poster: { atSeconds: 0, sizes: [{ width: 320, height: 180 }] },
      thumbnails: { everySeconds: 10, count: 1, sizes: [{ width: 320, height: 180 }] },
      storyboard: { columns: 2, rows: 2, width: 160, height: 90 },
    };
    await expect(makeImages(order, path, out, never)).rejects.toThrow("no poster");
    expect(await readdir(out)).toEqual([]);
  });
});
