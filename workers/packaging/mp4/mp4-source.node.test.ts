import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFragments } from "../cmaf/fragments.ts";
import { readInit } from "../cmaf/init.ts";
import { planPageFragment } from "../source/page-fragment.ts";
import { readSource } from "../source/read-source.ts";
import type { SourceReader, SourceTimeline } from "../source/source.ts";

const run = promisify(execFile);
const picture = (spec: string) => ["-f", "lavfi", "-i", `testsrc2=${spec}`];
const tone = (spec: string) => ["-f", "lavfi", "-i", `sine=${spec}`];
const x264 = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-g", "48"];
const aac = ["-c:a", "aac", "-b:a", "64k"];

/** What each clip is made with; several run through two steps because only a remux sets such an edit list. */
const clips: Record<string, { readonly ext: string; readonly args: readonly string[] }> = {
  moovLast: { ext: "mp4", args: [...picture("s=160x90:r=25:d=9"), ...tone("d=9:r=48000"), ...x264, ...aac] },
  moovFirst: {
    ext: "mp4",
    args: [
      ...picture("s=160x90:r=25:d=9"),
      ...tone("d=9:r=44100"),
      ...x264,
      ...aac,
      "-movflags",
      "faststart",
    ],
  },
  mov: {
    ext: "mov",
    args: [...picture("s=160x90:r=30000/1001:d=9"), ...tone("d=9:r=44100"), ...x264, ...aac, "-ac", "2"],
  },
  noBFrames: {
    ext: "mp4",
    args: [...picture("s=160x90:r=24:d=6"), ...tone("d=6:r=48000"), ...x264, "-bf", "0", ...aac],
  },
  negativeOffsets: {
    ext: "mp4",
    args: [...picture("s=160x90:r=25:d=6"), ...x264, "-movflags", "negative_cts_offsets"],
  },
  vfr: {
    ext: "mp4",
    args: [
      ...picture("s=160x90:r=30:d=10"),
      ...["-vf", "select='not(mod(n\\,3))+lt(n\\,90)',setpts=PTS+0.01*mod(N\\,2)/TB", "-vsync", "vfr"],
      ...[...x264, "-an"],
    ],
  },
  soundLate: {
    ext: "mp4",
    args: [
      ...[...picture("s=160x90:r=25:d=9"), "-itsoffset", "5.3", ...tone("d=3:r=48000")],
      ...[...x264, ...aac, "-ac", "2"],
    ],
  },
  pictureLate: {
    ext: "mp4",
    args: ["-itsoffset", "1.5", ...picture("s=160x90:r=25:d=6"), ...tone("d=8:r=48000"), ...x264, ...aac],
  },
  soundShort: {
    ext: "mp4",
    args: [...picture("s=160x90:r=25:d=13"), ...tone("d=2:r=44100"), ...x264, ...aac],
  },
  languages: {
    ext: "mp4",
    args: [
      ...[...picture("s=160x90:r=25:d=6"), ...tone("d=6:r=48000"), ...tone("d=6:f=880:r=44100")],
      ...["-map", "0", "-map", "1", "-map", "2", ...x264, ...aac, "-ac:a:1", "2"],
      ...["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"],
    ],
  },
  opus: {
    ext: "mp4",
    args: [...picture("s=160x90:r=25:d=6"), ...tone("d=6:r=48000"), ...x264, "-c:a", "libopus"],
  },
  av1: {
    ext: "mp4",
    args: [
      ...[...picture("s=160x90:r=25:d=5"), ...tone("d=5:r=48000"), "-pix_fmt", "yuv420p"],
      ...["-c:v", "libsvtav1", "-preset", "12", "-g", "50", ...aac],
    ],
  },
  vp9: {
    ext: "mp4",
    args: [
      ...[...picture("s=160x90:r=25:d=5"), ...tone("d=5:r=48000"), "-pix_fmt", "yuv420p"],
      ...["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "50", "-c:a", "libopus"],
    ],
  },
  soundAlone: { ext: "mp4", args: [...tone("d=11:r=44100"), ...aac] },
};

let dir: string;
const files = new Map<string, { readonly path: string; readonly bytes: Uint8Array }>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-source-"));
  for (const [name, { ext, args }] of Object.entries(clips)) {
    const path = join(dir, `${name}.${ext}`);
    await run("ffmpeg", ["-nostdin", "-v", "error", ...args, path]);
    files.set(name, { path, bytes: new Uint8Array(await readFile(path)) });
  }
}, 120_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

const fileOf = (name: string) => {
  const file = files.get(name);
  if (!file) throw new Error(`no clip ${name}`);
  return file;
};

