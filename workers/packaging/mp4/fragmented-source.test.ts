import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { concatBytes } from "#workers/bytes.ts";
import { locate } from "#workers/timeline/segments.ts";
import { box, fullBox, u16, u32, u64, zeros } from "../cmaf/write-boxes.ts";
import { readFragments } from "../cmaf/fragments.ts";
import { vp9Entry } from "../matroska/sample-entries.ts";
import { readSource } from "../source/read-source.ts";
import type { ByteRange, SourceReader, SourceTimeline } from "../source/source.ts";
import { planSpanFragment } from "../source/span-fragment.ts";
import { writeInit } from "../source/write-init.ts";

const timescale = 1000;
const framesPerFragment = 10;
const frameTicks = 100;
const frameBytes = 50;
const fragments = 12;
const otherBytes = 33;

const sampleEntry = vp9Entry(
  { width: 160, height: 96 },
  { profile: 0, level: 10, bitDepth: 8, chroma: 1, isFullRange: false },
);

/** What a fragment's header leaves to others is what differs. */
type Style = "trex" | "implicit" | "tfhd" | "each" | "baseDataOffset" | "untimed" | "open" | "hugeCount";

function header(style: Style): Uint8Array {
  const init = writeInit({
    kind: "video",
    timescale,
    sampleEntry,
    editStartTicks: 0,
    width: 160,
    height: 96,
  });
  if (style !== "trex") return init;
  // The defaults of `trex` in place of ours.
  const at = Buffer.from(init).indexOf("trex", 0, "latin1") + 4 + 4 + 8;
  init.set(concatBytes([u32(frameTicks), u32(frameBytes), u32(0x10000)]), at);
  return init;
}

function fragment(style: Style, index: number, offset: number): Uint8Array {
  const count = style === "hugeCount" ? 0xffffffff : framesPerFragment;
  const isEach = style === "each" || style === "open";
  const samples = Array.from({ length: framesPerFragment }, (_, at) => [
    u32(frameTicks),
    u32(frameBytes),
    u32(at === 0 ? 0x2000000 : 0x10000),
    // The second is shown before the first.
    u32(style === "open" && index > 0 ? (at === 1 ? 0 : 300) : 0),
  ]).flat();
  const moof = (moofBytes: number) => {
    const base = style === "baseDataOffset" ? [u64(offset)] : [];
    const isTrex = style === "trex";
    const defaults = isTrex || isEach ? [] : [u32(frameTicks), u32(frameBytes), u32(0x10000)];
    const flags = (isTrex || isEach ? 0 : 0x38) | (base.length > 0 ? 1 : 0x20000);
    const tfhd = fullBox("tfhd", 0, flags, u32(1), ...base, ...defaults);
    const tfdt = fullBox("tfdt", 1, 0, u64(index * framesPerFragment * frameTicks));
    const trun = isEach
      ? fullBox("trun", 1, 0xf01, u32(count), u32(moofBytes + 8), ...samples)
      : fullBox("trun", 1, 0x5, u32(count), u32(moofBytes + 8), u32(0x2000000));
    const times = style === "untimed" ? [] : [tfdt];
    if (style === "implicit") {
      // Another track's data lie first, and ours where they end.
      const other = fullBox("tfhd", 0, 0x38, u32(9), u32(1), u32(otherBytes), u32(0));
      const ours = fullBox("tfhd", 0, 0x38, u32(1), ...defaults);
      return box(
        "moof",
        fullBox("mfhd", 0, 0, u32(index + 1)),
        box("traf", other, fullBox("trun", 0, 1, u32(1), u32(moofBytes + 8))),
        box("traf", ours, tfdt, fullBox("trun", 0, 4, u32(count), u32(0x2000000))),
      );
    }
    return box("moof", fullBox("mfhd", 0, 0, u32(index + 1)), box("traf", tfhd, ...times, trun));
  };
  const before = style === "implicit" ? otherBytes : 0;
  const media = new Uint8Array(before + framesPerFragment * frameBytes).fill(255);
  for (let at = 0; at < framesPerFragment; at++) {
    const from = before + at * frameBytes;
    media.fill(index * framesPerFragment + at, from, from + frameBytes);
  }
  return concatBytes([moof(moof(0).length), box("mdat", media)]);
}

interface Reference {
  readonly isIndex: boolean;
  readonly sizeBytes: number;
  readonly ticks: number;
}

function sidx(earliest: number, references: readonly Reference[], sap = 0x90000000): Uint8Array {
  return fullBox(
    "sidx",
    0,
    0,
    ...[1, timescale, earliest, 0].map(u32),
    u16(0),
    u16(references.length),
    ...references.flatMap(({ isIndex, sizeBytes, ticks }) => [
      u32((isIndex ? 0x80000000 : 0) + sizeBytes),
      u32(ticks),
      u32(sap),
    ]),
  );
}

