import { describe, expect, it } from "vitest";
import { concatBytes } from "#workers/bytes.ts";
import { avc1, buildMoov, mp4a, type MovieSample, type MovieTrack } from "#workers/testing/build-movie.ts";
import { ascii, box, fullBox, u16, u32, zeros } from "../cmaf/write-boxes.ts";
import { fitAudio } from "../source/audio-fit.ts";
import { readPageFragment } from "../source/page-reader.ts";
import { readSource } from "../source/read-source.ts";
import type { SourceReader, SourceTimeline, Unfit } from "../source/source.ts";

const mdatBytes = 64;
const ftyp = box("ftyp", ascii("isom"), u32(0));
const firstOffset = ftyp.length + 8;

interface Shape {
  readonly frames?: number;
  readonly gop?: number;
  readonly sizeBytes?: number;
  /** Where the samples lie; side by side unless told. */
  readonly stepBytes?: number;
  readonly fromBytes?: number;
}

/** 25 a second. */
function pictures(shape: Shape = {}, change: Partial<MovieTrack> = {}): MovieTrack {
  const { frames = 100, gop = 25, sizeBytes = 1, stepBytes = sizeBytes, fromBytes = firstOffset } = shape;
  const samples = Array.from({ length: frames }, (_, index) => ({
    ...{ offsetBytes: fromBytes + index * stepBytes, sizeBytes, durationTicks: 1000, compositionTicks: 0 },
    sync: index % gop === 0,
  }));
  return { kind: "video", timescale: 25_000, samples, ...change };
}

function sound(seconds = 4, change: Partial<MovieTrack> = {}): MovieTrack {
  const samples = Array.from({ length: Math.round((seconds * 48_000) / 1024) }, () => ({
    ...{ offsetBytes: firstOffset, sizeBytes: 1, durationTicks: 1024, compositionTicks: 0, sync: true },
  }));
  return { kind: "audio", timescale: 48_000, samples, ...change };
}

/** A file whose media nobody reads: as large as it says, and zero but for its head and its index. */
function fileOf(moov: Uint8Array, mediaBytes = mdatBytes): SourceReader {
  const head = concatBytes([ftyp, u32(8 + mediaBytes), ascii("mdat")]);
  const moovAt = head.length + mediaBytes;
  return {
    sizeBytes: moovAt + moov.length,
    read(offsetBytes, sizeBytes) {
      if (offsetBytes < 0 || offsetBytes + sizeBytes > moovAt + moov.length)
        throw new RangeError("read past the end");
      const bytes = new Uint8Array(sizeBytes);
      for (const [at, part] of [
        [0, head],
        [moovAt, moov],
      ] as const) {
        const from = Math.max(offsetBytes, at);
        const to = Math.min(offsetBytes + sizeBytes, at + part.length);
        if (from < to) bytes.set(part.subarray(from - at, to - at), from - offsetBytes);
      }
      return Promise.resolve(bytes);
    },
  };
}

async function reasonOf(
  tracks: readonly MovieTrack[],
  mediaBytes = 2 ** 30,
): Promise<Unfit["code"] | "fits"> {
  const read = await readSource(fileOf(buildMoov(tracks), mediaBytes));
  return read.ok ? "fits" : read.reason.code;
}

async function timelineOf(tracks: readonly MovieTrack[]): Promise<SourceTimeline> {
  const read = await readSource(fileOf(buildMoov(tracks), 2 ** 30));
  if (!read.ok) throw new Error(`${read.reason.code}: ${read.reason.message}`);
  return read.value;
}

const entry = (...more: readonly Uint8Array[]) => ({ entries: [avc1(more)] });
const pasp = (h: number, v: number) => box("pasp", u32(h), u32(v));
const matrix = (...abcd: readonly number[]) => {
  const [a = 0, b = 0, c = 0, d = 0] = abcd.map((value) => value * 0x10000);
  return { matrix: [a, b, 0, c, d, 0, 0, 0, 0x40000000] };
};
const renamed = (bytes: Uint8Array, from: string, to: string) => {
  const copy = bytes.slice();
  Buffer.from(copy.buffer).write(to, Buffer.from(copy.buffer).indexOf(from, 0, "latin1"), "latin1");
  return copy;
};

