import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "#workers/bytes.ts";
import { locate } from "#workers/timeline/segments.ts";
import {
  buildMatroska,
  element,
  float,
  keyFrame,
  opusHead,
  opusPacket,
  otherFrame,
  soundEntry,
  uint,
  type FilmSpec,
} from "#workers/testing/build-matroska.ts";
import { readFragments } from "../cmaf/fragments.ts";
import { readSource } from "../source/read-source.ts";
import type { ByteRange, SourceReader, SourceTimeline } from "../source/source.ts";
import { planSpanFragment } from "../source/span-fragment.ts";
import { ids } from "./ids.ts";
import { readMatroskaSource } from "./matroska-source.ts";

function readerOf(bytes: Uint8Array, reads: ByteRange[] = []): SourceReader {
  return {
    sizeBytes: bytes.length,
    read(offsetBytes, sizeBytes) {
      if (offsetBytes < 0 || sizeBytes <= 0 || offsetBytes + sizeBytes > bytes.length) {
        throw new RangeError("read past the end");
      }
      reads.push({ offsetBytes, sizeBytes });
      return Promise.resolve(bytes.slice(offsetBytes, offsetBytes + sizeBytes));
    },
  };
}

async function reasonOf(bytes: Uint8Array): Promise<string> {
  const read = await readSource(readerOf(bytes));
  return read.ok ? "fits" : read.reason.code;
}

async function timelineOf(bytes: Uint8Array): Promise<SourceTimeline> {
  const read = await readSource(readerOf(bytes));
  if (!read.ok) throw new Error(`${read.reason.code}: ${read.reason.message}`);
  return read.value;
}

/** The samples of each track, fragment after fragment; null where one is refused. */
function madeOf(bytes: Uint8Array, { tracks, layout }: SourceTimeline) {
  const [lead] = tracks;
  return [...(lead?.fragments.sizeBytes ?? [])].map((sizeBytes, number) => {
    const offsetBytes = lead ? locate(lead.fragments, number).offsetBytes : 0;
    const plan = planSpanFragment(layout.bytes, { number, span: { offsetBytes, sizeBytes } });
    if (!plan.ok) throw new Error(plan.reason.kind);
    const made = plan.value.assemble([bytes.slice(offsetBytes, offsetBytes + sizeBytes)]);
    if (!made) return null;
    return new Map(
      [...made].map(([id, pieces]) => {
        const read = readFragments(concatBytes(pieces));
        const [fragment] = read.ok ? read.value : [];
        if (!fragment) throw new Error("not a fragment");
        return [id, { ...fragment, media: pieces.slice(1) }] as const;
      }),
    );
  });
}

/** All pictures and all sound, once each, on an unbroken line. */
function expectWhole(bytes: Uint8Array, timeline: SourceTimeline, pictures: number, packets: number) {
  const made = madeOf(bytes, timeline);
  const counts = { v0: 0, a0: 0 };
  for (const id of ["v0", "a0"] as const) {
    let end = 0;
    for (const fragment of made.map((tracks) => tracks?.get(id))) {
      expect(fragment?.startTicks).toBe(end);
      end += fragment?.durationTicks ?? 0;
      counts[id] += fragment?.samples.length ?? 0;
    }
  }
  expect(counts).toEqual({ v0: pictures, a0: packets });
  return made;
}

