import { describe, expect, test } from "vitest";
import { buildTimeline } from "#workers/testing/build-timeline.ts";
import { slice } from "#workers/timeline/edit.ts";
import type { Timeline } from "#workers/timeline/timeline.ts";
import clipGolden from "../golden/clip.m3u8?raw";
import dubbedGolden from "../golden/dubbed.m3u8?raw";
import growingGolden from "../golden/film-growing.m3u8?raw";
import filmGolden from "../golden/film.m3u8?raw";
import silentGolden from "../golden/silent.m3u8?raw";
import songGolden from "../golden/song.m3u8?raw";
import { dubbed, film, listedFilm, masterOptions, silent, song } from "../golden/timelines.ts";
import { printMultivariant, type MultivariantOptions } from "./multivariant.ts";

const growing: Timeline = { ...slice(listedFilm, 0, 5), complete: false };

function print(timeline: Timeline, options: Partial<MultivariantOptions> = {}): string {
  return printMultivariant(timeline, { ...masterOptions, ...options });
}

function lines(text: string, tag: string): readonly string[] {
  return text.split("\n").filter((line) => line.startsWith(`${tag}:`));
}

function withLanguage(language: string): Timeline {
  return buildTimeline({ frameCount: 360, audio: [{ language }] });
}

describe("golden files", () => {
  test.each([
    ["a film with sound", listedFilm, filmGolden],
    ["a film that is still being encoded", growing, growingGolden],
    ["a film with no sound", silent, silentGolden],
    ["sound alone", song, songGolden],
    ["a film in two languages and mono", dubbed, dubbedGolden],
  ])("%s", (_name, timeline, golden) => {
    expect(print(timeline)).toBe(golden);
  });

  test("a clip of a film, from 5.5 s, without pictures to scrub by", () => {
    const clip = slice(listedFilm, 2, 6);
    expect(print(clip, { startOffsetSeconds: 1.5, iFrames: false })).toBe(clipGolden);
  });
});

