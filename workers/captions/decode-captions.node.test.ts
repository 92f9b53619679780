import { expect, it } from "vitest";
import { decodeCaptions } from "./decode-captions.ts";

const cue = "WEBVTT\n\n00:01.000 --> 00:02.000\nd\u00e9j\u00e0\n";

it.each(["", "\uFEFF"])("reads UTF-8 behind %j", (mark) => {
  const read = decodeCaptions(new TextEncoder().encode(mark + cue));
  expect(read).toMatchObject({ ok: true, value: { cues: [{ text: "d\u00e9j\u00e0" }] } });
});

it("refuses what is not UTF-8, and names the encoding where it can be told", () => {
  expect(decodeCaptions(Uint8Array.of(0xff, 0xfe, 0x57, 0))).toMatchObject({
    reason: { detail: "This is UTF-16: send UTF-8." },
  });
  expect(decodeCaptions(Uint8Array.of(0x57, 0xe9, 0x0a))).toMatchObject({
    reason: { detail: "This is not UTF-8." },
  });
});
