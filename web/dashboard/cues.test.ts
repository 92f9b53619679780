import { describe, expect, it } from "vitest";
import { cuesOf } from "./cues.ts";

describe("captions to be read", () => {
  it("are their cues in order, without comments, styles, tags and settings", () => {
    const file = [
      "WEBVTT - a title\n",
      "NOTE said by nobody\n",
      "STYLE\n::cue { color: red }\n",
      "1\n00:00:01.000 --> 00:00:02.500 align:start\n<v Ann>Good &amp; <i>early</i>\nmorning\n",
      "01:02:03.000 --> 01:02:04.000\n1 &lt; 2\n",
    ].join("\n");
    expect(cuesOf(file)).toEqual([
      { from: "00:01.000", to: "00:02.500", text: "Good & early\nmorning" },
      { from: "01:02:03.000", to: "01:02:04.000", text: "1 < 2" },
    ]);
  });

  it("are none in what holds none", () => {
    for (const file of ["", "WEBVTT", "WEBVTT\r\n\r\nNOTE x --> y"]) expect(cuesOf(file)).toEqual([]);
  });
});
