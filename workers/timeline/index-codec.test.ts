import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryFragments } from "#workers/testing/arbitrary-fragments.ts";
import { buildTimeline } from "#workers/testing/build-timeline.ts";
import { decodeChunkIndex, decodeTrackIndex } from "./index-decode.ts";
import { encodeChunkIndex, encodeTrackIndex } from "./index-encode.ts";
import { ByteWriter } from "./byte-writer.ts";

const anyTrackId = fc.stringMatching(/^[a-z][a-z0-9]{0,15}$/);
const anyParts = fc.uniqueArray(fc.record({ track: anyTrackId, fragments: arbitraryFragments }), {
  selector: ({ track }) => track,
  maxLength: 8,
});

/** A header, then the given varints. */
function bytesOf(kind: number, ...numbers: number[]): Uint8Array {
  const writer = new ByteWriter();
  for (const byte of [0x53, 0x49, 1, kind]) writer.byte(byte);
  for (const number of numbers) writer.varint(number);
  return writer.finish();
}

const twoHours = buildTimeline({ frameCount: 7200 * 30, heights: [240, 1080] });

describe("a track index", () => {
  test("comes back as it went in", () => {
    fc.assert(
      fc.property(arbitraryFragments, (fragments) => {
        expect(decodeTrackIndex(encodeTrackIndex(fragments))).toEqual({ ok: true, value: fragments });
      }),
    );
  });

  test.each(twoHours.tracks.map((track) => [track.format.id, track.fragments] as const))(
    "of two hours of %s takes at most 35 KB",
    (_id, fragments) => {
      expect(fragments.sync).toHaveLength(3600);
      expect(encodeTrackIndex(fragments).length).toBeLessThanOrEqual(35_000);
    },
  );

  test("of two hours at 100 Mbit/s takes at most 35 KB", () => {
    const sizeBytes = new Uint32Array(3600).fill(25_000_000);
    const leadBytes = new Uint32Array(3600).fill(3_000_000);
    const [track] = twoHours.tracks;
    if (track === undefined) throw new Error("the sketch has a rung");
    expect(encodeTrackIndex({ ...track.fragments, sizeBytes, leadBytes }).length).toBeLessThanOrEqual(35_000);
  });
});

describe("a chunk index", () => {
  test("comes back as it went in, with its tracks in order", () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        expect(decodeChunkIndex(encodeChunkIndex(parts))).toEqual({ ok: true, value: parts });
      }),
    );
  });

  test("is refused when it names a track twice, or by no track id", () => {
    const [track] = twoHours.tracks;
    if (track === undefined) throw new Error("the sketch has a rung");
    const part = { track: "v1", fragments: track.fragments };
    expect(decodeChunkIndex(encodeChunkIndex([part, part]))).toEqual({
      ok: false,
      reason: { kind: "badTrackId" },
    });
    const bytes = encodeChunkIndex([part]);
    bytes[6] = "/".charCodeAt(0);
    expect(decodeChunkIndex(bytes)).toEqual({ ok: false, reason: { kind: "badTrackId" } });
  });

  test("can't be made with a name that is no track id", () => {
    expect(() => encodeChunkIndex([{ track: "../x", fragments: emptyTable }])).toThrow("not a track id");
  });
});

const emptyTable = {
  first: 0,
  startTicks: 0,
  durationTicks: new Uint32Array(0),
  sizeBytes: new Uint32Array(0),
  leadBytes: new Uint32Array(0),
  sync: new Uint8Array(0),
  runs: [],
};