describe("the picture", () => {
  // Sequence parameter sets as x264 and ffmpeg write them.
  const high10 = "676e000ba6cd9428df93011000000300100000030320f1429960";
  const high422 = "677a000bbcd9428df9f011000003000100000300320f142996";
  const interlaced = "67640015acd9429b6022000003000200000300643e28532c";
  const wide = "6764000bacd9428df930e1000003000100000300320f142996";

  it("is refused where it is turned, mirrored, stretched or not square", async () => {
    expect(await reasonOf([pictures({}, matrix(0, 1, -1, 0))])).toBe("rotated");
    expect(await reasonOf([pictures({}, matrix(-1, 0, 0, -1))])).toBe("rotated");
    expect(await reasonOf([pictures({}, matrix(2, 0, 0, 1))])).toBe("notSquarePixels");
    expect(await reasonOf([pictures({}, entry(pasp(4, 3)))])).toBe("notSquarePixels");
    expect(await reasonOf([pictures({}, { entries: [avc1([], wide)] })])).toBe("notSquarePixels");
    expect(await reasonOf([pictures({}, { shown: { width: 213, height: 90 } })])).toBe("notSquarePixels");
    expect(await reasonOf([pictures({}, entry(pasp(1, 1)))])).toBe("fits");
    expect(await reasonOf([pictures({}, { shown: { width: 160, height: 90 } })])).toBe("fits");
  });

  it("is refused where a browser's decoder may not take it", async () => {
    expect(await reasonOf([pictures({}, { entries: [avc1([], high10)] })])).toBe("pixelFormatNotSupported");
    expect(await reasonOf([pictures({}, { entries: [avc1([], high422)] })])).toBe("pixelFormatNotSupported");
    expect(await reasonOf([pictures({}, { entries: [avc1([], interlaced)] })])).toBe("interlaced");
    expect(await reasonOf([pictures({}, entry(box("fiel", Uint8Array.of(2, 9))))])).toBe("interlaced");
    expect(await reasonOf([pictures({}, { entries: [renamed(avc1(), "avc1", "hvc1")] })])).toBe(
      "videoCodecNotSupported",
    );
    expect(await reasonOf([pictures({}, { entries: [avc1(), avc1()] })])).toBe("videoCodecNotSupported");
    expect(await reasonOf([pictures({}, { entries: [renamed(avc1(), "avc1", "encv")] })])).toBe("encrypted");
    expect(await reasonOf([pictures({}, { entries: [avc1([], "6742c00bd902")] })])).toBe(
      "videoCodecNotSupported",
    );
  });

  it("is refused where its key frames are far apart, or can't be cut at", async () => {
    expect(await reasonOf([pictures({ frames: 500, gop: 250 })])).toBe("fits");
    expect(await reasonOf([pictures({ frames: 500, gop: 251 })])).toBe("gopTooLong");
    expect(await reasonOf([pictures({ frames: 300, gop: 1000 })])).toBe("gopTooLong");
    const { samples } = pictures();
    const leading = samples.map((sample, index) => ({
      ...sample,
      compositionTicks: index === 25 ? 3000 : 1000,
    }));
    expect(await reasonOf([pictures({}, { samples: leading })])).toBe("openGop");
    const blind = samples.map((sample, index) => ({ ...sample, sync: index > 0 && sample.sync }));
    expect(await reasonOf([pictures({}, { samples: blind })])).toBe("openGop");
  });

  it("is refused where it is too large to be made while somebody waits", async () => {
    expect(await reasonOf([pictures({ sizeBytes: 90_000 })])).toBe("fits");
    expect(await reasonOf([pictures({ sizeBytes: 110_000 })])).toBe("bitrateTooHigh");
    const { samples } = pictures({ frames: 1000, gop: 200 });
    const burst = samples.map((sample, index) => ({ ...sample, sizeBytes: index === 0 ? 30_000_000 : 1 }));
    expect(await reasonOf([pictures({}, { samples: burst })])).toBe("bitrateTooHigh");
    expect(await reasonOf([pictures({ sizeBytes: 100, stepBytes: 10_000_000 })], 2e9)).toBe("interleaving");
    expect(await reasonOf([pictures({ sizeBytes: 1000 })], 10)).toBe("truncated");
  });
});

