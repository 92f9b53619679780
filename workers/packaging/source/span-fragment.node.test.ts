import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { locate } from "#workers/timeline/segments.ts";
import { readFragments, type FragmentFacts } from "../cmaf/fragments.ts";
import { readInit } from "../cmaf/init.ts";
import { readSource } from "./read-source.ts";
import type { ByteRange, SourceReader, SourceTimeline } from "./source.ts";
import { planSpanFragment } from "./span-fragment.ts";

const run = promisify(execFile);
const picture = (spec: string) => ["-f", "lavfi", "-i", `testsrc2=${spec}`];
const tone = (spec: string) => ["-f", "lavfi", "-i", `sine=${spec}`];
const x264 = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-g", "48"];
const vp9 = [
  ...["-pix_fmt", "yuv420p", "-c:v", "libvpx-vp9"],
  ...["-deadline", "realtime", "-cpu-used", "8", "-g", "60"],
];
const aac = ["-c:a", "aac", "-b:a", "64k"];
const copyOf = (name: string) => ["-i", name, "-map", "0", "-c", "copy"];
const fragmented = (flags: string) => [...copyOf("film.mkv"), "-movflags", flags];

/** What each clip is made with, in order: later ones are copies of earlier ones in another wrapping. */
const clips: Record<string, readonly string[]> = {
  // Pictures out of order, and times rounded to milliseconds of a rate that they do not divide.
  "film.mkv": [...picture("s=160x90:r=24000/1001:d=11"), ...tone("d=11:r=48000"), ...x264, ...aac],
  "two-sounds.mkv": [
    ...[...picture("s=160x90:r=30000/1001:d=9"), ...tone("d=9:r=44100"), ...tone("d=9:f=880:r=48000")],
    ...["-map", "0", "-map", "1", "-map", "2", ...x264, ...aac, "-ac:a:1", "2"],
    ...["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"],
  ],
  "vp9.webm": [...picture("s=160x90:r=30:d=9"), ...tone("d=9:r=48000"), ...vp9, "-c:a", "libopus"],
  "av1.webm": [
    ...[...picture("s=160x90:r=25:d=6"), ...tone("d=6:r=48000"), "-pix_fmt", "yuv420p"],
    ...["-c:v", "libsvtav1", "-preset", "12", "-g", "50", "-c:a", "libopus"],
  ],
  "vfr.mkv": [
    ...picture("s=160x90:r=30:d=10"),
    ...["-vf", "select='not(mod(n\\,3))+lt(n\\,90)',setpts=PTS+0.01*mod(N\\,2)/TB", "-vsync", "vfr"],
    ...[...x264, "-an"],
  ],
  "cues-first.mkv": [...copyOf("film.mkv"), "-reserve_index_space", "4096"],
  // Some groups of pictures to a cluster: cues point into the middle.
  "long-clusters.mkv": [
    ...["-f", "lavfi", "-i", "color=s=32x32:r=10:d=20", ...tone("d=20:r=8000")],
    ...["-pix_fmt", "yuv420p", "-c:v", "libx264", "-g", "10", "-c:a", "aac", "-b:a", "8k"],
    ...["-cluster_time_limit", "30000", "-cluster_size_limit", "4M"],
  ],
  // A new cluster every half second: several to a group.
  "short-clusters.mkv": [...copyOf("film.mkv"), "-cluster_time_limit", "500"],
  "starts-late.mkv": [...copyOf("film.mkv"), "-output_ts_offset", "3600", "-avoid_negative_ts", "disabled"],
  "picture-late.mkv": [
    ...["-itsoffset", "1.5", ...picture("s=160x90:r=25:d=6"), ...tone("d=8:r=48000")],
    ...["-fps_mode", "passthrough", ...x264, ...aac],
  ],
  "picture-late.mp4": [...copyOf("picture-late.mkv"), "-movflags", "frag_keyframe+delay_moov"],
  "sound-short.mkv": [...picture("s=160x90:r=25:d=13"), ...tone("d=2:r=48000"), ...x264, ...aac],
  "sound-late.mkv": [
    ...[...picture("s=160x90:r=25:d=12"), "-itsoffset", "5.3", ...tone("d=5:r=48000"), ...x264, ...aac],
  ],
  "sound-short.mp4": [...copyOf("sound-short.mkv"), "-movflags", "frag_keyframe+empty_moov"],
  "sound.mka": [...tone("d=11:r=44100"), ...aac],
  "sound.webm": [...tone("d=11:r=48000"), "-c:a", "libopus"],
  "keyframes.mp4": fragmented("frag_keyframe+empty_moov"),
  "no-index.mp4": fragmented("frag_keyframe+delay_moov+skip_trailer"),
  "own-moofs.mp4": fragmented("frag_keyframe+empty_moov+default_base_moof+separate_moof"),
  "dash.mp4": fragmented("dash+delay_moov"),
  "sidx.mp4": fragmented("dash+delay_moov+global_sidx+skip_trailer"),
  "small-fragments.mp4": [...fragmented("empty_moov+default_base_moof"), "-frag_duration", "500000"],
  "late.mp4": ["-copyts", ...copyOf("starts-late.mkv"), "-movflags", "frag_keyframe+delay_moov+frag_discont"],
};