describe("RFC 8216bis", () => {
  test("4.4.1.1: EXTM3U is the first line", () => {
    expect(print(film).startsWith("#EXTM3U\n")).toBe(true);
  });

  test("6.2.1: no EXT-X-VERSION, because nothing here needs more than version 1", () => {
    expect(print(dubbed)).not.toContain("EXT-X-VERSION");
  });

  test("4.4.6.2: BANDWIDTH covers the largest rendition of the audio group", () => {
    const quiet = buildTimeline({ frameCount: 600, heights: [360], audio: [{}] });
    const loud = buildTimeline({ frameCount: 600, heights: [360], audio: [{}, { maxBitrateBps: 640_000 }] });
    expect(bandwidth(loud) - bandwidth(quiet)).toBeGreaterThan(300_000);
  });

  test("4.4.6.2: BANDWIDTH of a growing film is the encoder's cap until the measure exceeds it", () => {
    const [video] = growing.tracks;
    if (video === undefined) throw new Error("the film has rungs");
    const capped = (maxBitrateBps: number): Timeline => ({
      ...growing,
      tracks: [{ ...video, format: { ...video.format, maxBitrateBps } }],
    });
    expect(bandwidth(capped(5_000_000))).toBe(5_000_000);
    expect(bandwidth(capped(1_000_000))).toBe(1_500_000);
  });

  test("4.4.6.1.1: CODECS lists every format of the group, each once", () => {
    const surround = buildTimeline({ frameCount: 360, audio: [{}, { codec: "ac-3" }, { language: "de" }] });
    expect(print(surround)).toContain('CODECS="avc1.64001f,mp4a.40.2,ac-3"');
  });

  const twice = [{}, { language: "de" }, { codec: "opus" }, { codec: "opus", language: "de" }];
  const streams = (timeline: Timeline) =>
    lines(print(timeline), "#EXT-X-STREAM-INF").map((line) =>
      [...line.matchAll(/(?:CODECS|AUDIO)="([^"]*)"/g)].map(([, value]) => value).join(" "),
    );

  test("4.4.6.2.1: languages that are there in two codecs are two groups, AV1 with the newer", () => {
    const two = buildTimeline({ frameCount: 360, heights: [480, 720], audio: twice });
    const av1: Timeline = {
      ...two,
      tracks: two.tracks.map((track, index) =>
        index === 1 ? { ...track, format: { ...track.format, codec: "av01.0.05M.08" } } : track,
      ),
    };
    expect(streams(av1)).toEqual(["avc1.64001f,mp4a.40.2 audio", "av01.0.05M.08,opus audio-2"]);
    const groups = lines(print(av1), "#EXT-X-MEDIA").map((line) =>
      /GROUP-ID="([^"]*)".*DEFAULT=(\w+)/.exec(line),
    );
    expect(groups.map((group) => `${group?.[1]} ${group?.[2]}`)).toEqual([
      ...["audio YES", "audio NO", "audio-2 YES", "audio-2 NO"],
    ]);
  });

  test("4.4.6.2.1: without AV1 a picture is there once with each group", () => {
    expect(streams(buildTimeline({ frameCount: 360, audio: twice }))).toEqual([
      ...["avc1.64001f,mp4a.40.2 audio", "avc1.64001f,opus audio-2"],
    ]);
    // One language in one codec only: all that can be heard is in one group.
    expect(streams(buildTimeline({ frameCount: 360, audio: twice.slice(0, 3) }))).toEqual([
      "avc1.64001f,mp4a.40.2,opus audio",
    ]);
  });

  test("4.4.6.1.1: NAME is unique in the group and only one member is DEFAULT", () => {
    const media = lines(print(dubbed), "#EXT-X-MEDIA");
    const names = media.map((line) => /NAME="([^"]*)"/.exec(line)?.[1]);
    expect(new Set(names).size).toBe(3);
    expect(media.filter((line) => line.includes("DEFAULT=YES,AUTOSELECT=YES"))).toHaveLength(1);
    expect(media.filter((line) => line.includes("DEFAULT=YES"))).toHaveLength(1);
  });

  test("4.4.6.1.1: members that players may pick by themselves differ in language", () => {
    const auto = lines(print(dubbed), "#EXT-X-MEDIA").filter((line) => line.includes("AUTOSELECT=YES"));
    expect(auto.map((line) => /LANGUAGE="([^"]*)"/.exec(line)?.[1])).toEqual(["en", "pt-BR"]);
  });

  test("4.4.6.2.1: AUDIO names a group that exists, and is absent without sound", () => {
    expect(print(film)).toContain('AUDIO="audio"');
    expect(print(film)).toContain('GROUP-ID="audio"');
    expect(print(silent)).not.toContain("AUDIO=");
  });

  test("4.4.6.2: CLOSED-CAPTIONS=NONE is on all variants or on none", () => {
    for (const timeline of [film, silent, song]) {
      const variants = lines(print(timeline), "#EXT-X-STREAM-INF");
      expect(variants.every((line) => line.endsWith("CLOSED-CAPTIONS=NONE"))).toBe(true);
    }
  });

  test("4.4.6.3: EXT-X-I-FRAME-STREAM-INF has BANDWIDTH and URI, and no FRAME-RATE, AUDIO or captions", () => {
    const iFrames = lines(print(film), "#EXT-X-I-FRAME-STREAM-INF");
    expect(iFrames).toHaveLength(3);
    for (const line of iFrames) {
      expect(line).toMatch(/:BANDWIDTH=\d+,.*URI="[^"]+"$/);
      expect(line).not.toMatch(/FRAME-RATE|AUDIO=|CLOSED-CAPTIONS|SUBTITLES/);
    }
  });

  test("4.4.2.2: EXT-X-START is precise, once, and inside the playlist", () => {
    const starts = (startOffsetSeconds: number, timeline = film) =>
      print(timeline, { startOffsetSeconds })
        .split("\n")
        .filter((line) => line.startsWith("#EXT-X-START"));
    expect(starts(1.3)).toEqual(["#EXT-X-START:TIME-OFFSET=1.300,PRECISE=YES"]);
    expect(starts(0.0041)).toEqual(["#EXT-X-START:TIME-OFFSET=0.0041,PRECISE=YES"]);
    expect(starts(0)).toEqual([]);
    expect(starts(13)).toEqual([]);
  });

  test("4.4.2.2: while a clip grows it starts no nearer to its end than three target durations", () => {
    const startsAt = (fragments: number, startOffsetSeconds: number) =>
      print({ ...slice(film, 0, fragments), complete: false }, { startOffsetSeconds }).includes(
        "EXT-X-START",
      );
    // Three of 4 s each, and the film is 13 s long.
    expect([startsAt(7, 0.9), startsAt(7, 1), startsAt(6, 0.1)]).toEqual([true, false, false]);
  });

  test("4.4.6.3: without pictures to scrub by, no I-frame variant is listed", () => {
    expect(print(film, { iFrames: false })).toBe(
      print(film)
        .split("\n")
        .filter((line) => !line.startsWith("#EXT-X-I-FRAME"))
        .join("\n"),
    );
  });

  test("4.4.2.1: INDEPENDENT-SEGMENTS only when every segment starts with a key frame", () => {
    const open = buildTimeline({ frameCount: 480, audio: [] });
    const [video] = open.tracks;
    if (video === undefined) throw new Error("the sketch has a rung");
    const withSync = (...sync: number[]): Timeline => ({
      ...open,
      tracks: [{ ...video, fragments: { ...video.fragments, sync: Uint8Array.from(sync) } }],
    });
    expect(print(withSync(1, 1, 0, 1, 1, 1, 1, 1))).not.toContain("INDEPENDENT-SEGMENTS");
    // In the middle of a segment of two it does no harm.
    expect(print(withSync(1, 0, 1, 1, 1, 1, 1, 1))).toContain("INDEPENDENT-SEGMENTS");
  });
});