describe("the edit list", () => {
  it("is refused where it does more than delay, or cuts pictures", async () => {
    const edited = (...edits: readonly (readonly [number, number, number?])[]) =>
      reasonOf([
        pictures(
          {},
          {
            edits: edits.map(([durationTicks, mediaTicks, rate = 1]) => ({
              durationTicks,
              mediaTicks,
              rate,
            })),
          },
        ),
      ]);
    expect(await edited([4000, 0])).toBe("fits");
    expect(await edited([0, 0])).toBe("fits");
    expect(await edited([1000, -1], [4000, 0])).toBe("fits");
    expect(await edited([3600, 0])).toBe("fits");
    expect(await edited([3000, 0])).toBe("editList");
    expect(await edited([4000, 1000])).toBe("editList");
    expect(await edited([4000, 0, 2])).toBe("editList");
    expect(await edited([1000, -1])).toBe("editList");
    expect(await edited([2000, 0], [2000, 50_000])).toBe("editList");
    expect(await edited([1000, -1], [1000, -1], [4000, 0])).toBe("editList");
    expect(await edited([60_000, -1], [4000, 0])).toBe("editList");
  });

  it("holds the first picture from the start where the picture is late", async () => {
    const edits = [
      { durationTicks: 2000, mediaTicks: -1 },
      { durationTicks: 0, mediaTicks: 1000 },
    ];
    const { samples } = pictures();
    const reordered = samples.map((sample) => ({ ...sample, compositionTicks: 1000 }));
    const { tracks, layout } = await timelineOf([pictures({}, { edits, samples: reordered })]);
    expect(tracks[0]?.fragments.durationTicks).toEqual(Uint32Array.of(360_000 + 176_400));
    const read = readPageFragment(layout.bytes, 0);
    const [first, second] = read.ok ? (read.value.tracks[0]?.samples ?? []) : [];
    expect([first, second]).toMatchObject([
      { durationTicks: 180_000, compositionTicks: 0 },
      { durationTicks: 3600, compositionTicks: 3600 },
    ]);
  });

  it("becomes a shift of decode times where it delays, and stays one edit where it cuts priming", async () => {
    const { tracks } = await timelineOf([
      pictures(
        {},
        {
          edits: [
            { durationTicks: 2000, mediaTicks: -1 },
            { durationTicks: 0, mediaTicks: 0 },
          ],
        },
      ),
      sound(4, { edits: [{ durationTicks: 0, mediaTicks: 1024 }] }),
      sound(4, {
        edits: [
          { durationTicks: 10, mediaTicks: -1 },
          { durationTicks: 0, mediaTicks: 1024 },
        ],
      }),
    ]);
    expect(
      tracks.map(({ format, fragments }) => [format.id, fragments.startTicks, format.editStartTicks]),
    ).toEqual([
      ["v0", 0, 0],
      ["a0", 0, 1024],
      ["a1", 0, 544],
    ]);
  });
});

describe("the sound", () => {
  it("is refused where browsers may not play it, and passed over where it is switched off beside one they do", async () => {
    const mp3 = renamed(mp4a(), "esds", "free");
    expect(await reasonOf([pictures(), sound(4, { entries: [mp3] })])).toBe("audioCodecNotSupported");
    expect(await reasonOf([pictures(), sound(4, { entries: [renamed(mp4a(), "mp4a", "enca")] })])).toBe(
      "encrypted",
    );
    expect(await reasonOf([pictures(), sound(), sound(4, { entries: [mp3], isDisabled: true })])).toBe(
      "fits",
    );
  });

  it("keeps seven tracks at most, each under a name of its own", async () => {
    const { tracks } = await timelineOf([pictures(), ...Array.from({ length: 9 }, () => sound())]);
    expect(tracks.map(({ format }) => format.id)).toEqual(["v0", "a0", "a1", "a2", "a3", "a4", "a5", "a6"]);
  });

  it("is refused where it goes on long after the picture", async () => {
    expect(await reasonOf([pictures(), sound(13)])).toBe("fits");
    expect(await reasonOf([pictures(), sound(15)])).toBe("interleaving");
  });

  it("has an ISO description where QuickTime's has fields and a wave box of its own", () => {
    const esds = mp4a().subarray(36);
    const wave = box("wave", box("frma", ascii("mp4a")), box("mp4a", zeros(4)), esds, u32(8), zeros(4));
    const fields = concatBytes([
      zeros(6),
      u16(1),
      u16(1),
      zeros(6),
      u16(2),
      u16(16),
      u16(0xfffe),
      zeros(2),
      u32(48_000 * 0x10000),
    ]);
    const quickTime = box("mp4a", fields, zeros(16), wave, zeros(4));
    expect(fitAudio(quickTime)).toMatchObject({
      ok: true,
      value: { codec: "mp4a.40.2", channels: 2, sampleRateHz: 48_000, sampleEntry: mp4a() },
    });
  });
});

