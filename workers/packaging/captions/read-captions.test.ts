import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutCaptions, printWebVtt } from "./print-webvtt.ts";
import { readCaptions } from "./read-captions.ts";
import type { CaptionText } from "./cue.ts";

const read = readCaptions;

function good(text: string): CaptionText {
  const result = read(text);
  if (!result.ok) throw new Error(`line ${result.reason.line}: ${result.reason.detail}`);
  return result.value;
}

describe("WebVTT", () => {
  it("keeps times, settings, text and styles, and leaves comments, names and foreign clocks out", () => {
    const text = [
      "WEBVTT - made by hand\r\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000",
      "STYLE\r\n::cue { color: red }",
      "NOTE not for viewers",
      "intro\r\n00:01.000 --> 00:02.500 line:0 align:start\r\n<i>Hello</i>\r\n- you",
      "99:00:01.000 --> 99:00:02.000",
    ].join("\r\n\r\n");
    expect(good(text)).toEqual({
      blocks: ["STYLE\n::cue { color: red }"],
      cues: [
        { startMs: 1_000, endMs: 2_500, settings: "line:0 align:start", text: "<i>Hello</i>\n- you" },
        { startMs: 356_401_000, endMs: 356_402_000, settings: "", text: "" },
      ],
    });
    expect(read(`${text}\r\n\r\n100:00:01.000 --> 100:00:02.000`)).toMatchObject({ ok: false });
  });

  it.each([
    ["WEBVTT\n\n00:02.000 --> 00:01.000\nx", 3, "ends before"],
    ["WEBVTT\n\n00:02.000 --> 00:03.000\nx\n\n00:01.000 --> 00:04.000\ny", 6, "in order"],
    ["WEBVTT\n\n00:02,000 --> 00:03,000\nx", 3, "times are"],
    ["WEBVTT\n\n00:99.000 --> 01:03.000\nx", 3, "times are"],
    ["WEBVTT\n\n00:01.000 --> 00:02.000\nx\n00:02.000 --> 00:03.000\ny", 5, "empty line"],
    ["WEBVTT\n", 0, "no cue"],
    ["", 0, "no cue"],
    ["<html></html>", 1, "Neither"],
  ])("refuses %j and names the line", (text, line, detail) => {
    expect(read(text)).toMatchObject({
      ok: false,
      reason: { line, detail: expect.stringContaining(detail) },
    });
  });
});

describe("SRT", () => {
  it("is read once, though a line is nothing but markup that never ends", () => {
    for (const opening of ["<font ", "{\\\\", "</font", "<b"]) {
      const text = `1\n00:00:01,000 --> 00:00:02,000\n${opening.repeat(300_000)}\n`;
      expect(readCaptions(text).ok).toBe(true);
    }
  });

  it("becomes WebVTT: its markup kept, its dialects dropped, all else text", () => {
    const text =
      "1\n0:00:01,5 --> 00:00:02,000  X1:0\n{\\an8}<B>Hi</B> <font color=red>R&D</font>\n\n<x> a < b\n\n" +
      "2\n00:00:02,000 --> 00:00:03,000\n42\n";
    expect(printWebVtt(good(text))).toBe(
      "WEBVTT\n\n00:00:01.500 --> 00:00:02.000\n<b>Hi</b> R&amp;D\n&lt;x> a &lt; b\n\n" +
        "00:00:02.000 --> 00:00:03.000\n42\n",
    );
  });
});

it("reads back what it prints, whatever the cues are, and prints it again alike", () => {
  const line = fc
    .string({ minLength: 1, unit: "grapheme" })
    .map((text) => text.replaceAll(/[\s\p{Cc}\u2028\u2029]|-->/gu, "x"));
  const cue = fc.tuple(
    fc.nat(3_600_000),
    fc.integer({ min: 1, max: 100_000 }),
    fc.array(line, { minLength: 1, maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(cue, { minLength: 1 }), (all) => {
      const cues = all
        .map(([startMs, length, lines]) => ({
          startMs,
          endMs: startMs + length,
          settings: "",
          text: lines.join("\n"),
        }))
        .toSorted((a, b) => a.startMs - b.startMs);
      const printed = printWebVtt({ blocks: [], cues });
      expect(good(printed).cues).toEqual(cues);
    }),
  );
});

it("cuts to what is seen between two moments, and moves it", () => {
  const cues = [0, 4, 8].map((at) => ({
    startMs: at * 1000,
    endMs: (at + 3) * 1000,
    settings: "",
    text: `${at}`,
  }));
  const cut = cutCaptions({ blocks: [], cues }, { fromMs: 5_000, toMs: 8_000, shiftMs: -5_000 });
  expect(cut.cues).toEqual([{ startMs: 0, endMs: 2_000, settings: "", text: "4" }]);
});
