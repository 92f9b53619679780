import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printStoryboard } from "./storyboard.ts";

const size = { columns: 3, rows: 2, width: 160, height: 90 };
const url = (sheet: number) => `storyboard.jpg?sheet=${sheet}`;

describe("a storyboard", () => {
  test("names the tile of each moment, sheet by sheet, to the end of the film", () => {
    const text = printStoryboard({ ...size, durationSeconds: 64.5, everySeconds: 10, count: 7 }, url);
    expect(text.split("\n")).toEqual([
      "WEBVTT",
      "",
      ...["00:00:00.000 --> 00:00:10.000", "storyboard.jpg?sheet=0#xywh=0,0,160,90", ""],
      ...["00:00:10.000 --> 00:00:20.000", "storyboard.jpg?sheet=0#xywh=160,0,160,90", ""],
      ...["00:00:20.000 --> 00:00:30.000", "storyboard.jpg?sheet=0#xywh=320,0,160,90", ""],
      ...["00:00:30.000 --> 00:00:40.000", "storyboard.jpg?sheet=0#xywh=0,90,160,90", ""],
      ...["00:00:40.000 --> 00:00:50.000", "storyboard.jpg?sheet=0#xywh=160,90,160,90", ""],
      ...["00:00:50.000 --> 00:01:00.000", "storyboard.jpg?sheet=0#xywh=320,90,160,90", ""],
      ...["00:01:00.000 --> 00:01:04.500", "storyboard.jpg?sheet=1#xywh=0,0,160,90", ""],
    ]);
  });

  test("cues follow each other without a gap, and every tile lies in its sheet", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 60 }),
        (count, everySeconds) => {
          const durationSeconds = count * everySeconds - everySeconds / 2;
          const text = printStoryboard({ ...size, durationSeconds, everySeconds, count }, url);
          const cues = [...text.matchAll(/^(\S+) --> (\S+)\n\S+#xywh=(\d+),(\d+),/gm)];
          expect(cues).toHaveLength(count);
          let end = "00:00:00.000";
          for (const [, from, to, x, y] of cues) {
            expect(from).toBe(end);
            expect((to ?? "") > (from ?? "")).toBe(true);
            expect(Number(x)).toBeLessThan(size.columns * size.width);
            expect(Number(y)).toBeLessThan(size.rows * size.height);
            end = to ?? "";
          }
        },
      ),
    );
  });
});
