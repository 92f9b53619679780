// Files as a client saves them, judged by FFmpeg: of real encodes, cut into chunk objects as they are stored.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { concatBytes } from "#workers/bytes.ts";
import { readBoxes } from "#workers/packaging/cmaf/boxes.ts";
import { readFragments } from "#workers/packaging/cmaf/fragments.ts";
import { readInit } from "#workers/packaging/cmaf/init.ts";
import { fragmentsOf, sliceFragments } from "#workers/timeline/edit.ts";
import { joinFragments } from "#workers/timeline/join.ts";
import type { Fragments, Track } from "#workers/timeline/timeline.ts";
import { seedFormats } from "#workers/testing/seed-formats.ts";
import { layOut } from "./file-layout.ts";
import { FragmentPatcher } from "./fragment-patch.ts";

const dir = mkdtempSync(join(tmpdir(), "sluice-download-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const flags = "+frag_keyframe+delay_moov+dash+skip_sidx+skip_trailer";
const chunkOf = (fragment: number) => (fragment < 2 ? 0 : 1);

interface Stored {
  readonly track: Track;
  readonly init: Uint8Array;
  readonly chunks: readonly Uint8Array[];
}

function stored(name: string, args: readonly string[], kind: "video" | "audio"): Stored {
  const path = join(dir, name);
  execFileSync("ffmpeg", ["-v", "error", "-y", ...args, "-f", "mp4", path]);
  const bytes = new Uint8Array(readFileSync(path));
  const boxes = readBoxes(bytes);
  const at = boxes.ok ? (boxes.value.find(({ type }) => type === "moof")?.offset ?? 0) : 0;
  const init = bytes.slice(0, at);
  const facts = readInit(init);
  const read = readFragments(bytes.slice(at));
  const format = seedFormats.find((each) => each.kind === kind);
  if (!facts.ok || !read.ok || format === undefined) throw new Error(`${name} can't be read`);
  const { timescale, editStartTicks, codec } = facts.value;
  const parts: Fragments[] = [];
  const chunks: Uint8Array[] = [];
  for (const chunk of [0, 1]) {
    const mine = read.value.filter((_, index) => chunkOf(index) === chunk);
    const first = read.value.findIndex((_, index) => chunkOf(index) === chunk);
    const location = { kind: "chunk", chunk, attempt: 1 } as const;
    parts.push(fragmentsOf(first, mine[0]?.startTicks ?? 0, location, mine));
    chunks.push(
      concatBytes(
        mine.map(({ offsetBytes, sizeBytes }) => bytes.slice(at + offsetBytes, at + offsetBytes + sizeBytes)),
      ),
    );
  }
  const joined = joinFragments(parts);
  if (!joined.ok) throw new Error("the chunks do not join");
  return {
    track: { format: { ...format, timescale, editStartTicks, codec }, fragments: joined.value },
    init,
    chunks,
  };
}

let picture: Stored;
let sound: Stored;
beforeAll(() => {
  const x264 = [
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-g",
    "50",
    "-keyint_min",
    "50",
    "-sc_threshold",
    "0",
  ];
  const video = [
    "-f",
    "lavfi",
    "-i",
    "testsrc=size=160x90:rate=25:duration=10",
    ...x264,
    "-bf",
    "2",
    "-pix_fmt",
    "yuv420p",
  ];
  picture = stored("v.mp4", [...video, "-video_track_timescale", "90000", "-movflags", flags], "video");
  const audio = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=10", "-c:a", "aac"];
  const cut = ["-frag_duration", "2000000", "-movflags", "+delay_moov+dash+skip_sidx+skip_trailer"];
  sound = stored("a.mp4", [...audio, ...cut], "audio");
});

function made(parts: readonly Stored[], from: number, to: number, name: string): string {
  const cut = parts.map((part) => {
    const fragments = sliceFragments(part.track.fragments, from, to);
    return { ...part, track: { ...part.track, fragments } };
  });
  const layout = layOut(cut);
  const out: Uint8Array[] = [layout.head];
  for (const piece of layout.pieces) {
    const { track, chunks } = cut[piece.trackIndex] ?? { track: null, chunks: [] };
    if (track === null || piece.location.kind !== "chunk") throw new Error("no such piece");
    const sizes = Array.from({ length: piece.to - piece.from }, (_, index) => ({
      sizeBytes: track.fragments.sizeBytes[piece.from + index] ?? 0,
      patch: layout.patchOf(piece, piece.from + index),
    }));
    const patcher = new FragmentPatcher(sizes);
    const end = piece.offsetBytes + piece.sizeBytes;
    const bytes = chunks[piece.location.chunk]?.subarray(piece.offsetBytes, end) ?? new Uint8Array(0);
    // In pieces of a size that falls anywhere.
    for (let at = 0; at < bytes.length; at += 37) out.push(...patcher.push(bytes.subarray(at, at + 37)));
  }
  const file = concatBytes(out);
  expect(file.length).toBe(layout.sizeBytes);
  const path = join(dir, name);
  writeFileSync(path, file);
  return path;
}

function probe(path: string) {
  const tool = (...args: readonly string[]) =>
    execFileSync("ffprobe", ["-v", "error", ...args, path], { encoding: "utf8" });
  const { streams, format } = JSON.parse(
    tool("-count_frames", "-show_streams", "-show_format", "-of", "json"),
  ) as {
    readonly streams: readonly {
      codec_type: string;
      nb_read_frames: string;
      start_time: string;
      duration: string;
    }[];
    readonly format: { duration: string };
  };
  // To the last frame, and every complaint is one.
  const decoded = execFileSync("ffmpeg", ["-v", "error", "-xerror", "-i", path, "-f", "null", "-"], {
    stdio: "pipe",
  });
  expect(decoded.length).toBe(0);
  return {
    seconds: Number(format.duration),
    streams: streams.map((stream) => ({
      type: stream.codec_type,
      frames: Number(stream.nb_read_frames),
      start: Number(stream.start_time),
    })),
  };
}

it("has every frame of picture and sound, and its length, for FFmpeg", () => {
  const { seconds, streams } = probe(made([picture, sound], 0, 5, "whole.mp4"));
  expect(streams.map(({ type, frames }) => [type, frames])).toEqual([
    ["video", 250],
    ["audio", expect.any(Number)],
  ]);
  expect(streams[1]?.frames).toBeGreaterThanOrEqual(469);
  for (const { start } of streams) expect(Math.abs(start)).toBeLessThan(0.03);
  expect(Math.abs(seconds - 10)).toBeLessThan(0.05);
});

it("of a part begins at 0, picture and sound together", () => {
  const { seconds, streams } = probe(made([picture, sound], 1, 4, "part.mp4"));
  expect(streams[0]).toMatchObject({ type: "video", frames: 150 });
  for (const { start } of streams) expect(Math.abs(start)).toBeLessThan(0.06);
  expect(Math.abs(seconds - 6)).toBeLessThan(0.06);
});

it("may be sound alone", () => {
  const { seconds, streams } = probe(made([sound], 0, 5, "sound.m4a"));
  expect(streams.map(({ type }) => type)).toEqual(["audio"]);
  expect(Math.abs(seconds - 10)).toBeLessThan(0.05);
});