function buildFilm(
  style: Style,
  index: "none" | "flat" | "nested" | "cyclic" | "short" = "none",
): Uint8Array {
  const init = header(style);
  const sizeBytes = fragment(style, 0, 0).length;
  const ticks = framesPerFragment * frameTicks;
  const leaf = (first: number, count: number) =>
    sidx(
      first * ticks,
      Array.from({ length: count }, () => ({ isIndex: false, sizeBytes, ticks })),
    );
  const half = fragments / 2;
  const list = (first: number, count: number, offset: number) =>
    Array.from({ length: count }, (_, at) => fragment(style, first + at, offset + at * sizeBytes));
  switch (index) {
    case "none":
      return concatBytes([init, ...list(0, fragments, init.length)]);
    case "flat": {
      const top = leaf(0, fragments);
      return concatBytes([init, top, ...list(0, fragments, init.length + top.length)]);
    }
    case "short": {
      const top = leaf(0, half);
      return concatBytes([init, top, ...list(0, fragments, init.length + top.length)]);
    }
    case "cyclic": {
      // Of no bytes: the index that follows is this one's own place again and again.
      const nested = sidx(0, [{ isIndex: true, sizeBytes: 0, ticks }]);
      const top = sidx(0, [{ isIndex: true, sizeBytes: nested.length, ticks }]);
      return concatBytes([
        init,
        top,
        nested,
        ...list(0, fragments, init.length + top.length + nested.length),
      ]);
    }
    case "nested": {
      const part = leaf(0, half).length + half * sizeBytes;
      const reference = { isIndex: true, sizeBytes: part, ticks: half * ticks };
      const top = sidx(0, [reference, reference]);
      const at = init.length + top.length + leaf(0, half).length;
      return concatBytes([
        ...[init, top, leaf(0, half), ...list(0, half, at)],
        ...[leaf(half, half), ...list(half, half, at + part)],
      ]);
    }
  }
}

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

function madeOf(bytes: Uint8Array, { tracks, layout }: SourceTimeline) {
  const [lead] = tracks;
  return [...(lead?.fragments.sizeBytes ?? [])].map((sizeBytes, number) => {
    const offsetBytes = lead ? locate(lead.fragments, number).offsetBytes : 0;
    const plan = planSpanFragment(layout.bytes, { number, span: { offsetBytes, sizeBytes } });
    if (!plan.ok) throw new Error(plan.reason.kind);
    return plan.value.assemble([bytes.slice(offsetBytes, offsetBytes + sizeBytes)]);
  });
}

async function expectWhole(bytes: Uint8Array): Promise<void> {
  const source = await readSource(readerOf(bytes));
  if (!source.ok) throw new Error(`${source.reason.code}: ${source.reason.message}`);
  expect([...(source.value.tracks[0]?.fragments.durationTicks ?? [])]).toEqual([360_000, 360_000, 360_000]);
  let end = 0;
  const media: number[] = [];
  for (const made of madeOf(bytes, source.value)) {
    const pieces = made?.get("v0") ?? [];
    const read = readFragments(concatBytes(pieces));
    const [only, more] = read.ok ? read.value : [];
    expect(more).toBe(undefined);
    expect(only?.startTicks).toBe(end);
    end += only?.durationTicks ?? 0;
    expect(only?.samples.map(({ sync }) => sync)).toEqual(
      Array.from({ length: 40 }, (_, index) => index % framesPerFragment === 0),
    );
    media.push(...concatBytes(pieces.slice(1)));
  }
  expect(end).toBe(1_080_000);
  expect(media).toEqual(Array.from({ length: 120 * frameBytes }, (_, at) => Math.floor(at / frameBytes)));
}

async function reasonOf(bytes: Uint8Array): Promise<string> {
  const source = await readSource(readerOf(bytes));
  return source.ok ? "fits" : source.reason.code;
}

describe("readFragmentedMp4Source", () => {
  it.for(["trex", "tfhd", "each", "baseDataOffset", "implicit"] as const)(
    "finds every sample of fragments that tell theirs by %s",
    async (style) => {
      await expectWhole(buildFilm(style));
      await expectWhole(buildFilm(style, "flat"));
    },
  );

  it("reads an index of indexes", () => expectWhole(buildFilm("tfhd", "nested")));
  it("does not trust an index of a part of the file", () => expectWhole(buildFilm("tfhd", "short")));
  it("gets by without an index that leads to itself", () => expectWhole(buildFilm("tfhd", "cyclic")));

  it("says why a file waits", async () => {
    expect(await reasonOf(buildFilm("untimed"))).toBe("indexMissing");
    expect(await reasonOf(buildFilm("open", "flat"))).toBe("openGop");
    expect(await reasonOf(buildFilm("hugeCount"))).toBe("indexMissing");
    expect(await reasonOf(header("tfhd"))).toBe("noMedia");
    expect(await reasonOf(buildFilm("tfhd").subarray(0, -100))).toBe("truncated");
    expect(await reasonOf(buildFilm("tfhd", "flat").subarray(0, -100))).toBe("truncated");
  });

  it("looks at four hundred fragments without an index, and at no more", async () => {
    const reads: ByteRange[] = [];
    const many = concatBytes([
      header("tfhd"),
      ...Array.from({ length: 500 }, (_, index) =>
        concatBytes([fragment("tfhd", index, 0), box("free", zeros(20_000))]),
      ),
    ]);
    const source = await readSource(readerOf(many, reads));
    expect(source).toMatchObject({ ok: false, reason: { code: "indexMissing" } });
    expect(reads.length).toBeLessThanOrEqual(402);
  });
});

describe("hostile fragmented files", () => {
  const films: Uint8Array[] = [];
  beforeAll(() => {
    films.push(buildFilm("tfhd", "nested"), buildFilm("each", "flat"), buildFilm("trex"));
  });

  it("are read or refused, and their fragments made or refused, whatever was changed", async () => {
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 2 }),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        fc.nat({ max: 60 }),
        async (which, changes, cut) => {
          const bytes = (films[which] ?? new Uint8Array()).slice(0, cut === 0 ? undefined : -cut * 40);
          for (const [at, value, inHeader] of changes) {
            bytes[at % (inHeader ? Math.min(1400, bytes.length) : bytes.length)] = value;
          }
          const reads: ByteRange[] = [];
          const source = await readSource(readerOf(bytes, reads));
          expect(reads.length).toBeLessThanOrEqual(430);
          if (source.ok && source.value.layout.kind === "spans") madeOf(bytes, source.value);
        },
      ),
      { numRuns: 400 },
    );
  });
});
