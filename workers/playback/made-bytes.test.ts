import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "#workers/bytes.ts";
import { bodyOf, cutMade, joined } from "./made-bytes.ts";

const anyPieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
const read = async (body: Uint8Array | ReadableStream) =>
  new Uint8Array(await new Response(body).arrayBuffer());

describe("the bytes of a made fragment", () => {
  it("are those of its pieces, whole and in any span", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyPieces,
        fc.nat({ max: 500 }),
        fc.nat({ max: 500 }),
        async (pieces, from, length) => {
          const whole = concatBytes(pieces);
          const made = joined(pieces);
          expect(made.sizeBytes).toBe(whole.length);
          expect(await read(bodyOf(made))).toEqual(whole);
          const offsetBytes = Math.min(from, whole.length);
          const sizeBytes = Math.min(length, whole.length - offsetBytes);
          const cut = cutMade(made, { offsetBytes, sizeBytes });
          expect(await read(bodyOf(cut))).toEqual(whole.slice(offsetBytes, offsetBytes + sizeBytes));
        },
      ),
      { numRuns: 50 },
    );
  });

  it("are joined while they are small, and never copied when they are large", async () => {
    const large = new Uint8Array(3 * 1024 * 1024).fill(7);
    const made = joined([Uint8Array.of(1), Uint8Array.of(2), large, Uint8Array.of(3)]);
    expect(made.pieces.map(({ length }) => length)).toEqual([2, large.length, 1]);
    expect(made.pieces[1]).toBe(large);
    const body = await read(bodyOf(made));
    expect([body.length, body[0], body[2], body.at(-1)]).toEqual([large.length + 3, 1, 7, 3]);
  });

  it("are not held twice where there are many of them: no picture of a large fragment is copied", async () => {
    const source = new Uint8Array(9 * 1024 * 1024).fill(7);
    const pieces = Array.from({ length: 90 }, (_, index) =>
      source.subarray(index * 100 * 1024, (index + 1) * 100 * 1024),
    );
    const made = joined([Uint8Array.of(1), ...pieces]);
    const copied = made.pieces.filter(({ buffer }) => buffer !== source.buffer);
    expect(copied.map(({ length }) => length)).toEqual([1]);
    expect((await read(bodyOf(made))).length).toBe(made.sizeBytes);
  });
});
