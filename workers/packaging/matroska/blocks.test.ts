import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "#workers/bytes.ts";
import { blockBody, element, uint, unknownSize } from "#workers/testing/build-matroska.ts";
import { readFrames, walkBlocks, type Block } from "./blocks.ts";
import { Master, readChildren, readElement, readVint } from "./ebml.ts";
import { ids } from "./ids.ts";

function blocksOf(bytes: Uint8Array) {
  const blocks: Block[] = [];
  const end = walkBlocks(bytes, (block) => blocks.push(block) > 0);
  return { blocks, end };
}

const cluster = (...parts: readonly Uint8Array[]) =>
  element(ids.cluster, uint(ids.timestamp, 1000), ...parts);
const frame = fc.uint8Array({ minLength: 1, maxLength: 600 });

describe("walkBlocks", () => {
  it("reads back frames of every lacing", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("none", "xiph", "fixed", "ebml"),
        fc.array(frame, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
        fc.boolean(),
        (lacing, some, relative, isKey) => {
          const [first = new Uint8Array(1)] = some;
          const frames = lacing === "none" ? [first] : lacing === "fixed" ? some.map(() => first) : some;
          const body = blockBody({ track: 3, relative, isKey, lacing, frames });
          const bytes = cluster(element(ids.simpleBlock, body));
          const { blocks, end } = blocksOf(bytes);
          expect(end).toBe("whole");
          expect(blocks).toMatchObject([{ track: 3, timestamp: 1000 + relative, isKey, lacing }]);
          const read = blocks[0] ? readFrames(bytes, blocks[0]) : null;
          expect(read?.map((part) => [...part])).toEqual(frames.map((part) => [...part]));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("knows a key frame of a BlockGroup by what it does not refer to", () => {
    const body = blockBody({ track: 1, relative: 0, isKey: false, frames: [Uint8Array.of(1)] });
    const group = (...parts: readonly Uint8Array[]) =>
      element(ids.blockGroup, element(ids.block, body), ...parts);
    const { blocks } = blocksOf(
      cluster(group(), group(uint(ids.referenceBlock, 40)), group(uint(ids.blockDuration, 1))),
    );
    expect(blocks.map(({ isKey }) => isKey)).toEqual([true, false, true]);
  });

  it("ends a cluster of unknown size where the next begins, or something else of the segment", () => {
    const block = element(
      ids.simpleBlock,
      blockBody({ track: 1, relative: 5, isKey: true, frames: [Uint8Array.of(7)] }),
    );
    const open = (milliseconds: number) => unknownSize(ids.cluster, uint(ids.timestamp, milliseconds), block);
    const bytes = concatBytes([open(100), open(200), element(ids.cues, uint(ids.cueTime, 1)), open(300)]);
    const { blocks, end } = blocksOf(bytes);
    expect(blocks.map(({ timestamp }) => timestamp)).toEqual([105, 205, 305]);
    expect(end).toBe("whole");
  });

  it("refuses encrypted blocks, blocks before their cluster's time, and noise", () => {
    const block = element(
      ids.simpleBlock,
      blockBody({ track: 1, relative: 0, isKey: true, frames: [Uint8Array.of(7)] }),
    );
    expect(blocksOf(cluster(element(ids.encryptedBlock, block))).end).toBe("damaged");
    expect(blocksOf(element(ids.cluster, block)).end).toBe("damaged");
    expect(blocksOf(new Uint8Array(100)).end).toBe("damaged");
    expect(blocksOf(cluster(block).subarray(0, -1)).end).toBe("cut");
  });

  it("ends, whatever the bytes", () => {
    const valid = cluster(
      ...Array.from({ length: 5 }, (_, index) =>
        element(
          ids.simpleBlock,
          blockBody({
            track: 1,
            relative: index,
            isKey: true,
            lacing: "ebml",
            frames: [new Uint8Array(3), new Uint8Array(40), new Uint8Array(7)],
          }),
        ),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 })), { maxLength: 6 }),
        fc.nat({ max: valid.length }),
        (changes, cut) => {
          const bytes = valid.slice(0, cut);
          for (const [at, value] of changes) bytes[at % Math.max(1, cut)] = value;
          const { blocks } = blocksOf(bytes);
          for (const block of blocks) {
            const frames = readFrames(bytes, block);
            expect(frames?.every((part) => part.length > 0) ?? true).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("EBML", () => {
  it("refuses ids and sizes that are none", () => {
    expect(readElement(Uint8Array.of(0, 0x81), 0)).toBe(null);
    expect(readElement(Uint8Array.of(0x08, 1, 2, 3, 4, 0x81), 0)).toBe(null);
    expect(readElement(Uint8Array.of(0xec), 0)).toBe(null);
    expect(readElement(Uint8Array.of(0xec, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe), 0)).toBe(null);
    expect(readElement(Uint8Array.of(0xec, 0xff), 0)).toMatchObject({ id: 0xec, end: null });
    expect(readVint(Uint8Array.of(0x40, 0x02), 0, 2)).toEqual({ value: 2, length: 2 });
  });

  it("has the children of a master exactly fill it", () => {
    const whole = element(ids.info, uint(ids.timestampScale, 5), uint(ids.duration, 6));
    const info = readElement(whole, 0);
    if (!info || info.end === null) throw new Error("no element");
    expect(Master.read(whole, info)?.uint(ids.timestampScale)).toBe(5);
    expect(readChildren(whole, info.bodyOffset, info.end - 1)).toBe(null);
    expect(readChildren(whole.subarray(0, -1), info.bodyOffset, info.end)).toBe(null);
  });

  it("does not hold millions of empty elements", () => {
    const many = new Uint8Array(400_000).fill(0x80);
    for (let at = 0; at < many.length; at += 2) many[at] = 0xec;
    expect(readChildren(many, 0, many.length)).toBe(null);
  });
});
