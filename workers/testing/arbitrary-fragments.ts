import * as fc from "fast-check";
import type { Fragments, Run } from "#workers/timeline/timeline.ts";

const uint32 = fc.nat({ max: 0xffffffff });

const entry = fc.record({
  durationTicks: fc.oneof(fc.constantFrom(180_180, 95_232, 96_256), uint32),
  sizeBytes: uint32,
  leadPart: fc.double({ min: 0, max: 1, noNaN: true }),
  sync: fc.boolean(),
  /** A new run starts here. */
  cut: fc.boolean(),
  chunk: fc.nat({ max: 1e9 }),
  attempt: fc.nat({ max: 1000 }),
  offsetBytes: fc.nat({ max: 2 ** 40 }),
});

/** Any table that is possible at all, not just those that a transcoder makes. */
export const arbitraryFragments: fc.Arbitrary<Fragments> = fc
  .record({
    first: fc.nat({ max: 2 ** 40 }),
    startTicks: fc.nat({ max: 2 ** 50 }),
    entries: fc.array(entry, { maxLength: 200 }),
  })
  .map(({ first, startTicks, entries }) => ({
    first,
    startTicks,
    durationTicks: Uint32Array.from(entries, (one) => one.durationTicks),
    sizeBytes: Uint32Array.from(entries, (one) => one.sizeBytes),
    leadBytes: Uint32Array.from(entries, (one) => Math.floor(one.sizeBytes * one.leadPart)),
    sync: Uint8Array.from(entries, (one) => (one.sync ? 1 : 0)),
    runs: entries.flatMap(({ cut, chunk, attempt, offsetBytes }, from): Run[] =>
      from === 0 || cut ? [{ from, location: { kind: "chunk", chunk, attempt }, offsetBytes }] : [],
    ),
  }));
