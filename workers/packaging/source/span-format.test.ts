import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planSpanFragment } from "./span-fragment.ts";
import { decodeSpanLayout, encodeSpanLayout, type SpanLayout } from "./span-format.ts";

const bytes = fc.uint8Array({ maxLength: 20 });
const id = fc.stringMatching(/^[av][0-9]$/);
const count = fc.nat({ max: 2 ** 40 });
const positive = fc.integer({ min: 1, max: 2 ** 32 });
const filler = fc.option(fc.record({ durationTicks: positive, bytes }));

const matroskaPicture = fc.record({
  kind: fc.constant("video" as const),
  id,
  number: count,
  prefix: bytes,
  clock: fc.record({
    timescale: positive,
    grid: fc.option(fc.record({ frameTicks: positive, phaseTicks: count })),
  }),
  delayTicks: count,
  frameTicks: count,
});
const matroskaSound = fc.record({
  kind: fc.constant("audio" as const),
  id,
  number: count,
  prefix: bytes,
  isOpus: fc.boolean(),
  clock: fc.record({ timescale: positive, frameTicks: positive, phaseTicks: count }),
  filler,
});
const edges = fc.array(fc.record({ timestamp: count, relativeBytes: count }), { maxLength: 50 });
const matroska = fc.record({
  kind: fc.constant("matroska" as const),
  clock: fc.record({ timestampScale: positive, originNs: fc.integer({ min: -(2 ** 40), max: 2 ** 50 }) }),
  tracks: fc.array(fc.oneof(matroskaPicture, matroskaSound), { maxLength: 8 }),
  edges,
});
const fragmented = fc.record({
  kind: fc.constant("fragmented" as const),
  fragments: count,
  tracks: fc.array(
    fc.record({
      id,
      trackId: count,
      isPicture: fc.boolean(),
      fileTimescale: positive,
      timescale: positive,
      shiftTicks: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
      editStartTicks: count,
      durationTicks: count,
      sizeBytes: count,
      flags: fc.nat({ max: 0xffffffff }),
      filler,
    }),
    { maxLength: 8 },
  ),
});

describe("a span layout", () => {
  it("reads back as it was written", () => {
    fc.assert(
      fc.property(fc.oneof(matroska, fragmented), (layout: SpanLayout) => {
        expect(decodeSpanLayout(encodeSpanLayout(layout))).toEqual({ ok: true, value: layout });
      }),
      { numRuns: 200 },
    );
  });

  it("is refused when it is cut, longer than it says, or noise", () => {
    const refused = { ok: false, reason: { kind: "badLayout" } };
    fc.assert(
      fc.property(matroska, fc.nat(), bytes, (layout, at, noise) => {
        const written = encodeSpanLayout(layout);
        expect(decodeSpanLayout(written.subarray(0, at % written.length))).toEqual(refused);
        expect(decodeSpanLayout(Uint8Array.of(...written, 0))).toEqual(refused);
        expect(decodeSpanLayout(noise)).toEqual(refused);
        const changed = written.slice();
        changed[at % written.length] = 255 - (changed[at % written.length] ?? 0);
        expect(typeof decodeSpanLayout(changed).ok).toBe("boolean");
      }),
      { numRuns: 200 },
    );
  });

  it("makes fragments, or refuses, of whatever bytes it is given", () => {
    fc.assert(
      fc.property(
        fc.oneof(matroska, fragmented),
        fc.nat({ max: 3 }),
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        (layout, number, media) => {
          const span = { offsetBytes: 0, sizeBytes: media.length };
          const plan = planSpanFragment(encodeSpanLayout(layout), { number, span });
          if (plan.ok) expect(plan.value.assemble([media]) ?? new Map()).toBeInstanceOf(Map);
        },
      ),
      { numRuns: 300 },
    );
  });
});
