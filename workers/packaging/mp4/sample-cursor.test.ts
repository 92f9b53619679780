import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildMoov, type MovieSample } from "#workers/testing/build-movie.ts";
import { readMoov } from "./read-moov.ts";
import { readSampleTables, SampleCursor } from "./sample-cursor.ts";

function walk(moov: Uint8Array): readonly MovieSample[] | null {
  const track = readMoov(moov)?.tracks[0];
  const tables = track && readSampleTables(moov, track.stbl);
  if (!tables) return null;
  const cursor = new SampleCursor(moov, tables);
  const samples: MovieSample[] = [];
  while (cursor.next()) {
    const { offsetBytes, sizeBytes, durationTicks, compositionTicks, isSync } = cursor;
    samples.push({ offsetBytes, sizeBytes, durationTicks, compositionTicks, sync: isSync });
  }
  return cursor.isBroken ? null : samples;
}

/** Some side by side, some apart, some before the one before. */
const samples = fc
  .array(
    fc.record({
      gapBytes: fc.constantFrom(0, 0, 0, 7, 1000, -500),
      sizeBytes: fc.nat({ max: 65_535 }),
      durationTicks: fc.constantFrom(1, 1001, 1001, 90_000),
      compositionTicks: fc.constantFrom(0, 0, -2002, 3003),
      sync: fc.boolean(),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((list) => {
    let end = 10_000;
    return list.map(({ gapBytes, ...sample }): MovieSample => {
      const offsetBytes = Math.max(0, end + gapBytes);
      end = offsetBytes + sample.sizeBytes;
      return { ...sample, offsetBytes };
    });
  });

describe("SampleCursor", () => {
  it("gives the samples that the tables were made of, whatever their layout", () => {
    fc.assert(
      fc.property(
        samples,
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        (list, hasLongOffsets, isCompact, chunkSamples) => {
          const track = {
            kind: "video",
            timescale: 30_000,
            samples: list,
            hasLongOffsets,
            isCompact,
            chunkSamples,
          } as const;
          expect(walk(buildMoov([track]))).toEqual(list);
        },
      ),
    );
  });

  it("takes every sample for a sync sample where no table says which are", () => {
    const list = [1, 2, 3].map((sizeBytes) => ({
      offsetBytes: 0,
      sizeBytes,
      durationTicks: 1024,
      compositionTicks: 0,
      sync: false,
    }));
    const read = walk(buildMoov([{ kind: "audio", timescale: 48_000, samples: list }]));
    expect(read?.map(({ sync }) => sync)).toEqual([true, true, true]);
  });

  it("breaks off where a table ends too early or names another description", () => {
    const list = [0, 1, 2, 3].map((index) => ({
      ...{
        offsetBytes: index * 100,
        sizeBytes: 10,
        durationTicks: 1 + index,
        compositionTicks: 0,
        sync: true,
      },
    }));
    const moov = buildMoov([{ kind: "video", timescale: 1000, samples: list }]);
    const change = (type: string, at: number, value: number) => {
      const copy = moov.slice();
      const offset = Buffer.from(copy.buffer).indexOf(type, 0, "latin1") + 4;
      new DataView(copy.buffer).setUint32(offset + at, value);
      return copy;
    };
    expect(walk(moov)).toHaveLength(4);
    expect(walk(change("stts", 8, 0))).toBeNull();
    expect(walk(change("stco", 4, 3))).toBeNull();
    expect(walk(change("stsc", 16, 2))).toBeNull();
    expect(walk(change("stsc", 12, 0))).toBeNull();
  });

  it("refuses tables that claim more than they hold, before it walks", () => {
    const list = [{ offsetBytes: 0, sizeBytes: 10, durationTicks: 1, compositionTicks: 0, sync: true }];
    const moov = buildMoov([{ kind: "video", timescale: 1000, samples: list }]);
    for (const [type, at] of [
      ["stts", 4],
      ["stsc", 4],
      ["stco", 4],
      ["stss", 4],
      ["stsz", 8],
    ] as const) {
      const copy = moov.slice();
      const offset = Buffer.from(copy.buffer).indexOf(type, 0, "latin1") + 4;
      new DataView(copy.buffer).setUint32(offset + at, 0xffffffff);
      expect(walk(copy), type).toBeNull();
    }
  });

  it("refuses 2^32 samples of one size, which take no bytes in the table", () => {
    const list = [{ offsetBytes: 0, sizeBytes: 10, durationTicks: 1, compositionTicks: 0, sync: true }];
    const moov = buildMoov([{ kind: "video", timescale: 1000, samples: list }]);
    const offset = Buffer.from(moov.buffer).indexOf("stsz", 0, "latin1") + 4;
    const view = new DataView(moov.buffer);
    view.setUint32(offset + 4, 1);
    expect(walk(moov)).toMatchObject([{ sizeBytes: 1 }]);
    view.setUint32(offset + 8, 0xffffffff);
    expect(walk(moov)).toBeNull();
  });
});
