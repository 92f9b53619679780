import { describe, expect, it } from "vitest";
import { fragmentsOf } from "#workers/timeline/edit.ts";
import { encodeChunkIndex } from "#workers/timeline/index-encode.ts";
import type { Format } from "#workers/timeline/timeline.ts";
import { emptyGrowth, grow, type ChunkRow } from "./growth.ts";
import type { MediaVersion } from "./record.ts";

const format = (id: string): Format => ({
  id,
  kind: "audio",
  codec: "mp4a.40.2",
  timescale: 48_000,
  editStartTicks: 0,
  maxBitrateBps: 128_000,
  channels: 2,
  sampleRateHz: 48_000,
  language: "en",
});
const media: MediaVersion = {
  kind: "ladder",
  segmentFragments: 2,
  firstTrackBit: 0,
  file: null,
  videoId: "vid_x",
  version: 1,
  generation: 1,
  state: "encoding",
  gop: { ticks: 96_000, timescale: 48_000 },
  formats: [format("a0"), format("a1")],
  images: null,
};

function row(chunk: number, tracks = ["a0", "a1"], startTicks = chunk * 576_000, whole = true): ChunkRow {
  const entries = Array.from({ length: 6 }, () => ({
    durationTicks: 96_000,
    sizeBytes: 10,
    leadBytes: 0,
    sync: true,
  }));
  const fragments = fragmentsOf(chunk * 6, startTicks, { kind: "chunk", chunk, attempt: 1 }, entries);
  return { chunk, index: encodeChunkIndex(tracks.map((track) => ({ track, fragments }))), whole };
}

const after = (...rows: ChunkRow[]) => grow(emptyGrowth(media), { media, rows });
const counts = ({ growth }: ReturnType<typeof after>) =>
  growth.timeline.tracks.map(({ fragments }) => fragments.sync.length);

describe("growth", () => {
  it("takes the contiguous prefix, and what comes after a gap is no fault", () => {
    const grown = after(row(0), row(1), row(3));
    expect([counts(grown), grown.growth.nextChunk, grown.fault]).toEqual([[12, 12], 2, null]);
    expect(after(row(1)).fault).toBeNull();
  });

  it("is the same in one step or in many", () => {
    const first = after(row(0)).growth;
    const second = grow(first, { media, rows: [row(1)] }).growth;
    expect(second).toEqual(after(row(0), row(1)).growth);
    expect(grow(second, { media, rows: [] }).growth.timeline).toBe(second.timeline);
  });

  it.each([
    ["that lacks a track", row(1, ["a0"])],
    ["that does not continue in time", row(1, undefined, 576_001)],
    ["that is no index", { chunk: 1, index: new Uint8Array([1, 2, 3]), whole: true }],
  ])("stops before a chunk %s, keeps what it has, and says so", (_, bad) => {
    const grown = after(row(0), bad, row(2));
    expect(counts(grown)).toEqual([6, 6]);
    expect(grown.fault).toMatch(/^chunk 1: /);
  });

  it("starts anew when the version turns out to have other tracks", () => {
    const more = { ...media, formats: [...media.formats, format("a2")] };
    const grown = grow(after(row(0)).growth, { media: more, rows: [row(0, ["a0", "a1", "a2"])] });
    expect(counts(grown)).toEqual([6, 6, 6]);
  });

  const begun = row(0, ["a1"], 0, false);
  const tracksOf = ({ growth }: ReturnType<typeof after>) =>
    growth.timeline.tracks.map(({ format, fragments }) => `${format.id} ${fragments.sync.length}`);

  it("has what is there of the first chunk, stops there, and reads it again", () => {
    const grown = after(begun, row(1));
    expect([tracksOf(grown), grown.growth.nextChunk, grown.growth.partial, grown.fault]).toEqual([
      ...[["a1 6"], 0, true, null],
    ]);
    const again = grow(grown.growth, { media, rows: [begun, row(1)] });
    expect(again.growth).toEqual(grown.growth);
  });

  it("becomes whole as if it had never been partial", () => {
    const grown = grow(after(begun).growth, { media, rows: [row(0), row(1)] });
    expect(grown).toEqual(after(row(0), row(1)));
  });

  it("keeps what it has when a replica knows less", () => {
    const partial = after(begun);
    expect(grow(partial.growth, { media, rows: [] }).growth).toEqual(partial.growth);
  });

  it("leaves a track that was dropped empty in its place, and asks no chunk for it", () => {
    const [first, second] = media.formats;
    if (first === undefined || second === undefined) throw new Error("two formats");
    const formats = [{ ...first, dropped: true as const }, second];
    const told = grow(emptyGrowth(media), { media: { ...media, formats }, rows: [row(0, ["a1"])] });
    expect([tracksOf(told), told.fault]).toEqual([["a0 0", "a1 6"], null]);
  });
});