/** Each for a reason of its own not to be played as it is. */
const refused: Record<string, readonly [code: string, args: readonly string[]]> = {
  "open.mkv": ["openGop", [...picture("s=160x90:r=25:d=9"), ...x264, "-x264-params", "open-gop=1"]],
  "open.mp4": ["openGop", [...copyOf("open.mkv"), "-movflags", "frag_keyframe+empty_moov"]],
  "pipe.mkv": ["indexMissing", [...copyOf("film.mkv"), "-live", "1"]],
  "interlaced.mkv": [
    "interlaced",
    [...picture("s=160x96:r=25:d=5"), ...x264, "-flags", "+ildct+ilme", "-field_order", "tt"],
  ],
  "wide.mkv": ["notSquarePixels", [...picture("s=160x90:r=25:d=5"), ...x264, "-aspect", "2"]],
  "deep.mkv": [
    "pixelFormatNotSupported",
    [...picture("s=160x90:r=25:d=5"), ...x264, "-pix_fmt", "yuv420p10"],
  ],
  "full-colour.webm": [
    "pixelFormatNotSupported",
    [...picture("s=160x90:r=25:d=5"), ...vp9, "-pix_fmt", "yuv444p"],
  ],
  "long-groups.mp4": [
    "gopTooLong",
    [
      ...[...picture("s=160x90:r=5:d=24"), ...x264, "-g", "999", "-keyint_min", "999"],
      ...["-movflags", "frag_keyframe+empty_moov"],
    ],
  ],
  "pcm.mkv": [
    "audioCodecNotSupported",
    [...picture("s=160x90:r=25:d=5"), ...tone("d=5"), ...x264, "-c:a", "pcm_s16le"],
  ],
};

let dir: string;
const files = new Map<string, Uint8Array>();
const timelines = new Map<string, SourceTimeline>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-spans-"));
  const unfit = Object.entries(refused).map(([name, [, args]]) => [name, args] as const);
  for (const [name, args] of [...Object.entries(clips), ...unfit]) {
    await run("ffmpeg", ["-nostdin", "-v", "error", ...args, name], { cwd: dir });
    files.set(name, new Uint8Array(await readFile(join(dir, name))));
  }
}, 120_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

const bytesOf = (name: string) => files.get(name) ?? new Uint8Array();

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

async function timelineOf(name: string): Promise<SourceTimeline> {
  const known = timelines.get(name);
  if (known) return known;
  const source = await readSource(readerOf(bytesOf(name)));
  if (!source.ok) throw new Error(`${source.reason.code}: ${source.reason.message}`);
  timelines.set(name, source.value);
  return source.value;
}

type Pieces = readonly Uint8Array[];