describe("readMatroskaSource", () => {
  it("cuts a film at its cues, about every four seconds", async () => {
    const bytes = buildMatroska();
    const timeline = await timelineOf(bytes);
    expect(timeline.durationSeconds).toBe(12);
    expect(timeline.tracks.map(({ format }) => format)).toMatchObject([
      { id: "v0", codec: "vp09.00.10.08", timescale: 90_000, frameRate: { numerator: 10, denominator: 1 } },
      { id: "a0", codec: "opus", timescale: 48_000, language: "en", channels: 2 },
    ]);
    expect([...(timeline.tracks[0]?.fragments.durationTicks ?? [])]).toEqual([360_000, 360_000, 360_000]);
    expectWhole(bytes, timeline, 120, 600);
  });

  it.for<[string, Partial<FilmSpec>]>([
    ["several groups of pictures in a cluster", { gopsPerCluster: 3 }],
    ["all of the film in one cluster", { gopsPerCluster: 6, gops: 6 }],
    ["clusters of unknown size", { unknownSizes: true }],
    ["Cues that nothing leads to", { cues: "notListed" }],
    ["sound laced by Xiph", { lacing: "xiph" }],
    ["sound laced by EBML, groups in the middle of clusters", { lacing: "ebml", gopsPerCluster: 2 }],
    ["sound laced in equal parts", { lacing: "fixed" }],
    ["a SeekHead that leads to itself", { seekHead: [[ids.seekHead, 0]] }],
    ["cues without relative positions", { relativePositions: false }],
    ["a picture rate of many decimals", { picturesPerSecond: 15 }],
  ])("makes each picture and packet once of a film with %s", async ([, changes]) => {
    const bytes = buildMatroska(changes);
    const timeline = await timelineOf(bytes);
    const pictures = 12 * (changes.picturesPerSecond ?? 10);
    const made = expectWhole(bytes, timeline, pictures, 600);
    for (const tracks of made) {
      const sound = concatBytes(tracks?.get("a0")?.media ?? []);
      expect(sound.length % opusPacket.length).toBe(0);
      expect([...sound.subarray(0, 6)]).toEqual([...opusPacket]);
      const video = concatBytes(tracks?.get("v0")?.media ?? []);
      expect([...video.subarray(0, 12)]).toEqual([...keyFrame]);
      expect([...video.subarray(12, 18)]).toEqual([...otherFrame]);
    }
  });

  it("puts back the header that a track's frames lack", async () => {
    const encodings = (algorithm: number) =>
      element(
        ids.contentEncodings,
        element(
          ids.contentEncoding,
          element(
            ids.contentCompression,
            uint(ids.contentCompAlgo, algorithm),
            element(ids.contentCompSettings, Uint8Array.of(0x82)),
          ),
        ),
      );
    const bytes = buildMatroska({ trackParts: [encodings(3)], removedHeaderBytes: 1 });
    const made = expectWhole(bytes, await timelineOf(bytes), 120, 600);
    const video = concatBytes(made[0]?.get("v0")?.media ?? []);
    expect([...video.subarray(0, 12)]).toEqual([...keyFrame]);
    expect([...video.subarray(12, 18)]).toEqual([0x82, ...otherFrame.subarray(1)]);
    expect(await reasonOf(buildMatroska({ trackParts: [encodings(0)] }))).toBe("containerNotSupported");
  });

  it.for<[string, Partial<FilmSpec>]>([
    ["indexMissing", { cues: "none" }],
    ["indexMissing", { cues: "none", seekHead: [[ids.cues, 0]] }],
    ["gopTooLong", { cues: "ofSound" }],
    ["gopTooLong", { gops: 2, gopSeconds: 11 }],
    ["gopTooLong", { relativePositions: false, gopsPerCluster: 6 }],
    ["gopTooLong", { duration: 1e7 }],
    ["durationTooLong", { duration: 1e12 }],
    ["openGop", { openGops: () => true }],
    ["interleaving", { soundLateSeconds: 3 }],
    ["bitrateTooHigh", { paddingBytes: 7_000_000, gops: 3 }],
    ["containerNotSupported", { docType: "theirs" }],
    ["videoCodecNotSupported", { videoCodec: "V_MPEGH/ISO/HEVC" }],
    ["videoCodecNotSupported", { videoCodec: "V_AV1" }],
    ["interlaced", { videoParts: [uint(ids.flagInterlaced, 1)] }],
    ["notSquarePixels", { videoParts: [uint(ids.displayWidth, 160), uint(ids.displayHeight, 120)] }],
    ["notSquarePixels", { videoParts: [uint(ids.pixelCropTop, 4)] }],
    [
      "fits",
      { videoParts: [uint(ids.displayWidth, 16), uint(ids.displayHeight, 9), uint(ids.displayUnit, 3)] },
    ],
    ["rotated", { videoParts: [element(ids.projection, float(ids.projectionPoseRoll, 90))] }],
    [
      "encrypted",
      {
        trackParts: [
          element(ids.contentEncodings, element(ids.contentEncoding, uint(ids.contentEncodingType, 1))),
        ],
      },
    ],
    ["audioCodecNotSupported", { moreTracks: [soundEntry(3, "A_DTS")] }],
    ["fits", { moreTracks: [soundEntry(3, "A_DTS", uint(ids.flagDefault, 0))] }],
    ["malformed", { duration: Number.NaN }],
    ["malformed", { duration: 3000 }],
  ])("says %s of %j", async ([code, changes]) => {
    expect(await reasonOf(buildMatroska(changes))).toBe(code);
  });

  it("refuses a file that was not uploaded whole", async () => {
    const bytes = buildMatroska();
    expect(await reasonOf(bytes.subarray(0, -100))).toBe("truncated");
    const open = buildMatroska({ unknownSizes: true });
    expect(["indexMissing", "malformed", "truncated"]).toContain(await reasonOf(open.subarray(0, -300)));
  });

  it("makes no fragment of an open group that no look at the film had found", async () => {
    const bytes = buildMatroska({ gops: 40, openGops: (gop) => gop === 10 });
    const timeline = await timelineOf(bytes);
    const refused = madeOf(bytes, timeline).flatMap((made, number) => (made ? [] : [number]));
    expect(refused).toEqual([5]);
  });

  it("keeps a broken fragment to itself", async () => {
    const bytes = buildMatroska({ gops: 8 });
    const timeline = await timelineOf(bytes);
    const [lead] = timeline.tracks;
    const second = lead ? locate(lead.fragments, 1).offsetBytes : 0;
    const broken = bytes.slice();
    broken.fill(0, second + 40, second + 60);
    const made = madeOf(broken, timeline);
    expect(made.map((tracks) => tracks !== null)).toEqual([true, false, true, true]);
  });
});

