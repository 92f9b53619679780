import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Format, Fragments } from "#workers/timeline/timeline.ts";
import { readFragments } from "../cmaf/fragments.ts";
import { readInit } from "../cmaf/init.ts";
import { planPageFragment } from "../source/page-fragment.ts";
import { readSource } from "../source/read-source.ts";
import type { ByteRange, SourceReader, SourceTimeline } from "../source/source.ts";

const run = promisify(execFile);
const picture = (spec: string) => ["-f", "lavfi", "-i", `testsrc2=${spec}`];
const tone = (spec: string) => ["-f", "lavfi", "-i", `sine=${spec}`];
const x264 = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-g", "48"];
const aac = ["-c:a", "aac", "-b:a", "64k"];

/** What each clip is made with. */
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
    args: [
      ...["-itsoffset", "1.5", ...picture("s=160x90:r=25:d=6"), ...tone("d=8:r=48000")],
      ...["-vsync", "passthrough", ...x264, ...aac],
    ],
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
  const make = async ([name, { ext, args }]: (typeof entries)[number]) => {
    const path = join(dir, `${name}.${ext}`);
    await run("ffmpeg", ["-nostdin", "-v", "error", ...args, path]);
    files.set(name, { path, bytes: new Uint8Array(await readFile(path)) });
  };
  const entries = Object.entries(clips);
  for (let i = 0; i < entries.length; i += 2) await Promise.all(entries.slice(i, i + 2).map(make));
}, 120_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

const fileOf = (name: string) => {
  const file = files.get(name);
  if (!file) throw new Error(`no clip ${name}`);
  return file;
};

function readerOf(bytes: Uint8Array, reads: ByteRange[] = []): SourceReader {
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

type Pieces = readonly Uint8Array[];

/** Every fragment of every track, made through its pages as a player asks for them. */
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
    expect(plan.value.reads.length).toBeLessThanOrEqual(3);
    const reads = plan.value.reads.map((at) => file.slice(at.offsetBytes, at.offsetBytes + at.sizeBytes));
    const all = plan.value.assemble(reads) ?? new Map<string, Pieces>();
    expect([...all.keys()]).toEqual(source.tracks.map(({ format }) => format.id));
    return Buffer.concat(all.get(track) ?? []);
  });
}

/** When each sample of the fragments is presented, by the rules of CMAF. */
function presentedSeconds(
  fragments: readonly Uint8Array[],
  { timescale, editStartTicks }: Format,
): readonly number[] {
  return fragments.flatMap((fragment) => {
    const read = readFragments(fragment);
    if (!read.ok) throw new Error(read.reason.kind);
    return read.value.flatMap(({ startTicks, samples }) => {
      let ticks = startTicks - editStartTicks;
      return samples.map(({ compositionTicks, durationTicks }) => {
        ticks += durationTicks;
        return (ticks - durationTicks + compositionTicks) / timescale;
      });
    });
  });
}

/** Of each stream of the file. */
async function frameHashes(path: string): Promise<ReadonlyMap<number, readonly string[]>> {
  const output = ["-map", "0:v?", "-map", "0:a?", "-fps_mode", "passthrough", "-f", "framemd5", "-"];
  const args = ["-nostdin", "-v", "error", "-i", path, ...output];
  const { stdout } = await run("ffmpeg", args, { maxBuffer: 2 ** 26 });
  const lines = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return byStream(lines.map((line) => [Number.parseInt(line), line.split(",").at(-1)?.trim() ?? ""]));
}

async function packetSeconds(path: string): Promise<ReadonlyMap<number, readonly number[]>> {
  const fields = ["-show_entries", "packet=stream_index,pts_time", "-of", "csv=p=0"];
  const { stdout, stderr } = await run("ffprobe", ["-v", "warning", ...fields, path], { maxBuffer: 2 ** 26 });
  expect(stderr).toBe("");
  const rows = stdout.split("\n").map((line) => line.split(",").map(Number.parseFloat));
  return byStream(
    rows.flatMap(([stream = NaN, seconds = NaN]) => (seconds >= -1 ? [[stream, seconds]] : [])),
  );
}

function byStream<T>(rows: readonly (readonly [number, T])[]): ReadonlyMap<number, readonly T[]> {
  const streams = new Map<number, T[]>();
  for (const [stream, value] of rows) streams.set(stream, [...(streams.get(stream) ?? []), value]);
  return streams;
}