describe("hostile bytes", () => {
  const decoders = { track: decodeTrackIndex, chunk: decodeChunkIndex };

  test.each(Object.entries(decoders))(
    "random bytes are a refusal of the %s decoder, never a throw",
    (_name, decode) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(1, 2), (tail, kind) => {
          decode(tail);
          decode(Uint8Array.from([0x53, 0x49, 1, kind, ...tail]));
        }),
        { numRuns: 2000 },
      );
    },
  );

  test("every truncation is refused", () => {
    fc.assert(
      fc.property(
        arbitraryFragments,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (fragments, at) => {
          const bytes = encodeTrackIndex(fragments);
          expect(decodeTrackIndex(bytes.subarray(0, Math.floor(bytes.length * at))).ok).toBe(false);
        },
      ),
    );
  });

  test("a mutated index is refused or decodes to a table that is consistent in itself", () => {
    const mutation = fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }) });
    fc.assert(
      fc.property(anyParts, fc.array(mutation, { minLength: 1, maxLength: 4 }), (parts, mutations) => {
        const bytes = encodeChunkIndex(parts);
        for (const { at, byte } of mutations) bytes[at % bytes.length] = byte;
        const decoded = decodeChunkIndex(bytes);
        if (!decoded.ok) return;
        for (const { fragments } of decoded.value) {
          const count = fragments.sizeBytes.length;
          expect(
            [fragments.durationTicks, fragments.leadBytes, fragments.sync].map((column) => column.length),
          ).toEqual([count, count, count]);
          expect(fragments.leadBytes.every((lead, index) => lead <= (fragments.sizeBytes[index] ?? 0))).toBe(
            true,
          );
          const froms = fragments.runs.map(({ from }) => from);
          expect(froms).toEqual([...new Set(froms)].sort((a, b) => a - b));
          expect(froms[0] ?? 0).toBe(0);
          expect(froms.every((from) => from < count)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("trailing bytes are refused", () => {
    const bytes = encodeTrackIndex(emptyTable);
    expect(decodeTrackIndex(Uint8Array.from([...bytes, 0]))).toEqual({
      ok: false,
      reason: { kind: "trailingBytes" },
    });
  });

  test("a version that is not known is refused by its number", () => {
    const bytes = encodeTrackIndex(emptyTable);
    bytes[2] = 9;
    expect(decodeTrackIndex(bytes)).toEqual({
      ok: false,
      reason: { kind: "unsupportedVersion", version: 9 },
    });
  });

  test("an index of the other kind, or other bytes, is not an index", () => {
    const notAnIndex = { ok: false, reason: { kind: "notAnIndex" } };
    expect(decodeTrackIndex(encodeChunkIndex([]))).toEqual(notAnIndex);
    expect(decodeChunkIndex(encodeTrackIndex(emptyTable))).toEqual(notAnIndex);
    expect(decodeTrackIndex(new Uint8Array(4096))).toEqual(notAnIndex);
    expect(decodeTrackIndex(new Uint8Array(0)).ok).toBe(false);
  });

  test("a count that its bytes can't hold is refused before anything is allocated for it", () => {
    expect(decodeTrackIndex(bytesOf(1, 0, 0, 2 ** 40))).toEqual({ ok: false, reason: { kind: "truncated" } });
    expect(decodeChunkIndex(bytesOf(2, 2 ** 40))).toEqual({ ok: false, reason: { kind: "truncated" } });
  });

  test("empty stretches end with their bytes", () => {
    const zeros = Array.from({ length: 10_000 }, () => 0);
    expect(decodeTrackIndex(bytesOf(1, 0, 0, 8, ...zeros))).toEqual({
      ok: false,
      reason: { kind: "truncated" },
    });
    // Sync stretch of 8, then empty durations; and good durations, sizes, then an empty run.
    const outOfRange = { ok: false, reason: { kind: "outOfRange" } };
    expect(decodeTrackIndex(bytesOf(1, 0, 0, 8, 8, ...zeros))).toEqual(outOfRange);
    const columns = [1, 1, 20, 0, 5];
    expect(decodeTrackIndex(bytesOf(1, 0, 0, 1, ...columns, 0, 0, 0, 1, 0, ...zeros))).toEqual(outOfRange);
  });

  test("a stretch longer than the table is refused", () => {
    const outOfRange = { ok: false, reason: { kind: "outOfRange" } };
    expect(decodeTrackIndex(bytesOf(1, 0, 0, 1, 2, 1, 20, 0, 5, 1, 0, 0, 1, 0))).toEqual(outOfRange);
    expect(decodeTrackIndex(bytesOf(1, 0, 0, 1, 1, 2, 20, 0, 5, 1, 0, 0, 1, 0))).toEqual(outOfRange);
    expect(decodeTrackIndex(bytesOf(1, 0, 0, 1, 1, 1, 20, 0, 5, 2, 0, 0, 1, 0))).toEqual(outOfRange);
  });

  test("a size or a duration of more than 32 bits is refused, not wrapped", () => {
    const outOfRange = { ok: false, reason: { kind: "outOfRange" } };
    const large = 2 ** 32;
    expect(decodeTrackIndex(bytesOf(1, 0, 0, 1, 1, 1, 20, 0, large - 1, 1, 0, 0, 1, 0)).ok).toBe(true);
    expect(decodeTrackIndex(bytesOf(1, 0, 0, 1, 1, 1, 20, 0, large, 1, 0, 0, 1, 0))).toEqual(outOfRange);
    expect(decodeTrackIndex(bytesOf(1, 0, 0, 1, 1, 1, 2 * large, 0, 5, 1, 0, 0, 1, 0))).toEqual(outOfRange);
    expect(decodeTrackIndex(bytesOf(1, 0, 0, 1, 1, 1, 1, 0, 5, 1, 0, 0, 1, 0))).toEqual(outOfRange);
  });

  test("a location that is not known is refused", () => {
    expect(decodeTrackIndex(bytesOf(1, 0, 0, 1, 1, 1, 20, 0, 5, 1, 7, 0, 1, 0))).toEqual({
      ok: false,
      reason: { kind: "outOfRange" },
    });
  });

  test("numbers beyond exact integers are refused", () => {
    const endless = Uint8Array.from([0x53, 0x49, 1, 1, ...new Uint8Array(4000).fill(0xff)]);
    expect(decodeTrackIndex(endless)).toEqual({ ok: false, reason: { kind: "outOfRange" } });
    const padded = Uint8Array.from([0x53, 0x49, 1, 1, ...new Uint8Array(4000).fill(0x80), 0]);
    expect(decodeTrackIndex(padded)).toEqual({ ok: false, reason: { kind: "outOfRange" } });
    const late = Number.MAX_SAFE_INTEGER;
    // One fragment of 10 ticks that starts at the last exact integer.
    expect(decodeTrackIndex(bytesOf(1, 0, late, 1, 1, 1, 20, 0, 5, 1, 0, 0, 1, 0)).ok).toBe(false);
    expect(decodeTrackIndex(bytesOf(1, 0, late - 10, 1, 1, 1, 20, 0, 5, 1, 0, 0, 1, 0)).ok).toBe(true);
  });

  test("a key frame larger than its fragment is refused", () => {
    expect(decodeTrackIndex(bytesOf(1, 0, 0, 1, 1, 1, 20, 1, 6, 5, 1, 0, 0, 1, 0))).toEqual({
      ok: false,
      reason: { kind: "outOfRange" },
    });
    expect(decodeTrackIndex(bytesOf(1, 0, 0, 1, 1, 1, 20, 1, 5, 5, 1, 0, 0, 1, 0)).ok).toBe(true);
  });
});