/** The fragments of each track, each made of one read. */
function makeAll(bytes: Uint8Array, { tracks, layout }: SourceTimeline): ReadonlyMap<string, Pieces[]> {
  const made = new Map<string, Pieces[]>(tracks.map(({ format }) => [format.id, []]));
  const [lead] = tracks;
  for (const [number, sizeBytes] of (lead?.fragments.sizeBytes ?? []).entries()) {
    const offsetBytes = lead ? locate(lead.fragments, number).offsetBytes : 0;
    const plan = planSpanFragment(layout.bytes, { number, span: { offsetBytes, sizeBytes } });
    if (!plan.ok) throw new Error(plan.reason.kind);
    expect(plan.value.reads).toHaveLength(1);
    const read = plan.value.reads.map((range) =>
      bytes.slice(range.offsetBytes, range.offsetBytes + range.sizeBytes),
    );
    const fragments = plan.value.assemble(read);
    if (!fragments) throw new Error(`fragment ${number} is refused`);
    expect([...fragments.keys()]).toEqual([...made.keys()]);
    for (const [id, pieces] of fragments) {
      made.get(id)?.push(pieces);
      for (const piece of pieces.slice(1)) {
        const isCopy = piece.length > 10 && piece.buffer !== read[0]?.buffer;
        expect(isCopy).toBe(false);
      }
    }
  }
  return made;
}

function factsOf(pieces: Pieces): FragmentFacts {
  const facts = readFragments(Buffer.concat(pieces));
  const [fragment] = facts.ok ? facts.value : [];
  if (!fragment) throw new Error("not a fragment");
  return fragment;
}

interface Stream {
  /** Of decoded pictures or sound. */
  readonly frames: readonly string[];
  readonly packets: readonly { readonly seconds: number; readonly hash: string }[];
}

/** What FFmpeg, an independent reader, sees; it must have nothing to complain about. */
async function judge(paths: readonly string[], maps: readonly string[]): Promise<readonly Stream[]> {
  const mapped = maps.flatMap((map) => ["-map", map]);
  const out = paths[0] ?? "";
  const { stderr } = await run("ffmpeg", [
    ...["-nostdin", "-v", "warning", "-copyts"],
    ...paths.flatMap((path) => ["-flags2", "+skip_manual", "-i", path]),
    ...[...mapped, "-fps_mode", "passthrough", "-f", "framemd5", `${out}.frames`],
    ...[...mapped, "-c", "copy", "-f", "framemd5", `${out}.packets`],
  ]);
  expect(stderr).toBe("");
  const frames = await linesOf(`${out}.frames`);
  const packets = await linesOf(`${out}.packets`);
  return maps.map((_, index) => ({
    frames: frames.filter(({ stream }) => stream === index).map(({ hash }) => hash),
    packets: packets.filter(({ stream }) => stream === index),
  }));
}

async function linesOf(path: string) {
  const lines = (await readFile(path, "utf8")).trim().split("\n");
  const units = new Map(
    lines.flatMap((line) => {
      const [, stream, base] = /^#tb (\d+): 1\/(\d+)/.exec(line) ?? [];
      return stream === undefined ? [] : [[Number(stream), Number(base)] as const];
    }),
  );
  return lines
    .filter((line) => !line.startsWith("#"))
    .map((line) => {
      const [stream = "", , pts = "", , , hash = ""] = line.split(",").map((field) => field.trim());
      return { stream: Number(stream), seconds: Number(pts) / (units.get(Number(stream)) ?? 0), hash };
    });
}

/** Each track of ours beside the same stream of the file. */
async function bothOf(name: string, timeline: SourceTimeline, made: ReadonlyMap<string, readonly Pieces[]>) {
  const paths: string[] = [];
  for (const { format, init } of timeline.tracks) {
    const path = join(dir, `${name}-${format.id}.mp4`);
    await writeFile(path, Buffer.concat([init, ...(made.get(format.id) ?? []).flat()]));
    paths.push(path);
  }
  const ids = timeline.tracks.map(({ format }) => format.id);
  const [ours, source] = await Promise.all([
    judge(
      paths,
      ids.map((_, index) => `${index}`),
    ),
    judge(
      [join(dir, name)],
      ids.map((id) => `0:${id[0]}:${id.slice(1)}`),
    ),
  ]);
  return ids.map((id, index) => ({ id, ours: ours[index], source: source[index] }));
}

const silent = Object.keys(clips).filter((name) => name.startsWith("sound-"));
const complete = Object.keys(clips).filter((name) => !silent.includes(name));

