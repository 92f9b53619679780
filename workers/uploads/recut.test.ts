import * as fc from "fast-check";
import { expect, test } from "vitest";
import { partBytesFor, partsInFlight } from "./part-size.ts";
import { Recutter, type Part } from "./recut.ts";

/** What a caller does with a recutter; carried bytes are filled in from the tail. */
function recut(pieces: readonly Uint8Array[], partBytes: number, tail: Uint8Array): Uint8Array[] {
  const recutter = new Recutter(partBytes, tail.length, () => new Uint8Array(partBytes).fill(0xee));
  const parts: Uint8Array[] = [];
  const keep = (part: Part) => {
    if (part.carriedBytes > 0) part.bytes.set(tail);
    if (part.bytes.length > 0) parts.push(part.bytes);
  };
  for (const piece of pieces) {
    for (let left = piece; left.length > 0;) {
      left = left.subarray(recutter.push(left));
      const full = recutter.takeFull();
      if (full !== null) keep(full);
    }
  }
  keep(recutter.takeRest());
  return parts;
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

test("parts put together are the tail and the pieces, and all but the last are equal", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(bytes(100)),
      bytes(39),
      (partBytes, pieces, given) => {
        const tail = given.subarray(0, given.length % partBytes);
        const parts = recut(pieces, partBytes, tail);
        expect(parts.flatMap((part) => [...part])).toEqual([tail, ...pieces].flatMap((piece) => [...piece]));
        for (const part of parts.slice(0, -1)) expect(part.length).toBe(partBytes);
        expect(parts.at(-1)?.length ?? 0).toBeLessThanOrEqual(partBytes);
      },
    ),
  );
});

test("an upload of any allowed length fits R2's rules, with part numbers to spare, in bounded memory", () => {
  const max = 107_374_182_400;
  fc.assert(
    fc.property(fc.option(fc.integer({ min: 0, max }), { nil: null }), (sizeBytes) => {
      const partBytes = partBytesFor(sizeBytes, max);
      expect(partBytes).toBeGreaterThanOrEqual(5 * 1024 * 1024);
      expect(Math.ceil((sizeBytes ?? max) / partBytes)).toBeLessThanOrEqual(9_000);
      const inFlight = partsInFlight(partBytes);
      expect(inFlight).toBeGreaterThanOrEqual(1);
      expect((inFlight + 1) * partBytes).toBeLessThanOrEqual(24 * 1024 * 1024);
    }),
  );
});
