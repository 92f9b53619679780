import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCues, writeWebVtt, type Cue } from "./webvtt.ts";

const cue = (startSeconds: number, endSeconds: number, ...lines: string[]): Cue => ({
  startSeconds,
  endSeconds,
  lines,
});
const written = (...cues: Cue[]) => writeWebVtt(cues, 1e6);

describe("what is written", () => {
  test("is in order, at no time before 0, and leaves out what is never shown", () => {
    const cues = [
      cue(3, 4, "late"),
      cue(-2, 1, "from before"),
      cue(-3, -1, "over"),
      cue(5, 5, "no time"),
      cue(1, 2, " "),
    ];
    expect(written(...cues)).toBe(
      "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nfrom before\n\n00:00:03.000 --> 00:00:04.000\nlate\n",
    );
  });

  test("is nothing when there is nothing to show", () => {
    expect(written()).toBeNull();
    expect(written(cue(0, 1, "<b></b>"))).toBeNull();
  });

  test("keeps bold, italic and underlined, closed, and no other markup", () => {
    const lines = ["<b>one <i>two</i>", "<c.red>x</c> <v Bob>y <ruby> a & b &amp; c --> d</b></u>"];
    expect(written(cue(0, 1, ...lines))).toContain(
      "<b>one <i>two</i>\n&lt;c.red&gt;x&lt;/c&gt; &lt;v Bob&gt;y &lt;ruby&gt; a &amp; b &amp; c --&gt; d</b>\n",
    );
    expect(written(cue(0, 1, "<i>open"))).toContain("<i>open</i>\n");
  });

  test("is no longer than it may be", () => {
    const cues = Array.from({ length: 1000 }, (_, index) => cue(index, index + 1, "é".repeat(50)));
    const text = writeWebVtt(cues, 5000) ?? "";
    expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(5000);
    expect(text.endsWith("\n")).toBe(true);
  });

  test("hours have as many digits as they need", () => {
    expect(written(cue(360_000.5, 360_001, "x"))).toContain("100:00:00.500 --> 100:00:01.000");
  });
});

test("whatever the text, only cues come out, and what comes out is read back the same", () => {
  const line = fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.constantFrom(
      "",
      "STYLE",
      "::cue { color: red }",
      "NOTE x",
      "REGION",
      "00:00:01.000 --> 00:00:02.000",
      "<b>",
      "</i>",
      "&lt;",
    ),
  );
  const anyCue = fc.record({
    startSeconds: fc.double({ min: -10, max: 1e5, noNaN: true }),
    endSeconds: fc.double({ min: -10, max: 1e5, noNaN: true }),
    lines: fc.array(
      line.map((text) => text.replaceAll(/[\r\n]/g, " ")),
      { maxLength: 5 },
    ),
  });
  fc.assert(
    fc.property(fc.array(anyCue, { maxLength: 8 }), (cues) => {
      const text = writeWebVtt(cues, 1e6);
      if (text === null) return;
      const [head, ...blocks] = text.trimEnd().split(/\n\n/);
      expect(head).toBe("WEBVTT");
      for (const block of blocks) {
        expect(block).toMatch(/^\d{2,}:\d\d:\d\d\.\d{3} --> \d{2,}:\d\d:\d\d\.\d{3}\n/);
        expect(block.split("\n").slice(1).join("\n")).not.toMatch(/-->|<(?!\/?[biu]>)/);
      }
      const again = readCues(text, 0);
      expect(again).toHaveLength(blocks.length);
      expect(writeWebVtt(again, 1e6)).toBe(text);
      const starts = again.map(({ startSeconds }) => startSeconds);
      expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    }),
  );
});

test("what is read is moved, and an empty line in a text does not end it", () => {
  const text = "WEBVTT\n\nSTYLE\n::cue{}\n\n00:10.000 --> 00:11.500 align:left\nfirst\n\nsecond\n";
  expect(readCues(text, -10)).toEqual([{ startSeconds: 0, endSeconds: 1.5, lines: ["first", "second"] }]);
});
