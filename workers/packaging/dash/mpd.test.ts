import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildTimeline } from "#workers/testing/build-timeline.ts";
import { slice } from "#workers/timeline/edit.ts";
import { listSegments } from "#workers/timeline/segments.ts";
import type { SegmentFragments, Timeline } from "#workers/timeline/timeline.ts";
import clipGolden from "../golden/clip.mpd?raw";
import dubbedGolden from "../golden/dubbed.mpd?raw";
import filmGolden from "../golden/film.mpd?raw";
import sliceGolden from "../golden/slice.mpd?raw";
import songGolden from "../golden/song.mpd?raw";
import { dubbed, film, mpdOptions, silent, song } from "../golden/timelines.ts";
import { printMpd } from "./mpd.ts";

const anyG = fc.constantFrom<SegmentFragments>(1, 2, 3);
const anyFilm = fc
  .record({
    frameRate: fc.constantFrom(
      { numerator: 24000, denominator: 1001 },
      { numerator: 25, denominator: 1 },
      { numerator: 60, denominator: 1 },
    ),
    frameCount: fc.integer({ min: 1, max: 4000 }),
    hasSound: fc.boolean(),
    from: fc.nat({ max: 4 }),
  })
  .map(({ from, hasSound, ...sketch }) => {
    const whole = buildTimeline({ ...sketch, heights: [360, 720], audio: hasSound ? [{}] : [] });
    const cut = slice(whole, from * 6, 1e6);
    return (cut.tracks[0]?.fragments.sync.length ?? 0) > 0 ? cut : whole;
  });

function print(timeline: Timeline, g: SegmentFragments = 2, endSeconds = Infinity): string {
  return printMpd(timeline, { ...mpdOptions, g, endSeconds });
}

function attribute(text: string, name: string): string | undefined {
  return new RegExp(` ${name}="([^"]*)"`).exec(text)?.[1];
}

function isoSecondsOf(text: string, name: string): number {
  return Number(/^PT([\d.]+)S$/.exec(attribute(text, name) ?? "")?.[1]);
}

interface Template {
  readonly timescale: number;
  readonly startNumber: number;
  readonly offset: number;
  readonly entries: readonly {
    readonly start: number | null;
    readonly ticks: number;
    readonly repeat: number;
  }[];
}

function templatesOf(text: string): readonly Template[] {
  return [...text.matchAll(/<SegmentTemplate[^>]*>[^]*?<\/SegmentTemplate>/g)].map(([xml]) => ({
    timescale: Number(attribute(xml, "timescale")),
    startNumber: Number(attribute(xml, "startNumber")),
    offset: Number(attribute(xml, "presentationTimeOffset") ?? 0),
    entries: [...xml.matchAll(/<S (?:t="(\d+)" )?d="(\d+)"(?: r="(\d+)")?\/>/g)].map(
      ([, start, ticks, repeat]) => ({
        start: start === undefined ? null : Number(start),
        ticks: Number(ticks),
        repeat: Number(repeat ?? 0),
      }),
    ),
  }));
}

/** Number, start and duration of each segment, as a player works them out. */
function expand({ startNumber, entries }: Template): readonly (readonly [number, number, number])[] {
  const segments: [number, number, number][] = [];
  let at = entries[0]?.start ?? Number.NaN;
  for (const { ticks, repeat } of entries) {
    for (let count = 0; count <= repeat; count++) {
      segments.push([startNumber + segments.length, at, ticks]);
      at += ticks;
    }
  }
  return segments;
}

describe("golden files", () => {
  test.each([
    ["a film with sound", film, filmGolden],
    ["a slice of it", slice(film, 2, 6), sliceGolden],
    ["sound alone", song, songGolden],
    ["a film in two languages and mono", dubbed, dubbedGolden],
  ])("%s", (_name, timeline, golden) => {
    expect(print(timeline)).toBe(golden);
  });

  test("a clip that ends at 11.5 s, in the middle of a GOP", () => {
    expect(print(slice(film, 2, 6), 2, 11.5)).toBe(clipGolden);
  });
});

