import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Cmcd } from "#workers/playback/cmcd-keys.ts";
import {
  joinReports,
  meanOf,
  reportOf,
  starvationsOf,
  type ReportMode,
  type SessionReport,
} from "./session-report.ts";

const list = (...values: number[]) => values.map((value) => ({ value, of: null }));

interface Observation {
  readonly told: Cmcd;
  readonly mode: ReportMode;
}

const numbers = fc.nat({ max: 100_000 }).map((value) => list(value));
const observation: fc.Arbitrary<Observation> = fc.record({
  told: fc
    .record(
      {
        mtp: numbers,
        bl: numbers,
        br: numbers,
        tb: numbers,
        bsa: numbers,
        bs: fc.boolean(),
        su: fc.boolean(),
        ot: fc.constantFrom("v", "a", "i", "m"),
        sta: fc.constantFrom("p", "a", "f"),
        e: fc.constantFrom("ps", "t", "e"),
        sf: fc.constantFrom("h", "d"),
        pt: fc.nat(),
      },
      { requiredKeys: [] },
    )
    .map((told) => ({ ...told, v: 2 as const })),
  mode: fc.constantFrom("request", "event"),
});

const fold = (reports: readonly SessionReport[]) => reports.reduce(joinReports);

/** Sums of fractions differ in their last digits by the order in which they were made. */
const rounded = (report: SessionReport) => ({
  ...report,
  throughput: { ...report.throughput, sum: Number(report.throughput.sum.toPrecision(9)) },
});

describe("joinReports", () => {
  it("gives the same whatever was joined first: isolates add up, the record adds up isolates", () => {
    fc.assert(
      fc.property(fc.array(observation, { minLength: 2, maxLength: 20 }), fc.nat(), (seen, cut) => {
        const reports = seen.map(({ told, mode }, index) => reportOf(told, mode, 1_000 * index));
        const at = 1 + (cut % (reports.length - 1));
        const parts = joinReports(fold(reports.slice(0, at)), fold(reports.slice(at)));
        expect(rounded(parts)).toEqual(rounded(fold(reports)));
      }),
    );
  });

  it("takes what is newest from the later one, in whichever order they come", () => {
    const early = reportOf({ v: 1, br: list(800), ot: "v", sta: "p" }, "request", 1_000);
    const late = reportOf({ v: 2, br: list(3200), ot: "v", sta: "a" }, "request", 2_000);
    for (const joined of [joinReports(early, late), joinReports(late, early)]) {
      expect(joined).toMatchObject({ bitrateLastKbps: 3200, playerState: "a", cmcdVersion: 2, requests: 2 });
      expect([joined.firstSeenMs, joined.lastSeenMs]).toEqual([1_000, 2_000]);
    }
  });
});

describe("the mean of the throughput", () => {
  it("is between the samples, is the only sample, and follows the newest", () => {
    const mean = (...kbps: number[]) =>
      meanOf(fold(kbps.map((mtp, index) => reportOf({ v: 1, mtp: list(mtp) }, "request", index))).throughput);
    expect(mean(5_000)).toBe(5_000);
    expect(mean(5_000, 5_000, 5_000)).toBeCloseTo(5_000, 6);
    expect(mean(500, 500, 20_000, 20_000, 20_000, 20_000, 20_000, 20_000)).toBeGreaterThan(16_000);
    expect(mean(500, 20_000)).toBeLessThan(20_000);
    expect(meanOf({ sum: 0, samples: 0 })).toBeNull();
  });
});

describe("starvation", () => {
  it("is counted once, though it is told to requests and to events, or by the player's own count", () => {
    const report = fold([
      reportOf({ v: 2, bs: true }, "request", 1),
      reportOf({ v: 2, bs: true, e: "t" }, "event", 2),
      reportOf({ v: 2, bs: true }, "request", 3),
      reportOf({ v: 2, bsa: list(2), e: "t" }, "event", 4),
    ]);
    expect(starvationsOf(report.starved)).toBe(2);
  });
});

describe("the buffer", () => {
  it("has its lowest from media that was not asked for in haste", () => {
    const report = fold([
      reportOf({ v: 1, bl: list(0), ot: "v", su: true }, "request", 1),
      reportOf({ v: 1, bl: list(9_000), ot: "v" }, "request", 2),
      reportOf({ v: 1, bl: list(7_000), ot: "a" }, "request", 3),
      reportOf({ v: 1, bl: list(100), ot: "m" }, "request", 4),
    ]);
    expect([report.bufferMinMs, report.bufferLastMs, report.startupRequests]).toEqual([7_000, 7_000, 1]);
  });
});