/** Priming is decoded by one tool and passed over by another: what follows is compared. */
const primingSeconds = 0.03;
const primingFrames = 2;

function expectTimes(presented: readonly number[], theirs: readonly number[], name: string): void {
  const ours = [...presented];
  // A first picture that comes late is held from the start.
  if (name.startsWith("v0") && (theirs[0] ?? 0) > primingSeconds && ours[0] === 0) ours[0] = theirs[0] ?? 0;
  const first = Math.max(primingSeconds, theirs[0] ?? 0) - 1e-5;
  const last = Math.max(...theirs) + 1e-5;
  const due = theirs.filter((seconds) => seconds >= first);
  const told = ours.filter((seconds) => seconds >= first && seconds <= last);
  expect(told.length, name).toBe(due.length);
  const worst = Math.max(...told.map((seconds, index) => Math.abs(seconds - (due[index] ?? Infinity))));
  expect(worst, name).toBeLessThan(1 / 48_000);
}

describe("a source made of an MP4 or MOV", () => {
  it.for(Object.keys(clips))("%s decodes to the frames and times of the file", async (name) => {
    const { path, bytes } = fileOf(name);
    const source = await timelineOf(bytes);
    const [theirHashes, theirSeconds] = await Promise.all([frameHashes(path), packetSeconds(path)]);
    for (const [stream, { format, init, fragments }] of source.tracks.entries()) {
      const made = fragmentsOf(source, format.id, bytes);
      expect(made.map((fragment) => fragment.length)).toEqual([...fragments.sizeBytes]);
      expectOnIndex(made, fragments);
      const { codec, editStartTicks } = format;
      expect(readInit(init)).toMatchObject({ ok: true, value: { codec, editStartTicks } });
      const madePath = join(dir, `${name}.${format.id}.mp4`);
      await writeFile(madePath, Buffer.concat([init, ...made]));
      const [hashes, seconds] = await Promise.all([frameHashes(madePath), packetSeconds(madePath)]);

      const isVideo = format.kind === "video";
      const theirs = (theirHashes.get(stream) ?? []).slice(isVideo ? 0 : primingFrames);
      const ours = hashes.get(0) ?? [];
      const from = ours.indexOf(theirs[0] ?? "");
      expect(ours.slice(from, from + theirs.length)).toEqual(theirs);
      if (isVideo) expect(ours).toHaveLength(theirs.length);

      const theirTimes = theirSeconds.get(stream) ?? [];
      expectTimes(presentedSeconds(made, format), theirTimes, `${format.id} against the file`);
      // ffmpeg delays fragments whose composition offsets are negative; browsers do not.
      if (name === "negativeOffsets") continue;
      expectTimes(seconds.get(0) ?? [], theirTimes, `${format.id} as ffprobe reads it`);
    }
  });

  it("has as many fragments in every track, at the same times", async () => {
    for (const name of ["moovLast", "soundLate", "soundShort", "pictureLate", "languages"]) {
      const { tracks, map } = await timelineOf(fileOf(name).bytes);
      const edges = map.fragments.map(({ startSeconds }) => startSeconds).slice(1);
      for (const { format, fragments } of tracks) {
        let ticks = fragments.startTicks;
        const starts = Array.from(fragments.durationTicks, (duration) => {
          ticks += duration;
          return (ticks - duration - format.editStartTicks) / format.timescale;
        });
        expect(starts).toHaveLength(map.fragments.length);
        const tolerance = format.kind === "video" ? 0.2 : 0.025;
        for (const [index, edge] of edges.entries()) {
          expect(Math.abs((starts[index + 1] ?? 0) - edge), `${name} ${format.id}`).toBeLessThan(tolerance);
        }
      }
    }
  });

  it("is silent where the file has no sound yet, or none any more", async () => {
    const late = await timelineOf(fileOf("soundLate").bytes);
    const [, sound] = late.tracks;
    if (!sound) throw new Error("no sound");
    expect(sound.fragments.startTicks / sound.format.timescale).toBeLessThan(0.022);
    const path = join(dir, "soundLate.a0.mp4");
    await writeFile(path, Buffer.concat([sound.init, ...fragmentsOf(late, "a0", fileOf("soundLate").bytes)]));
    const { stderr } = await run("ffmpeg", [
      ...["-nostdin", "-v", "info", "-i", path, "-t", "5", "-af", "volumedetect", "-f", "null", "-"],
    ]);
    expect(stderr).toMatch(/max_volume: -91/);
  });

  it("tells the languages, rates, sizes and codecs of its tracks", async () => {
    const formats = async (name: string) =>
      (await timelineOf(fileOf(name).bytes)).tracks.map(({ format }) => format);
    expect(await formats("languages")).toMatchObject([
      { id: "v0", kind: "video", width: 160, height: 90, frameRate: { numerator: 25, denominator: 1 } },
      { id: "a0", kind: "audio", language: "en", channels: 1, sampleRateHz: 48_000, codec: "mp4a.40.2" },
      { id: "a1", kind: "audio", language: "de", channels: 2, sampleRateHz: 44_100, codec: "mp4a.40.2" },
    ]);
    expect(await formats("mov")).toMatchObject([{ frameRate: { numerator: 30_000, denominator: 1001 } }, {}]);
    expect(await formats("opus")).toMatchObject([{}, { codec: "opus", language: "und" }]);
    const [av1] = await formats("av1");
    expect(av1?.codec).toMatch(/^av01\.0\.\d\dM\.08$/);
    expect(await formats("soundAlone")).toMatchObject([{ id: "a0" }]);
  });

  it("reads the file's ends and its index, and nothing twice", async () => {
    for (const [name, most] of [
      ["moovFirst", 2],
      ["moovLast", 3],
      ["mov", 3],
    ] as const) {
      const reads: ByteRange[] = [];
      await readSource(readerOf(fileOf(name).bytes, reads));
      expect(reads.length, name).toBeLessThanOrEqual(most);
    }
  });

  it("refuses a file that was cut off, wherever its index is", async () => {
    for (const name of ["moovFirst", "moovLast"]) {
      const { bytes } = fileOf(name);
      const cut = await readSource(readerOf(bytes.slice(0, Math.floor(bytes.length * 0.7))));
      expect(cut).toMatchObject({ ok: false, reason: { code: "truncated" } });
    }
  });

  it("refuses sound that no browser plays", async () => {
    const path = join(dir, "pcm.mov");
    const sound = [...tone("d=1:r=48000"), "-c:a", "pcm_s16le"];
    await run("ffmpeg", [
      "-nostdin",
      "-v",
      "error",
      ...picture("s=160x90:r=25:d=1"),
      ...sound,
      ...x264,
      path,
    ]);
    const read = await readSource(readerOf(new Uint8Array(await readFile(path))));
    expect(read).toMatchObject({ ok: false, reason: { code: "audioCodecNotSupported" } });
  });

  it("is refused or read, never thrown on, when bytes of the index are changed or cut off", async () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    const names = fc.constantFrom("moovFirst", "moovLast", "mov", "soundLate", "opus");
    await fc.assert(
      fc.asyncProperty(
        names,
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (name, changes, isCut) => {
          const bytes = fileOf(name).bytes.slice();
          const moov = Buffer.from(bytes.buffer).indexOf("moov", 0, "latin1") - 4;
          const moovBytes = new DataView(bytes.buffer).getUint32(moov);
          for (const [at, value] of changes) bytes[moov + (at % moovBytes)] = value;
          const read = await readSource(
            readerOf(isCut ? bytes.slice(0, (changes[0]?.[0] ?? 0) % bytes.length) : bytes),
          );
          if (!read.ok) expect(read.reason.message).not.toBe("");
          if (!read.ok) return;
          for (const { format } of read.value.tracks) {
            const made = fragmentsOf(read.value, format.id, bytes);
            const { sizeBytes } =
              read.value.tracks.find((track) => track.format.id === format.id)?.fragments ?? {};
            expect(made.map((fragment) => fragment.length)).toEqual([...(sizeBytes ?? [])]);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

function expectOnIndex(made: readonly Uint8Array[], { startTicks, durationTicks }: Fragments): void {
  let ticks = startTicks;
  for (const [index, fragment] of made.entries()) {
    const read = readFragments(fragment);
    if (!read.ok) throw new Error(read.reason.kind);
    const duration = durationTicks[index] ?? 0;
    expect(read.value).toMatchObject([{ startTicks: ticks, durationTicks: duration, sync: true }]);
    const moof = Buffer.from(fragment.buffer, fragment.byteOffset);
    expect(moof.readUInt32BE(moof.indexOf("mfhd", 0, "latin1") + 8)).toBe(index + 1);
    ticks += duration;
  }
}