describe("hostile files", () => {
  const films = [
    buildMatroska(),
    buildMatroska({ gopsPerCluster: 3, lacing: "ebml", unknownSizes: true }),
    buildMatroska({ cues: "notListed", moreTracks: [soundEntry(3, "A_OPUS")] }),
  ];

  it("are read or refused within their bounds, and their fragments made or refused, whatever was changed", async () => {
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...films),
        fc.array(change, { minLength: 1, maxLength: 10 }),
        fc.nat({ max: 40 }),
        async (film, changes, cut) => {
          const bytes = film.slice(0, cut === 0 ? undefined : -cut * 37);
          for (const [at, value, inHeader] of changes) {
            bytes[at % (inHeader ? Math.min(600, bytes.length) : bytes.length)] = value;
          }
          const reads: ByteRange[] = [];
          const source = await readMatroskaSource(readerOf(bytes, reads));
          expect(reads.length).toBeLessThanOrEqual(16);
          expect(reads.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBeLessThanOrEqual(16 * 2 ** 20);
          if (source.ok) madeOf(bytes, source.value);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("take no time by counts and sizes that are lies", async () => {
    const huge = Uint8Array.of(0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe);
    const film = buildMatroska();
    for (const id of [ids.seekHead, ids.tracks, ids.cues, ids.cluster, ids.info]) {
      const name = Buffer.from(id.toString(16), "hex");
      // The SeekHead names the Cues before they come.
      const at =
        (id === ids.cues ? Buffer.from(film).lastIndexOf(name) : Buffer.from(film).indexOf(name)) + 4;
      const lie = film.slice();
      lie.set(huge, at);
      expect(await reasonOf(lie)).not.toBe("fits");
    }
  });

  it("are noise", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (noise) => {
        const bytes = concatBytes([Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3), noise]);
        expect((await readMatroskaSource(readerOf(bytes))).ok).toBe(false);
      }),
      { numRuns: 200 },
    );
    expect((await readMatroskaSource(readerOf(new Uint8Array(0)))).ok).toBe(false);
    expect(opusHead.length).toBe(19);
  });
});

describe("a long film", () => {
  // Clusters of 1 MB each two seconds: only what is asked for exists.
  it("of two hours is read by its index and a few looks", async () => {
    const film = buildMatroska({ gops: 3600, gopSeconds: 2, picturesPerSecond: 1, lacing: "fixed" });
    const reads: ByteRange[] = [];
    const source = await readMatroskaSource(readerOf(film, reads));
    if (!source.ok) throw new Error(source.reason.message);
    expect(source.value.tracks[0]?.fragments.sizeBytes.length).toBe(1800);
    expect(reads.length).toBeLessThanOrEqual(10);
    expect(source.value.layout.bytes.length).toBeLessThan(10_000);
  });
});