describe("a film kept as spans", () => {
  it.for(complete)("%s decodes to the file's own frames, at the file's own times", async (name) => {
    const timeline = await timelineOf(name);
    const made = makeAll(bytesOf(name), timeline);
    const offsets: number[] = [];
    for (const { id, ours, source } of await bothOf(name, timeline, made)) {
      expect(ours?.frames.length).toBeGreaterThan(10);
      expect(ours?.frames).toEqual(source?.frames);
      expect(ours?.packets.map(({ hash }) => hash)).toEqual(source?.packets.map(({ hash }) => hash));
      // The first picture is there from the start, however late it comes: a player would wait for it.
      if (id === "v0") expect(Math.abs(ours?.packets[0]?.seconds ?? 1)).toBeLessThan(0.001);
      for (const [index, { seconds }] of (ours?.packets ?? []).entries()) {
        if (id === "v0" && index === 0) continue;
        offsets.push((source?.packets[index]?.seconds ?? Infinity) - seconds);
      }
    }
    // One shift for all tracks and times, of the film's start alone: within a millisecond, and how ffprobe rounds.
    const middle = (Math.max(...offsets) + Math.min(...offsets)) / 2;
    expect(Math.max(...offsets) - middle).toBeLessThan(0.0011);
    const isLate = name === "starts-late.mkv" || name === "late.mp4";
    expect(Math.abs(middle - (isLate ? 3600 : 0))).toBeLessThan(0.1);
  });

  it.for(complete)("%s has fragments that meet: no hole, no overlap", async (name) => {
    const timeline = await timelineOf(name);
    const made = makeAll(bytesOf(name), timeline);
    for (const [id, fragments] of made) {
      const facts = fragments.map(factsOf);
      const table = timeline.tracks.find(({ format }) => format.id === id)?.fragments;
      expect(facts.length).toBe(table?.durationTicks.length);
      expect(facts.every(({ sync }) => sync)).toBe(true);
      for (const [index, { startTicks, durationTicks }] of facts.entries()) {
        const next = facts[index + 1];
        if (next) expect(next.startTicks).toBe(startTicks + durationTicks);
      }
    }
  });

  it.for(complete)("%s is cut at the picture where its table says, its sound beside it", async (name) => {
    const timeline = await timelineOf(name);
    const made = makeAll(bytesOf(name), timeline);
    const begins = new Map<string, number[]>();
    for (const { format, fragments, init } of timeline.tracks) {
      expect(readInit(init)).toMatchObject({
        ok: true,
        value: { codec: format.codec, timescale: format.timescale, editStartTicks: format.editStartTicks },
      });
      expect(fragments.runs.every(({ location }) => location.kind === "span")).toBe(true);
      let ticks = fragments.startTicks;
      const starts: number[] = [];
      for (const [index, pieces] of (made.get(format.id) ?? []).entries()) {
        const { startTicks } = factsOf(pieces);
        // Of a fragmented MP4 the index tells when pictures are shown, not when they are decoded.
        if (format.kind === "video" && !name.endsWith("mp4")) expect(startTicks).toBe(ticks);
        expect(Math.abs(startTicks - ticks) / format.timescale).toBeLessThan(0.3);
        starts.push((startTicks - format.editStartTicks) / format.timescale);
        ticks += fragments.durationTicks[index] ?? 0;
      }
      begins.set(format.id, starts);
    }
    const { fragments } = timeline.map;
    expect(fragments.map(({ range }) => range.sizeBytes)).toEqual([
      ...(timeline.tracks[0]?.fragments.sizeBytes ?? []),
    ]);
    expect(timeline.tracks.length).toBe(begins.size);
  });

  it("keeps the film's own frame rate where the file's times are rounded to milliseconds", async () => {
    const timeline = await timelineOf("film.mkv");
    const [track] = timeline.tracks;
    expect(track?.format).toMatchObject({
      timescale: 24_000,
      frameRate: { numerator: 24_000, denominator: 1001 },
    });
    for (const [number, pieces] of (makeAll(bytesOf("film.mkv"), timeline).get("v0") ?? []).entries()) {
      // The first picture of all is held from the start of the sound.
      const samples = factsOf(pieces).samples.slice(number === 0 ? 1 : 0);
      expect([...new Set(samples.map(({ durationTicks }) => durationTicks))]).toEqual([1001]);
    }
    expect((await timelineOf("two-sounds.mkv")).tracks[0]?.format).toMatchObject({
      timescale: 30_000,
      frameRate: { numerator: 30_000, denominator: 1001 },
    });
  });

  it("tells what its tracks are", async () => {
    const formats = async (name: string) => (await timelineOf(name)).tracks.map(({ format }) => format);
    expect(await formats("two-sounds.mkv")).toMatchObject([
      { id: "v0", codec: "avc1.64000b", width: 160, height: 90 },
      { id: "a0", codec: "mp4a.40.2", sampleRateHz: 44_100, channels: 1, language: "en" },
      { id: "a1", codec: "mp4a.40.2", sampleRateHz: 48_000, channels: 2, language: "de" },
    ]);
    expect(await formats("vp9.webm")).toMatchObject([
      { id: "v0", codec: "vp09.00.10.08" },
      { id: "a0", codec: "opus", editStartTicks: 312 },
    ]);
    expect(await formats("av1.webm")).toMatchObject([{ codec: "av01.0.00M.08" }, { codec: "opus" }]);
    expect(await formats("sidx.mp4")).toMatchObject([{ codec: "avc1.64000a" }, { codec: "mp4a.40.2" }]);
  });

  it("reads of the file what it needs and no more", async () => {
    for (const name of Object.keys(clips)) {
      const reads: ByteRange[] = [];
      await readSource(readerOf(bytesOf(name), reads));
      const most = name === "no-index.mp4" || name === "small-fragments.mp4" ? 40 : 17;
      expect(reads.length).toBeLessThanOrEqual(most);
    }
  });

  it.for(silent)("%s has silence where the film has no sound, not a hole", async (name) => {
    const timeline = await timelineOf(name);
    const made = makeAll(bytesOf(name), timeline);
    const [, sound] = await bothOf(name, timeline, made);
    const packets = sound?.ours?.packets ?? [];
    expect(packets[0]?.seconds).toBeLessThan(0.03);
    expect(packets.at(-1)?.seconds).toBeGreaterThan(timeline.durationSeconds - 0.1);
    for (const [index, { seconds }] of packets.entries()) {
      const before = packets[index - 1]?.seconds;
      // FFmpeg makes the first sample of a fragmented file last as long as the picture's delay.
      if (before === undefined || index === 1) continue;
      expect(Math.abs(seconds - before - 1024 / 48_000)).toBeLessThan(0.0215);
    }
    // The film's own sound is all there, where it was.
    const own = new Map(packets.map(({ seconds, hash }) => [hash, seconds]));
    const source = sound?.source?.packets ?? [];
    for (const { seconds, hash } of source.slice(1, -1)) {
      expect(Math.abs((own.get(hash) ?? Infinity) - seconds)).toBeLessThan(0.0012);
    }
  });

  it.for(Object.entries(refused))("%s waits for its first rendition: %s", async ([name, [code]]) => {
    const source = await readSource(readerOf(bytesOf(name)));
    expect(source.ok ? "fits" : source.reason.code).toBe(code);
  });

  it("refuses to make what its file does not hold", async () => {
    const name = "film.mkv";
    const { layout, tracks } = await timelineOf(name);
    const offsetBytes = tracks[0] ? locate(tracks[0].fragments, 1).offsetBytes : 0;
    const span = { offsetBytes, sizeBytes: tracks[0]?.fragments.sizeBytes[1] ?? 0 };
    const plan = planSpanFragment(layout.bytes, { number: 1, span });
    if (!plan.ok) throw new Error(plan.reason.kind);
    expect(plan.value.assemble([new Uint8Array(span.sizeBytes)])).toBe(null);
    expect(plan.value.assemble([])).toBe(null);
    expect(plan.value.assemble([bytesOf(name).slice(offsetBytes, offsetBytes + 100)])).toBe(null);
    // Another fragment's bytes, as long.
    expect(
      plan.value.assemble([bytesOf(name).slice(offsetBytes - 50, offsetBytes - 50 + span.sizeBytes)]),
    ).toBe(null);
    expect(planSpanFragment(layout.bytes, { number: 99, span })).toMatchObject({
      ok: false,
      reason: { kind: "noSuchFragment" },
    });
    expect(planSpanFragment(layout.bytes.subarray(1), { number: 0, span })).toMatchObject({
      ok: false,
      reason: { kind: "badLayout" },
    });
  });
});
