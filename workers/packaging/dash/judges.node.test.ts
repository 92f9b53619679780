// Independent readers of what is printed.
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { parse } from "mpd-parser";
import { assert, expect, test } from "vitest";
import { buildTimeline } from "#workers/testing/build-timeline.ts";
import { slice } from "#workers/timeline/edit.ts";
import { listSegments } from "#workers/timeline/segments.ts";
import { dubbed, film, mpdOptions, silent, song, spanned, uploaded } from "../golden/timelines.ts";
import { printMpd } from "./mpd.ts";

const ladder = buildTimeline({
  frameRate: { numerator: 24000, denominator: 1001 },
  frameCount: 24 * 61,
  heights: [240, 360, 480, 720, 1080],
  audio: [{ language: "eng" }],
});
const timelines = Object.entries({
  film,
  silent,
  song,
  dubbed,
  ladder,
  clip: slice(ladder, 6, 18),
  uploaded,
  spanned,
});
const cases = timelines.flatMap(([name, timeline]) =>
  ([1, 2, 3] as const).map((g) => ({ name, g, timeline })),
);

// ISO/IEC 23009-1 annex B: the order of children that the schema asks for.
const order: Readonly<Record<string, readonly string[]>> = {
  MPD: ["BaseURL", "Period"],
  Period: ["AdaptationSet"],
  AdaptationSet: ["AudioChannelConfiguration", "Role", "SegmentTemplate", "Representation"],
  Representation: ["SegmentTemplate"],
  SegmentTemplate: ["SegmentTimeline"],
  SegmentTimeline: ["S"],
};

/** fast-xml-parser's ordered tree: one key names the element and holds its children, ":@" its attributes. */
type XmlNode = Readonly<Record<string, unknown>>;

function checkOrder(node: XmlNode): void {
  const name = elementName(node);
  const children = Array.isArray(node[name]) ? (node[name] as readonly XmlNode[]) : [];
  const elements = children.filter((child) => elementName(child) !== "#text");
  const ranks = elements.map((child) => (order[name] ?? []).indexOf(elementName(child)));
  expect(ranks.every((rank) => rank >= 0)).toBe(true);
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  for (const element of elements) checkOrder(element);
}

function elementName(node: XmlNode): string {
  return Object.keys(node).find((key) => key !== ":@") ?? "#text";
}

test.each(cases)(
  "fast-xml-parser finds $name by $g well formed, its elements in the schema's order",
  ({ g, timeline }) => {
    const text = printMpd(timeline, { ...mpdOptions, g });
    expect(XMLValidator.validate(text)).toBe(true);
    const [mpd] = new XMLParser({
      preserveOrder: true,
      ignoreAttributes: false,
      ignoreDeclaration: true,
    }).parse(text);
    checkOrder(mpd);
  },
);

test.each(cases)(
  "mpd-parser finds the URL, time and duration of every segment of $name by $g",
  ({ g, timeline }) => {
    const warnings: unknown[] = [];
    const read = parse(printMpd(timeline, { ...mpdOptions, g }), {
      manifestUri: "https://sluice.test/p/PLAYBACK/dash.mpd",
      eventHandler: (event) => warnings.push(event),
    });
    // mpd-parser calls sound without a picture a playlist, and sound beside one a group.
    const groups = Object.values(read.mediaGroups.AUDIO.audio ?? {}).flatMap(({ playlists }) => playlists);
    const playlists = [...read.playlists, ...groups];
    const byId = new Map(playlists.map((playlist) => [playlist.attributes.NAME, playlist]));
    expect(read.endList).toBe(true);
    for (const { format, fragments } of timeline.tracks) {
      const segments = byId.get(format.id)?.segments ?? [];
      const [first] = segments;
      assert(first !== undefined);
      const offset = first.presentationTime;
      expect(first.map.resolvedUri).toBe(`https://sluice.test/p/PLAYBACK/s/SESSION/1-${format.id}/init.mp4`);
      const listed = listSegments(fragments, g, true);
      expect(segments.map(({ resolvedUri }) => resolvedUri)).toEqual(
        listed.map(({ n }) => `https://sluice.test/p/PLAYBACK/s/SESSION/1-${format.id}/${g}/${n}.m4s`),
      );
      let ticks = 0;
      for (const [index, { duration, presentationTime }] of segments.entries()) {
        const durationTicks = listed[index]?.durationTicks ?? Number.NaN;
        expect(duration).toBeCloseTo(durationTicks / format.timescale, 9);
        expect(presentationTime - offset).toBeCloseTo(ticks / format.timescale, 9);
        ticks += durationTicks;
      }
      // A Period starts at its first picture; sound may start up to its priming and half a frame beside it.
      expect(Math.abs(offset)).toBeLessThan(format.kind === "video" ? 1e-9 : 0.04);
    }
  },
);
