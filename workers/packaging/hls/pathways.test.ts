import { describe, expect, test } from "vitest";
import { buildTimeline } from "#workers/testing/build-timeline.ts";
import { noFragments } from "#workers/timeline/segments.ts";
import type { Timeline } from "#workers/timeline/timeline.ts";
import { trackBitrate } from "../bitrate.ts";
import pathwaysGolden from "../golden/pathways.m3u8?raw";
import { film, spanned, uploaded } from "../golden/timelines.ts";
import uploadedGolden from "../golden/uploaded.m3u8?raw";
import mpdGolden from "../golden/uploaded.mpd?raw";
import { printMpd } from "../dash/mpd.ts";
import { targetDurationSeconds } from "../target-duration.ts";
import { printMedia } from "./media.ts";
import { printPathways, type Pathway } from "./pathways.ts";

const source: Pathway = {
  ...{ id: "source", timeline: uploaded, g: 1, iFrames: false },
  trackPath: (track) => `s/SESSION/0-${track}`,
};

/** Told before anything of it is made. */
const predicted: Timeline = {
  ...film,
  tracks: film.tracks.map(({ format }) => ({ format, fragments: noFragments })),
  complete: false,
};

const ladder: Pathway = {
  ...{ id: "ladder", timeline: predicted, g: 2, iFrames: true },
  trackPath: (track) => `s/SESSION/1-${track}`,
};

const options = { title: "A film", steeringUri: "s/SESSION/steering" };

describe("golden files", () => {
  test("two pathways", () => expect(printPathways([source, ladder], options)).toBe(pathwaysGolden));
  test("an uploaded picture", () => {
    const [picture] = uploaded.tracks;
    if (picture === undefined) throw new Error("no picture");
    expect(printMedia(uploaded, picture, { g: 1 })).toBe(uploadedGolden);
  });
  test("an uploaded file in DASH", () =>
    expect(printMpd(uploaded, { g: 1, baseUrl: "s/SESSION/", trackPath: "0-$RepresentationID$" })).toBe(
      mpdGolden,
    ));
});

describe("pathways", () => {
  const text = printPathways([source, ladder], options);

  test("each name a variant of their own, and share no group", () => {
    const variants = [...text.matchAll(/#EXT-X-STREAM-INF:.*AUDIO="([^"]+)".*PATHWAY-ID="([^"]+)"/g)];
    expect(variants.map(([, group, pathway]) => `${pathway} ${group}`)).toEqual([
      ...["source audio-source", ...Array<string>(3).fill("ladder audio-ladder")],
    ]);
    expect(text.match(/GROUP-ID="[^"]+"/g)).toEqual(['GROUP-ID="audio-source"', 'GROUP-ID="audio-ladder"']);
  });

  test("begin with the first of them", () => {
    expect(printPathways([ladder, source], options)).toContain('steering",PATHWAY-ID="ladder"');
  });
});

describe("what is claimed of an uploaded file", () => {
  const [picture] = uploaded.tracks;
  const [unknown] = spanned.tracks;
  if (picture === undefined || unknown === undefined) throw new Error("no picture");

  test("is measured where sizes are exact, and its cap where they are not", () => {
    expect(trackBitrate(uploaded, picture, 1)).toEqual({ peakBps: 1_333_334, averageBps: 1_096_775 });
    expect(trackBitrate(spanned, unknown, 1)).toEqual({ peakBps: 2_560_000, averageBps: 2_560_000 });
  });

  test("is a target duration that no segment is longer than; a ladder's goes by its grid", () => {
    expect(targetDurationSeconds(uploaded, 1)).toBe(5);
    expect(targetDurationSeconds(spanned, 1)).toBe(5);
    const even = buildTimeline({ frameCount: 300 });
    expect(targetDurationSeconds(even, 1)).toBe(2);
  });
});
