// Independent readers of what is printed. hls-parser in strict mode is the stern one.
import HLS from "hls-parser";
import { Parser } from "m3u8-parser";
import { assert, describe, expect, test } from "vitest";
import { buildTimeline, growthOf } from "#workers/testing/build-timeline.ts";
import { slice } from "#workers/timeline/edit.ts";
import type { Timeline } from "#workers/timeline/timeline.ts";
import { dubbed, film, masterOptions, silent, song, spanned, uploaded } from "../golden/timelines.ts";
import { printIFrames } from "./iframes.ts";
import { printMedia } from "./media.ts";
import { printMultivariant } from "./multivariant.ts";

HLS.setOptions({ strictMode: true, silent: true });

const ladder = buildTimeline({
  frameRate: { numerator: 24000, denominator: 1001 },
  frameCount: 24 * 61,
  heights: [240, 360, 480, 720, 1080],
  audio: [{ language: "eng" }, { language: "fre" }],
});
const [, growing] = growthOf(ladder);
assert(growing !== undefined);
const timelines = {
  film,
  silent,
  song,
  dubbed,
  ladder,
  clip: slice(ladder, 6, 18),
  growing,
  uploaded,
  spanned,
};

function printsOf(name: string, timeline: Timeline): readonly (readonly [name: string, text: string])[] {
  const prints: [string, string][] = [[`${name}: multivariant`, printMultivariant(timeline, masterOptions)]];
  for (const track of timeline.tracks) {
    for (const g of [1, 2, 3] as const)
      prints.push([`${name}: ${track.format.id} by ${g}`, printMedia(timeline, track, { g })]);
    if (track.format.kind === "video")
      prints.push([`${name}: ${track.format.id} I frames`, printIFrames(timeline, track)]);
  }
  return prints;
}
const prints = Object.entries(timelines).flatMap(([name, timeline]) => printsOf(name, timeline));

function readMultivariant(text: string): HLS.types.MasterPlaylist {
  const read = HLS.parse(text);
  assert(read.isMasterPlaylist);
  return read;
}

function readMedia(text: string): HLS.types.MediaPlaylist {
  const read = HLS.parse(text);
  assert(!read.isMasterPlaylist);
  return read;
}

function readByM3u8Parser(text: string) {
  const parser = new Parser();
  const warnings: string[] = [];
  parser.on("warn", ({ message }) => warnings.push(message));
  parser.push(text);
  parser.end();
  return { manifest: parser.manifest, warnings };
}

test.each(prints)("hls-parser accepts %s in strict mode", (_name, text) => {
  expect(() => HLS.parse(text)).not.toThrow();
});

test.each(prints)("m3u8-parser reads %s without a warning", (_name, text) => {
  expect(readByM3u8Parser(text).warnings).toEqual([]);
});

describe("both readers", () => {
  test("see the variants, the audio group and the I-frame variants", () => {
    const read = readMultivariant(printMultivariant(dubbed, masterOptions));
    const [variant, iFrames] = read.variants;
    expect(read.independentSegments).toBe(true);
    expect(variant).toMatchObject({
      bandwidth: 1_620_000,
      averageBandwidth: 1_273_847,
      codecs: "avc1.64001f,mp4a.40.2",
      resolution: { width: 1280, height: 720 },
      frameRate: 25,
    });
    expect(
      variant?.audio.map(({ language, channels, isDefault }) => [language, channels, isDefault]),
    ).toEqual([
      ["en", "2", true],
      ["pt-BR", "2", false],
      ["en", "1", false],
    ]);
    expect(iFrames).toMatchObject({ isIFrameOnly: true, uri: "s/SESSION/1-v720/iframes.m3u8" });
    const { manifest } = readByM3u8Parser(printMultivariant(dubbed, masterOptions));
    expect(Object.keys(manifest.mediaGroups.AUDIO.audio ?? {})).toEqual([
      "English",
      "Brazilian Portuguese",
      "English 2",
    ]);
  });

  test("see every segment with its name, number and duration", () => {
    for (const track of ladder.tracks) {
      const text = printMedia(ladder, track, { g: 3 });
      const read = readMedia(text);
      expect([read.endlist, read.playlistType, read.version, read.targetDuration]).toEqual([
        true,
        "VOD",
        6,
        6,
      ]);
      const { manifest } = readByM3u8Parser(text);
      expect(manifest.segments.map(({ uri, duration }) => [uri, duration])).toEqual(
        read.segments.map(({ uri, duration }) => [uri, duration]),
      );
      expect(read.segments.map(({ uri, mediaSequenceNumber }) => [uri, mediaSequenceNumber])).toEqual(
        read.segments.map((_segment, index) => [`3/${index}.m4s`, index]),
      );
      expect(read.segments[0]?.map.uri).toBe("init.mp4");
    }
  });

  test("see the byte range of every key frame", () => {
    const [, track] = film.tracks;
    assert(track !== undefined);
    const read = readMedia(printIFrames(film, track));
    expect(read.isIFrame).toBe(true);
    expect(read.segments.map(({ byterange }) => [byterange.offset, byterange.length])).toEqual(
      [...track.fragments.leadBytes].map((lead) => [0, lead]),
    );
  });
});