describe("Apple's authoring rules", () => {
  test("every variant has CODECS, RESOLUTION, FRAME-RATE with 3 decimals and AVERAGE-BANDWIDTH", () => {
    const ntsc = buildTimeline({ frameRate: { numerator: 24000, denominator: 1001 }, frameCount: 300 });
    for (const line of lines(print(ntsc), "#EXT-X-STREAM-INF")) {
      expect(line).toMatch(/AVERAGE-BANDWIDTH=\d+,CODECS="[^"]+",RESOLUTION=1280x720,FRAME-RATE=23\.976,/);
    }
  });

  test("4.2: a title is one quoted string, whatever it holds, and none is printed for an empty one", () => {
    const hostile = 'A "film"\r\n#EXT-X-ENDLIST\u0001 ';
    const text = printMultivariant(film, { ...masterOptions, title: hostile });
    expect(lines(text, "#EXT-X-SESSION-DATA")).toEqual([
      `#EXT-X-SESSION-DATA:DATA-ID="com.apple.hls.title",VALUE="A 'film' #EXT-X-ENDLIST"`,
    ]);
    expect(text.split("\n").includes("#EXT-X-ENDLIST")).toBe(false);
    expect(print(film)).not.toContain("SESSION-DATA");
  });

  test("tracks are listed as the timeline has them: the first picture first, the first sound the default", () => {
    const [picture, english, portuguese, mono] = dubbed.tracks;
    if (picture === undefined || english === undefined || portuguese === undefined || mono === undefined)
      throw new Error("the film is dubbed");
    const heights = [...print(film).matchAll(/STREAM-INF:.*RESOLUTION=\d+x(\d+)/g)].map((match) => match[1]);
    expect(heights).toEqual(["1080", "720", "360", "1080", "720", "360"]);
    const media = lines(print({ ...dubbed, tracks: [picture, portuguese, english, mono] }), "#EXT-X-MEDIA");
    expect(media.map((line) => /LANGUAGE="([^"]*)".*DEFAULT=(YES|NO)/.exec(line)?.slice(1))).toEqual([
      ["pt-BR", "YES"],
      ["en", "NO"],
      ["en", "NO"],
    ]);
  });

  test("every medium has a LANGUAGE, also when it is not known", () => {
    expect(print(withLanguage("und"))).toContain('LANGUAGE="und",NAME="Audio"');
  });
});

describe("what a file says about itself", () => {
  test.each([
    ["eng", "en", "English"],
    ["ger", "de", "German"],
    ["EN-us", "en-US", "American English"],
    ['en",URI="http://evil/', "und", "Audio"],
    ["en\n#EXT-X-ENDLIST", "und", "Audio"],
    ["", "und", "Audio"],
  ])("language %j is printed as %s", (language, tag, name) => {
    expect(lines(print(withLanguage(language)), "#EXT-X-MEDIA")[0]).toContain(
      `LANGUAGE="${tag}",NAME="${name}",DEFAULT=YES`,
    );
  });
});

function bandwidth(timeline: Timeline): number {
  return Number(/[:]BANDWIDTH=(\d+)/.exec(print(timeline))?.[1]);
}