describe("ISO/IEC 23009-1 and DASH-IF", () => {
  test("5.3.1.2: @profiles and @minBufferTime are there, and the MPD is static without dynamic attributes", () => {
    expect(attribute(filmGolden, "profiles")).toBe("urn:mpeg:dash:profile:isoff-live:2011");
    expect(isoSecondsOf(filmGolden, "minBufferTime")).toBe(4.032);
    expect(attribute(filmGolden, "type")).toBe("static");
    expect(filmGolden).not.toMatch(/availabilityStartTime|minimumUpdatePeriod|publishTime|UTCTiming/);
  });

  test("a growing timeline has no static MPD", () => {
    expect(() => print({ ...film, complete: false })).toThrow("growing");
  });

  test("5.3.2.1: the first Period starts at 0 and lasts as long as the presentation, never zero", () => {
    fc.assert(
      fc.property(anyFilm, anyG, (timeline, g) => {
        const text = print(timeline, g);
        const period = /<Period[^>]*>/.exec(text)?.[0] ?? "";
        expect(attribute(period, "start")).toBe("PT0S");
        expect(attribute(period, "duration")).toBe(attribute(text, "mediaPresentationDuration"));
        const [lead] = timeline.tracks;
        const ticks = lead?.fragments.durationTicks.reduce((sum, one) => sum + one, 0) ?? 0;
        expect(isoSecondsOf(period, "duration")).toBeGreaterThan(0);
        expect(isoSecondsOf(period, "duration")).toBeCloseTo(ticks / (lead?.format.timescale ?? 1), 5);
      }),
    );
  });

  test("5.3.9.6: $Number$, S@t and S@d are exactly the segments of the table", () => {
    fc.assert(
      fc.property(anyFilm, anyG, (timeline, g) => {
        const templates = templatesOf(print(timeline, g));
        const video = timeline.tracks.filter(({ format }) => format.kind === "video");
        const audio = timeline.tracks.filter(({ format }) => format.kind === "audio");
        // All rungs share one template: one grid.
        expect(templates).toHaveLength(1 + audio.length);
        for (const [index, track] of [...video.slice(0, 1), ...audio].entries()) {
          const template = templates[index];
          if (template === undefined) throw new Error("each set has a template");
          expect(template.timescale).toBe(track.format.timescale);
          expect(expand(template)).toEqual(
            listSegments(track.fragments, g, true).map(({ n, startTicks, durationTicks }) => [
              n,
              startTicks,
              durationTicks,
            ]),
          );
        }
      }),
    );
  });

  test("5.3.9.6: equal durations are one S with @r, and only the first has @t", () => {
    const [template] = templatesOf(filmGolden);
    expect(template?.entries).toEqual([
      { start: 0, ticks: 360_000, repeat: 2 },
      { start: null, ticks: 90_000, repeat: 0 },
    ]);
  });

  test("no S@d is longer than @maxSegmentDuration, and @bandwidth holds for @minBufferTime", () => {
    fc.assert(
      fc.property(anyFilm, anyG, (timeline, g) => {
        const text = print(timeline, g);
        for (const template of templatesOf(text)) {
          for (const { ticks } of template.entries) {
            expect(ticks / template.timescale).toBeLessThanOrEqual(isoSecondsOf(text, "maxSegmentDuration"));
            expect(ticks / template.timescale).toBeLessThanOrEqual(isoSecondsOf(text, "minBufferTime"));
          }
        }
      }),
    );
  });

  test("no presentationTimeOffset ever makes up for an edit list", () => {
    expect(film.tracks.every(({ format }) => format.editStartTicks > 0)).toBe(true);
    for (const timeline of [film, silent, song, dubbed])
      expect(print(timeline)).not.toContain("presentationTimeOffset");
  });

  test("the presentationTimeOffset of a slice is where its picture starts, on each track's own clock", () => {
    const [video, audio] = templatesOf(sliceGolden);
    expect([video?.offset, video?.entries[0]?.start]).toEqual([360_000, 360_000]);
    expect(audio?.offset).toBe(4 * 48_000);
    // The cut of the sound is heard within half a frame of it; the edit list takes the 1,024 ticks off.
    expect(Math.abs((audio?.entries[0]?.start ?? 0) - 1024 - 4 * 48_000)).toBeLessThanOrEqual(512);
  });

  test("5.3.2.1: a Period ends where it is asked to, inside its last segment, and never behind its media", () => {
    fc.assert(
      fc.property(anyFilm, anyG, fc.double({ min: 0, max: 200, noNaN: true }), (timeline, g, endSeconds) => {
        const [cut, whole] = [print(timeline, g, endSeconds), print(timeline, g)];
        const [lead] = timeline.tracks;
        const start = (lead?.fragments.startTicks ?? 0) / (lead?.format.timescale ?? 1);
        const wholeSeconds = isoSecondsOf(whole, "mediaPresentationDuration");
        const expected = endSeconds > start ? Math.min(endSeconds - start, wholeSeconds) : wholeSeconds;
        expect(isoSecondsOf(cut, "mediaPresentationDuration")).toBeCloseTo(expected, 5);
        expect(cut.replaceAll(/[dD]uration="PT[^"]*"/g, "")).toBe(
          whole.replaceAll(/[dD]uration="PT[^"]*"/g, ""),
        );
      }),
    );
  });

  test("the first sound has the main role, whichever that is", () => {
    const [picture, english, portuguese] = dubbed.tracks;
    if (picture === undefined || english === undefined || portuguese === undefined)
      throw new Error("the film is dubbed");
    const text = print({ ...dubbed, tracks: [picture, portuguese, english] });
    expect(
      [...text.matchAll(/lang="([^"]*)"[^]*?role:2011" value="(\w+)"/g)].map((match) => match.slice(1)),
    ).toEqual([
      ["pt-BR", "main"],
      ["en", "alternate"],
    ]);
  });

  test("a slice of sound alone starts where it is heard", () => {
    const cut = slice(song, 2, 6);
    const [template] = templatesOf(print(cut));
    expect(template?.offset).toBe(189 * 1024 - 1024);
    expect(isoSecondsOf(print(cut), "mediaPresentationDuration")).toBeCloseTo((375 * 1024) / 48_000, 5);
  });

  test("all rungs are in one AdaptationSet, and each kind of sound in its own", () => {
    expect(filmGolden.match(/<AdaptationSet [^>]*contentType="video"/g)).toHaveLength(1);
    expect(filmGolden.match(/<Representation id="v/g)).toHaveLength(3);
    expect(dubbedGolden.match(/<AdaptationSet [^>]*contentType="audio"/g)).toHaveLength(3);
    expect(dubbedGolden.match(/urn:mpeg:dash:role:2011" value="main"/g)).toHaveLength(2);
  });

  test("rungs that are cut differently have a template each", () => {
    const [a, b] = buildTimeline({ frameCount: 600, heights: [360, 720], audio: [] }).tracks;
    if (a === undefined || b === undefined) throw new Error("the sketch has two rungs");
    const durationTicks = b.fragments.durationTicks.map((ticks, index) => (index === 9 ? ticks - 1 : ticks));
    const skewed = { ...film, tracks: [a, { ...b, fragments: { ...b.fragments, durationTicks } }] };
    expect(templatesOf(print(skewed))).toHaveLength(2);
  });

  test("startWithSAP is claimed only when every segment starts with a key frame", () => {
    const [video] = silent.tracks;
    if (video === undefined) throw new Error("the film has rungs");
    const open = { ...video, fragments: { ...video.fragments, sync: Uint8Array.of(1, 1, 0, 1, 1, 1, 1) } };
    expect(print({ ...silent, tracks: [open] })).not.toContain("startWithSAP");
    expect(print(silent)).toContain('startWithSAP="1"');
  });

  test("frame rates are fractions where they are fractional", () => {
    const ntsc = buildTimeline({ frameRate: { numerator: 30000, denominator: 1001 }, frameCount: 600 });
    expect(print(ntsc)).toContain('frameRate="30000/1001"');
    expect(filmGolden).toContain('frameRate="25"');
  });

  test("channels are a ChannelConfiguration, which is no count above 5.1", () => {
    const value = (channels: number) =>
      /channel_configuration:2011" value="(\d+)"/.exec(
        print(buildTimeline({ frameCount: 60, audio: [{ channels }] })),
      )?.[1];
    expect([1, 2, 6, 7, 8].map(value)).toEqual(["1", "2", "6", "11", "12"]);
  });

  test("a language from a file can't break out of its attribute", () => {
    const hostile = buildTimeline({ frameCount: 60, audio: [{ language: '"/><script>' }] });
    expect(print(hostile)).toContain('lang="und"');
    expect(print(hostile)).not.toContain("script");
  });

  test("paths are escaped", () => {
    expect(printMpd(film, { ...mpdOptions, baseUrl: 's/"<&/' })).toContain(
      "<BaseURL>s/&quot;&lt;&amp;/</BaseURL>",
    );
  });
});