describe("the file", () => {
  it("is refused where there is nothing to play, or its index is not to be had", async () => {
    const codeOf = async (file: SourceReader) => {
      const read = await readSource(file);
      return read.ok ? "fits" : read.reason.code;
    };
    const empty: readonly MovieSample[] = [];
    expect(await reasonOf([pictures({}, { samples: empty })])).toBe("noMedia");
    expect(await reasonOf([])).toBe("noMedia");
    expect(await codeOf(fileOf(box("free", zeros(40))))).toBe("indexMissing");
    expect(await codeOf(fileOf(box("moov", zeros(25 * 2 ** 20))))).toBe("indexTooLarge");
    expect(await codeOf(fileOf(box("moov")))).toBe("malformed");
    expect(await codeOf(fileOf(concatBytes([u32(4), ascii("moov")])))).toBe("malformed");
    expect(await codeOf({ sizeBytes: 0, read: () => Promise.resolve(zeros(0)) })).toBe(
      "containerNotSupported",
    );
    expect(await codeOf({ sizeBytes: 9, read: () => Promise.resolve(ascii("GIF89a...")) })).toBe(
      "containerNotSupported",
    );
  });

  it("may have its media in other files, and is refused then", async () => {
    const moov = buildMoov([pictures()]);
    const dinf = box("dinf", fullBox("dref", 0, 0, u32(1), fullBox("alis", 0, 0)));
    // The box of the media's place goes where the sample tables begin, and all that encloses them grows.
    const at = Buffer.from(moov.buffer).indexOf("stbl", 0, "latin1") - 4;
    const grown = concatBytes([moov.subarray(0, at), dinf, moov.subarray(at)]);
    const view = new DataView(grown.buffer);
    for (const type of ["moov", "trak", "mdia", "minf"]) {
      const size = Buffer.from(grown.buffer).indexOf(type, 0, "latin1") - 4;
      view.setUint32(size, view.getUint32(size) + dinf.length);
    }
    const read = await readSource(fileOf(grown, 1000));
    expect(read).toMatchObject({ ok: false, reason: { code: "containerNotSupported" } });
  });

  it("does not hold a walk over thousands of small boxes", async () => {
    let reads = 0;
    const junk = box("free", zeros(70_000));
    const count = 200;
    const file: SourceReader = {
      sizeBytes: junk.length * count,
      read(offsetBytes, sizeBytes) {
        reads++;
        return Promise.resolve(
          Uint8Array.from(
            { length: sizeBytes },
            (_, index) => junk[(offsetBytes + index) % junk.length] ?? 0,
          ),
        );
      },
    };
    expect(await readSource(file)).toMatchObject({ ok: false, reason: { code: "indexMissing" } });
    expect(reads).toBeLessThan(30);
  });
});

it("takes a film of sound alone, cut every few seconds", async () => {
  const { tracks, map, gop } = await timelineOf([sound(21)]);
  expect(tracks.map(({ format }) => format.id)).toEqual(["a0"]);
  expect(map.fragments.map(({ startSeconds }) => Math.round(startSeconds * 10) / 10)).toEqual([
    0, 4, 8, 12, 16,
  ]);
  expect(gop).toEqual({ ticks: 192_000, timescale: 48_000 });
});
