import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFragments } from "../cmaf/fragments.ts";
import type { PageTrack, SampleColumns } from "./page-format.ts";
import { planPageFragment } from "./page-fragment.ts";
import { readPageFragment } from "./page-reader.ts";
import { pageWriter } from "./page-writer.ts";

interface Drawn {
  readonly startTicks: number;
  readonly fillersBefore: number;
  readonly fillersAfter: number;
  readonly samples: readonly {
    readonly gapBytes: number;
    readonly sizeBytes: number;
    readonly durationTicks: number;
    readonly compositionTicks: number;
    readonly sync: boolean;
  }[];
}

const fragment: fc.Arbitrary<Drawn> = fc.record({
  startTicks: fc.nat({ max: 2 ** 31 }),
  fillersBefore: fc.nat({ max: 3 }),
  fillersAfter: fc.nat({ max: 3 }),
  samples: fc.array(
    fc.record({
      gapBytes: fc.constantFrom(0, 0, 0, 1, 140_000, -40),
      sizeBytes: fc.nat({ max: 5000 }),
      durationTicks: fc.oneof(fc.constant(1001), fc.nat({ max: 0xffffffff })),
      compositionTicks: fc.oneof(fc.constant(0), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      sync: fc.boolean(),
    }),
    { minLength: 1, maxLength: 30 },
  ),
});

const firstOffset = 5_000_000_000;
const filler = { bytes: Uint8Array.of(1, 2, 3), durationTicks: 1024 };
const tracks: readonly PageTrack[] = [
  { id: "v0", filler: null },
  { id: "a0", filler },
];

function columnsOf(drawn: Drawn, hasFillers: boolean): SampleColumns {
  let end = firstOffset;
  const offsets = drawn.samples.map(({ gapBytes, sizeBytes }) => {
    const offset = Math.max(0, end + gapBytes);
    end = offset + sizeBytes;
    return offset;
  });
  return {
    count: drawn.samples.length,
    startTicks: drawn.startTicks,
    fillersBefore: hasFillers ? drawn.fillersBefore : 0,
    fillersAfter: hasFillers ? drawn.fillersAfter : 0,
    offsetBytes: Float64Array.from(offsets),
    sizeBytes: Uint32Array.from(drawn.samples, ({ sizeBytes }) => sizeBytes),
    durationTicks: Uint32Array.from(drawn.samples, ({ durationTicks }) => durationTicks),
    compositionTicks: Int32Array.from(drawn.samples, ({ compositionTicks }) => compositionTicks),
    sync: Uint8Array.from(drawn.samples, ({ sync }) => Number(sync)),
  };
}

function pageOf(fragments: readonly (readonly [Drawn, Drawn])[], firstFragment = 30): Uint8Array {
  const writer = pageWriter(tracks, firstFragment);
  for (const [picture, sound] of fragments) writer.add([columnsOf(picture, false), columnsOf(sound, true)]);
  return writer.finish();
}

const drawnPage = fc.array(fc.tuple(fragment, fragment), { minLength: 1, maxLength: 5 });

describe("a page", () => {
  it("gives back what was written, each fragment by itself", () => {
    fc.assert(
      fc.property(drawnPage, (fragments) => {
        const page = pageOf(fragments);
        for (const [index, [picture, sound]] of fragments.entries()) {
          const read = readPageFragment(page, index);
          if (!read.ok) throw new Error(read.reason.kind);
          expect(read.value.number).toBe(30 + index);
          const silent = { sizeBytes: 3, durationTicks: 1024, compositionTicks: 0, sync: true };
          const samplesOf = ({ samples }: Drawn) =>
            samples.map(({ sizeBytes, durationTicks, compositionTicks, sync }) => ({
              sizeBytes,
              durationTicks,
              compositionTicks,
              sync,
            }));
          expect(read.value.tracks).toMatchObject([
            { id: "v0", startTicks: picture.startTicks, samples: samplesOf(picture) },
            {
              id: "a0",
              startTicks: sound.startTicks,
              samples: [
                ...Array.from({ length: sound.fillersBefore }, () => silent),
                ...samplesOf(sound),
                ...Array.from({ length: sound.fillersAfter }, () => silent),
              ],
            },
          ]);
        }
        expect(readPageFragment(page, fragments.length)).toEqual({
          ok: false,
          reason: { kind: "noSuchFragment" },
        });
      }),
      { numRuns: 60 },
    );
  });

  it("plans at most three reads for all tracks, and makes fragments of the file's own bytes", () => {
    fc.assert(
      fc.property(drawnPage, (fragments) => {
        const page = pageOf(fragments);
        for (const [index, drawn] of fragments.entries()) {
          const plan = planPageFragment(page, index, "a0");
          if (!plan.ok) throw new Error(plan.reason.kind);
          const { reads } = plan.value;
          expect(reads.length).toBeLessThanOrEqual(3);
          for (const [at, range] of reads.entries()) {
            const before = reads[at - 1];
            if (before) expect(range.offsetBytes).toBeGreaterThan(before.offsetBytes + before.sizeBytes);
          }
          const made = plan.value.assemble(
            reads.map((range) => patternAt(range.offsetBytes, range.sizeBytes)),
          );
          for (const [track, part] of [
            ["v0", drawn[0]],
            ["a0", drawn[1]],
          ] as const) {
            const bytes = Buffer.concat(made?.get(track) ?? []);
            const read = readFragments(bytes);
            if (!read.ok) throw new Error(read.reason.kind);
            const [facts] = read.value;
            expect(facts?.sizeBytes).toBe(bytes.length);
            const columns = columnsOf(part, track === "a0");
            const media = Array.from(columns.offsetBytes, (offset, sample) =>
              patternAt(offset, columns.sizeBytes[sample] ?? 0),
            );
            const silence = (count: number) => Array.from({ length: count }, () => filler.bytes);
            const due = [...silence(columns.fillersBefore), ...media, ...silence(columns.fillersAfter)];
            expect(bytes.subarray(facts?.dataOffsetBytes).equals(Buffer.concat(due))).toBe(true);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it("plans the wanted track alone where the tracks lie too far apart to be read together", () => {
    const apart = (count: number, stepBytes: number) => ({
      startTicks: 0,
      fillersBefore: 0,
      fillersAfter: 0,
      samples: Array.from({ length: count }, () => ({
        ...{ gapBytes: stepBytes, sizeBytes: 100, durationTicks: 1, compositionTicks: 0, sync: true },
      })),
    });
    const page = pageOf([[apart(4, 20_000_000), apart(1, 1_000_000)]]);
    const plan = planPageFragment(page, 0, "v0");
    if (!plan.ok) throw new Error(plan.reason.kind);
    expect(plan.value.reads).toHaveLength(4);
    const made = plan.value.assemble(plan.value.reads.map(({ sizeBytes }) => new Uint8Array(sizeBytes)));
    expect([...(made?.keys() ?? [])]).toEqual(["v0"]);
  });

  it("makes nothing of reads that are short", () => {
    const page = pageOf([
      [fc.sample(fragment, { numRuns: 1, seed: 1 })[0], fc.sample(fragment, { numRuns: 1, seed: 2 })[0]] as [
        Drawn,
        Drawn,
      ],
    ]);
    const plan = planPageFragment(page, 0, "v0");
    if (!plan.ok) throw new Error(plan.reason.kind);
    const short = plan.value.reads.map(({ sizeBytes }) => new Uint8Array(Math.max(0, sizeBytes - 1)));
    expect(plan.value.assemble(short)).toBeNull();
    expect(plan.value.assemble([])).toBeNull();
    expect(planPageFragment(page, 0, "a7")).toEqual({ ok: false, reason: { kind: "noSuchTrack" } });
  });

  it("is refused or read, never thrown on, when its bytes are changed, cut or noise", () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        drawnPage,
        fc.array(change, { maxLength: 6 }),
        fc.nat(),
        fc.uint8Array({ maxLength: 40 }),
        (fragments, changes, cut, noise) => {
          const page = pageOf(fragments);
          for (const [at, value] of changes) page[at % page.length] = value;
          for (const bytes of [page, page.subarray(0, cut % page.length), noise]) {
            for (const index of [0, 1, -1, 0.5, 99])
              expect(typeof planPageFragment(bytes, index, "v0").ok).toBe("boolean");
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Bytes that tell where in the file they are from. */
function patternAt(offset: number, sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => (offset + index) % 251);
}