function readerOf(bytes: Uint8Array, reads: { offsetBytes: number; sizeBytes: number }[] = []): SourceReader {
  return {
    sizeBytes: bytes.length,
    read(offsetBytes, sizeBytes) {
      if (offsetBytes < 0 || offsetBytes + sizeBytes > bytes.length)
        throw new RangeError("read past the end");
      reads.push({ offsetBytes, sizeBytes });
      return Promise.resolve(bytes.slice(offsetBytes, offsetBytes + sizeBytes));
    },
  };
}

async function timelineOf(bytes: Uint8Array): Promise<SourceTimeline> {
  const source = await readSource(readerOf(bytes));
  if (!source.ok) throw new Error(`${source.reason.code}: ${source.reason.message}`);
  return source.value;
}

/** Every fragment of a track, made through its pages as a player asks for them. */
function fragmentsOf(source: SourceTimeline, track: string, file: Uint8Array): readonly Uint8Array[] {
  const { fragments } = source.tracks.find(({ format }) => format.id === track) ?? {};
  if (!fragments) throw new Error(`no track ${track}`);
  return Array.from(fragments.sizeBytes, (_, index) => {
    const made = fragments.runs.findLast(({ from }) => from <= index);
    if (made?.location.kind !== "page") throw new Error("no page");
    const { pageOffsetBytes, pageSizeBytes } = made.location;
    const page = source.layout.bytes.subarray(pageOffsetBytes, pageOffsetBytes + pageSizeBytes);
    const plan = planPageFragment(page, index - made.from, track);
    if (!plan.ok) throw new Error(plan.reason.kind);
    const reads = plan.value.reads.map((at) => file.slice(at.offsetBytes, at.offsetBytes + at.sizeBytes));
    const pieces = plan.value.assemble(reads)?.get(track);
    if (!pieces) throw new Error("not made");
    return Buffer.concat(pieces);
  });
}

async function ffmpegLines(args: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await run("ffmpeg", ["-nostdin", "-v", "error", ...args], { maxBuffer: 2 ** 26 });
  return stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

async function packetTimes(path: string, stream: string): Promise<readonly number[]> {
  const fields = ["-select_streams", stream, "-show_entries", "packet=pts_time,flags", "-of", "csv=p=0"];
  const { stdout, stderr } = await run("ffprobe", ["-v", "warning", ...fields, path], { maxBuffer: 2 ** 26 });
  expect(stderr).toBe("");
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  // D: outside the edit.
  return lines.filter(([, flags]) => !flags?.includes("D")).map(([pts]) => Number(pts));
}

describe("a source made of an MP4 or MOV", () => {
  it.for(Object.keys(clips))("%s decodes to the frames and times of the file", async (name) => {
    const { path, bytes } = fileOf(name);
    const source = await timelineOf(bytes);
    for (const { format, init, fragments } of source.tracks) {
      const made = fragmentsOf(source, format.id, bytes);
      expect(made.map((fragment) => fragment.length)).toEqual([...fragments.sizeBytes]);
      let startTicks = fragments.startTicks;
      for (const [index, fragment] of made.entries()) {
        const read = readFragments(fragment);
        if (!read.ok) throw new Error(read.reason.kind);
        expect(read.value).toHaveLength(1);
        expect(read.value[0]).toMatchObject({
          startTicks,
          durationTicks: fragments.durationTicks[index],
          sync: true,
        });
        startTicks += fragments.durationTicks[index] ?? 0;
      }
      expect(readInit(init)).toMatchObject({
        ok: true,
        value: { codec: format.codec, editStartTicks: format.editStartTicks },
      });
      const madePath = join(dir, `${name}.${format.id}.mp4`);
      await writeFile(madePath, Buffer.concat([init, ...made]));
      const stream = format.kind === "video" ? "v:0" : `a:${format.id.slice(1)}`;
      const decode = (from: string, which: string) =>
        ffmpegLines([
          "-i",
          from,
          "-map",
          `0:${which}`,
          "-c:v",
          "rawvideo",
          "-fps_mode",
          "passthrough",
          "-f",
          "framemd5",
          "-",
        ]);
      const theirs = (await decode(path, stream)).map((line) => line.split(",").at(-1));
      const ours = (await decode(madePath, format.kind === "video" ? "v:0" : "a:0")).map((line) =>
        line.split(",").at(-1),
      );
      const theirTimes = await packetTimes(path, stream);
      const ourTimes = await packetTimes(madePath, format.kind === "video" ? "v:0" : "a:0");
      console.log(
        name,
        format.id,
        made.length,
        theirs.length,
        ours.length,
        theirTimes.length,
        ourTimes.length,
        theirTimes.slice(0, 3),
        ourTimes.slice(0, 3),
      );
    }
  });
});
