import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { noLimits, renditionOrders, type Limits } from "#workers/access/limits.ts";
import { dubbed, film, masterOptions, song } from "#workers/packaging/golden/timelines.ts";
import { printMultivariant } from "#workers/packaging/hls/multivariant.ts";
import { buildTimeline } from "#workers/testing/build-timeline.ts";
import type { Format, Timeline } from "#workers/timeline/timeline.ts";
import { chosenTimeline, isOffered, plainChoice, type Choice, type ChoiceInput } from "./choose.ts";
import { chooseRenditions } from "./choose-renditions.ts";
import type { DeviceClass, DeviceFacts } from "./device.ts";
import type { NetworkFacts } from "./device-network.ts";
import { allTracks, anonymousClaims } from "./session.ts";

const device: DeviceFacts = { class: "desktop", cannotPlay: [] };
const network: NetworkFacts = { saveData: false, rttMs: 20, country: "DE", downlinkBps: null };
const nowMs = 1_800_000_000_000;

const formatsOf = ({ tracks }: Timeline): readonly Format[] => tracks.map(({ format }) => format);
/** v240 v360 v480 v720 v1080 a0; caps of 0.96, 1.44, 1.92, 2.88 and 4.32 Mbit/s, and 0.128 of sound. */
const ladder = formatsOf(buildTimeline({ frameCount: 600, heights: [240, 360, 480, 720, 1080] }));
const spoken = formatsOf(dubbed);

function inputOf(given: Partial<ChoiceInput> = {}): ChoiceInput {
  return {
    formats: ladder,
    limits: noLimits,
    device,
    network,
    history: null,
    startLowCountries: new Set(),
    span: { gop: film.gop, durationSeconds: 20 },
    g: 2,
    nowMs,
    ...given,
  };
}

function choose(given: Partial<ChoiceInput>): Choice {
  const chosen = chooseRenditions(inputOf(given));
  if (!chosen.ok) throw new Error(chosen.reason);
  return chosen.value;
}

function named({ videoOrder, defaultAudio }: Choice, formats: readonly Format[] = ladder) {
  const nameOf = (index: number) => formats[index]?.id;
  return {
    pictures: videoOrder.map(nameOf).join(" "),
    sound: defaultAudio === null ? null : nameOf(defaultAudio),
  };
}

function limited(limits: Limits, given: Partial<ChoiceInput> = {}) {
  return named(choose({ limits, ...given }), given.formats).pictures;
}

describe("a viewer of whom nothing is known", () => {
  test("is offered everything, the middle rung first: the manifest for everybody", () => {
    const choice = choose({ formats: formatsOf(film) });
    const golden = readFileSync("workers/packaging/golden/film.m3u8", "utf8");
    expect(printMultivariant(chosenTimeline(film, choice), masterOptions)).toBe(golden);
    expect(choice).toMatchObject({
      trackMask: allTracks,
      g: 2,
      startOffsetSeconds: 0,
      endSeconds: null,
      iFrames: true,
    });
    expect(choice.slice).toEqual({ fromFragment: 0, toFragment: null });
    expect(named(choose({}))).toEqual({ pictures: "v480 v240 v360 v720 v1080", sound: "a0" });
  });

  test("gets the one choice that was made for these formats", () => {
    expect(choose({})).toBe(
      choose({ limits: {}, device: { class: "unknown", cannotPlay: ["hvc1", "av01"] } }),
    );
    expect(plainChoice(inputOf())).toBe(choose({}));
    expect(choose({ g: 3 })).not.toBe(choose({ g: 2 }));
    expect(choose({ formats: [...ladder] })).not.toBe(choose({}));
  });

  test.each([
    [[1080, 720, 480, 360, 240], "480"],
    [[240, 360, 480, 720], "360"],
    [[360, 720], "360"],
    [[240], "240"],
  ])("of a ladder of %j starts at %s", (heights, first) => {
    const formats = formatsOf(buildTimeline({ frameCount: 60, heights }));
    expect(named(choose({ formats }), formats).pictures.split(" ")[0]).toBe(`v${first}`);
  });
});

describe("limits of height", () => {
  test.each<[string, Limits, string]>([
    ["a maximum drops what is above it", { maxHeight: 480 }, "v360 v240 v480"],
    ["between two rungs the lower one counts", { maxHeight: 479 }, "v240 v360"],
    ["the lowest is kept when none fits", { maxHeight: 100 }, "v240"],
    ["a minimum drops what is below it", { minHeight: 700 }, "v720 v1080"],
    ["a minimum above all of them counts for nothing", { minHeight: 2000 }, "v480 v240 v360 v720 v1080"],
    ["both", { minHeight: 300, maxHeight: 800 }, "v480 v360 v720"],
    ["a minimum above the maximum counts for nothing", { minHeight: 720, maxHeight: 360 }, "v240 v360"],
  ])("%s", (_name, limits, pictures) => {
    expect(limited(limits)).toBe(pictures);
  });

  test("count the shorter side, so a film held upright has the same rungs", () => {
    const upright = ladder.map((format) =>
      format.kind === "video" ? { ...format, width: format.height, height: format.width } : format,
    );
    expect(limited({ maxHeight: 480 }, { formats: upright })).toBe("v360 v240 v480");
  });

  test("that fit everything leave the mask of everything", () => {
    expect(choose({ limits: { maxHeight: 1080 } })).toMatchObject({ trackMask: allTracks });
    expect(choose({ limits: { maxHeight: 360 } }).trackMask).toBe(0b10_0011);
  });
});

describe("limits of codecs", () => {
  const both: readonly Format[] = [
    ...ladder.slice(1, 4),
    ...ladder
      .slice(1, 4)
      .map((format) => ({ ...format, id: `h${format.id.slice(1)}`, codec: "hvc1.1.6.L93.B0" })),
    ...ladder.slice(5),
    ...ladder.slice(5).map((format) => ({ ...format, id: "a1", codec: "ec-3" })),
  ];

  test("keep the pictures and sounds of those names, whatever follows the dot and however they are spelled", () => {
    expect(limited({ codecs: ["HVC1"] }, { formats: both })).toBe("h480 h360 h720");
    const choice = choose({ limits: { codecs: ["avc1", "ec-3"] }, formats: both });
    expect(named(choice, both)).toEqual({ pictures: "v480 v360 v720", sound: "a1" });
    // One kind named is one kind limited.
    expect(named(choose({ limits: { codecs: ["avc1"] }, formats: both }), both).sound).toBe("a0");
    expect(limited({ codecs: ["mp4a"] }, { formats: both }).split(" ")).toHaveLength(6);
  });

  test.each<[readonly string[]]>([[["av01"]], [["avc1", "ec-3"]], [["xyz1"]], [[]]])(
    "%j, of which the video has none, are refused: there would be no picture or no sound",
    (codecs) => {
      expect(chooseRenditions(inputOf({ limits: { codecs } }))).toEqual({
        ok: false,
        reason: "codecsNotOffered",
      });
    },
  );

  test("that a device surely lacks are not offered to it, unless there are no others", () => {
    const lacking = { class: "desktop", cannotPlay: ["hvc1", "hev1"] } as const;
    expect(named(choose({ device: lacking, formats: both }), both).pictures).toBe("v480 v360 v720");
    const only = both.slice(3);
    expect(named(choose({ device: lacking, formats: only }), only).pictures).toBe("h480 h360 h720");
  });
});

describe("sound", () => {
  test("of languages that are named is offered, the first named one as default", () => {
    const choice = choose({ formats: spoken, limits: { audioLanguages: ["pt", "en"] } });
    expect(named(choice, spoken).sound).toBe("a1");
    expect(choice.trackMask).toBe(allTracks);
    expect(chosenTimeline(dubbed, choice).tracks.map(({ format }) => format.id)).toEqual([
      "v720",
      "a1",
      "a0",
      "a2",
    ]);
    expect(choose({ formats: spoken, limits: { audioLanguages: ["pt-BR"] } }).trackMask).toBe(0b0101);
  });

  test("is never silenced by a language that the video does not have", () => {
    const choice = choose({ formats: spoken, limits: { audioLanguages: ["fr", "pt-PT"] } });
    expect(choice.trackMask).toBe(0b0011);
    expect(choice.renditions).toContainEqual({
      track: "a0",
      kept: true,
      rule: "keptAsLast",
      input: "audioLanguages fr,pt-PT",
    });
  });

  test("alone is offered without a picture, and refused where there is none", () => {
    const choice = choose({ limits: { audioOnly: true } });
    expect([choice.trackMask, choice.videoOrder]).toEqual([0b10_0000, []]);
    expect(choose({ limits: { audioOnly: true }, formats: formatsOf(song) }).trackMask).toBe(allTracks);
    expect(choose({ limits: { audioOnly: true, codecs: ["av01"] } }).videoOrder).toEqual([]);
    expect(chooseRenditions(inputOf({ limits: { audioOnly: true }, formats: ladder.slice(0, 5) }))).toEqual({
      ok: false,
      reason: "soundNotOffered",
    });
  });

  test("is in the order of the version when nobody asks for a language", () => {
    const ids = chosenTimeline(dubbed, choose({ formats: spoken })).tracks.map(({ format }) => format.id);
    expect(ids).toEqual(["v720", "a0", "a1", "a2"]);
  });
});

describe("the first rendition", () => {
  const start = (given: Partial<ChoiceInput>) => {
    const choice = choose(given);
    return [named(choice).pictures.split(" ")[0], choice.start.rule];
  };
  const fresh = (throughputBps: number, starvations = 0) => ({
    history: { throughputBps, starvations, atMs: nowMs - 60_000 },
  });
  const on = (change: Partial<NetworkFacts>) => ({ network: { ...network, ...change } });
  const of = (deviceClass: DeviceClass) => ({ device: { class: deviceClass, cannotPlay: [] } });

  test.each<[string, Partial<ChoiceInput>, string, string]>([
    ["middle, when nothing is known", {}, "v480", "middle"],
    ["a rung lower on a phone", of("phone"), "v360", "device"],
    ["a rung higher on a television", of("tv"), "v720", "device"],
    ["the middle on a tablet", of("tablet"), "v480", "middle"],
    ["a rung lower on a slow network", on({ rttMs: 300 }), "v360", "network"],
    [
      "two rungs lower on a phone on a slow network",
      { ...of("phone"), ...on({ rttMs: 900 }) },
      "v240",
      "network",
    ],
    ["what a slow history allows", fresh(2_000_000), "v240", "history"],
    ["what a fast history allows", fresh(8_000_000), "v1080", "history"],
    // 0.7 of it, less the sound: 2.88 Mbit/s and not a bit more.
    ["up to the last bit", fresh((2_880_000 + 128_000) / 0.7 + 1), "v720", "history"],
    ["less the sound", fresh(2_900_000 / 0.7), "v480", "history"],
    ["less where that starved", fresh(5_000_000, 2), "v480", "history"],
    ["the lowest when nothing fits", fresh(0), "v240", "history"],
    ["history before the device", { ...of("phone"), ...fresh(50_000_000) }, "v1080", "history"],
    ["what the browser believes", on({ downlinkBps: 10_000_000 }), "v1080", "downlink"],
    [
      "history before what the browser believes",
      { ...on({ downlinkBps: 10_000_000 }), ...fresh(1) },
      "v240",
      "history",
    ],
    [
      "the lowest in a country that the operator names",
      { startLowCountries: new Set(["DE"]) },
      "v240",
      "country",
    ],
    [
      "the lowest for who saves data",
      { ...on({ saveData: true }), ...fresh(50_000_000) },
      "v240",
      "saveData",
    ],
  ])("is %s", (_name, given, first, rule) => {
    expect(start(given)).toEqual([first, rule]);
  });

  test("is there on a television too, when there is only one", () => {
    expect(limited({ maxHeight: 240 }, of("tv"))).toBe("v240");
  });

  test("does not go by a history of yesterday", () => {
    const history = { throughputBps: 1, starvations: 9, atMs: nowMs - 24 * 3_600_000 };
    expect(choose({ history })).toBe(choose({}));
  });

  test("is below the cap, however fast the network was", () => {
    expect(start({ ...fresh(50_000_000), limits: { maxHeight: 720 } })).toEqual(["v720", "history"]);
  });

  test.each([
    ["ascending", "v240 v360 v480 v720 v1080"],
    ["descending", "v1080 v720 v480 v360 v240"],
    ["middleFirst", "v480 v240 v360 v720 v1080"],
  ] as const)("is what an order asks for (%s), whatever the hints", (order, pictures) => {
    expect(limited({ order }, { ...of("phone"), ...on({ saveData: true }), ...fresh(1) })).toBe(
      order === "middleFirst" ? "v360 v240 v480" : pictures.replaceAll(/ ?v(720|1080) ?/g, ""),
    );
    expect(limited({ order }, { ...of("tv"), ...fresh(1) })).toBe(pictures);
  });
});

describe("a viewer who asks to be sent less", () => {
  const saving = { network: { ...network, saveData: true } };

  test("is offered at most 480p, from the lowest, and nothing to scrub by", () => {
    expect(choose(saving)).toMatchObject({ trackMask: 0b10_0111, iFrames: false });
    expect(limited(noLimits, saving)).toBe("v240 v360 v480");
  });

  test("and names a height gets that height", () => {
    expect(limited({ maxHeight: 720 }, saving)).toBe("v240 v360 v480 v720");
    expect(limited({ minHeight: 720 }, saving)).toBe("v720 v1080");
  });

  test("is offered the lowest of a video that has nothing as small", () => {
    const formats = formatsOf(buildTimeline({ frameCount: 60, heights: [720, 1080] }));
    expect(named(choose({ formats, ...saving }), formats).pictures).toBe("v720");
  });
});

describe("a choice", () => {
  test("says of every rendition which rule decided, and by what", () => {
    const limits = { maxHeight: 720, minHeight: 300, audioLanguages: ["en"] };
    const formats = [...ladder.slice(0, 5), ...spoken.slice(1)];
    const choice = choose({ formats, limits, device: { class: "phone", cannotPlay: [] } });
    expect(choice.renditions).toEqual([
      { track: "v240", kept: false, rule: "minHeight", input: "300" },
      { track: "v360", kept: true, rule: "offered" },
      { track: "v480", kept: true, rule: "offered" },
      { track: "v720", kept: true, rule: "offered" },
      { track: "v1080", kept: false, rule: "maxHeight", input: "720" },
      { track: "a0", kept: true, rule: "offered" },
      { track: "a1", kept: false, rule: "audioLanguages", input: "en" },
      { track: "a2", kept: true, rule: "offered" },
    ]);
    expect(choice.start).toEqual({ rule: "device", input: "phone" });
  });

  test("of a clip has its fragments, its grouping and its edges; a bad clip is refused", () => {
    expect(choose({ limits: { startSeconds: 2.5, endSeconds: 7 } })).toMatchObject({
      slice: { fromFragment: 1, toFragment: 4 },
      g: 1,
      startOffsetSeconds: 0.5,
      endSeconds: 7,
      trackMask: allTracks,
    });
    expect(chooseRenditions(inputOf({ limits: { startSeconds: 20 } }))).toEqual({
      ok: false,
      reason: "clipBeyondEnd",
    });
    expect(chooseRenditions(inputOf({ limits: { startSeconds: 3, endSeconds: 2 } }))).toEqual({
      ok: false,
      reason: "clipEmpty",
    });
  });

  test("carries the wish for subtitles", () => {
    expect(choose({ limits: { defaultSubtitles: "de" } }).defaultSubtitles).toBe("de");
    expect(choose({}).defaultSubtitles).toBe(null);
  });

  test("of more tracks than a session names is a broken invariant", () => {
    const [first] = ladder;
    if (first === undefined) throw new Error("a ladder has rungs");
    const many = Array.from({ length: 33 }, (_, index) => ({ ...first, id: `v${index}` }));
    expect(() => choose({ formats: many })).toThrow("24 tracks");
  });

  const anyInput: fc.Arbitrary<ChoiceInput> = fc
    .record({
      formats: fc
        .record({
          heights: fc.uniqueArray(fc.integer({ min: 16, max: 2160 }), { maxLength: 7 }),
          audio: fc.array(fc.record({ language: fc.constantFrom("en", "en-US", "deu", "und", "x y") }), {
            maxLength: 3,
          }),
        })
        .filter(({ heights, audio }) => heights.length + audio.length > 0)
        .map(({ heights, audio }) => formatsOf(buildTimeline({ frameCount: 1, heights, audio }))),
      limits: fc.record(
        {
          maxHeight: fc.integer({ min: 1, max: 3000 }),
          minHeight: fc.integer({ min: 1, max: 3000 }),
          codecs: fc.array(fc.constantFrom("avc1", "hvc1", "mp4a", "zzzz"), { maxLength: 3 }),
          order: fc.constantFrom(...renditionOrders),
          startSeconds: fc.integer({ min: 0, max: 30 }),
          endSeconds: fc.integer({ min: 0, max: 30 }),
          audioLanguages: fc.array(fc.constantFrom("en", "de", "fr", ""), { maxLength: 3 }),
          audioOnly: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      device: fc.record({
        class: fc.constantFrom<DeviceClass>("phone", "tablet", "desktop", "tv", "unknown"),
        cannotPlay: fc.constantFrom<readonly string[]>([], ["avc1"], ["hvc1", "mp4a"]),
      }),
      network: fc.record({
        saveData: fc.boolean(),
        rttMs: fc.option(fc.nat(1000)),
        country: fc.option(fc.constantFrom("DE", "IN")),
        downlinkBps: fc.option(fc.nat(10_000_000)),
      }),
      history: fc.option(
        fc.record({ throughputBps: fc.nat(10_000_000), starvations: fc.nat(3), atMs: fc.nat(2 * nowMs) }),
      ),
    })
    .map((some) => inputOf({ ...some, startLowCountries: new Set(["IN"]) }));

  test("is never empty, offers each track once, and names what it masks, whatever it is made from", () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const chosen = chooseRenditions(input);
        if (!chosen.ok) {
          const { codecs, audioOnly, startSeconds, endSeconds } = input.limits;
          expect(codecs ?? audioOnly ?? startSeconds ?? endSeconds).toBeDefined();
          return;
        }
        const { formats } = input;
        const { trackMask, videoOrder, defaultAudio, renditions } = chosen.value;
        const kept = [...formats.keys()].filter((index) => renditions[index]?.kept);
        expect(renditions.map(({ track }) => track)).toEqual(formats.map(({ id }) => id));
        expect(kept.length).toBeGreaterThan(0);
        const claims = anonymousClaims(nowMs, 60, trackMask);
        expect([...formats.keys()].filter((index) => isOffered(claims, 0, index))).toEqual(kept);
        expect(trackMask).toBeGreaterThan(0);
        expect([...videoOrder].sort((a, b) => a - b)).toEqual(
          kept.filter((index) => formats[index]?.kind === "video"),
        );
        const sounds = kept.filter((index) => formats[index]?.kind === "audio");
        if (defaultAudio === null) expect(sounds).toEqual([]);
        else expect(sounds).toContain(defaultAudio);
        if (input.limits.audioOnly !== true && formats.some(({ kind }) => kind === "video"))
          expect(videoOrder.length).toBeGreaterThan(0);
        if (formats.some(({ kind }) => kind === "audio")) expect(sounds.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  test("has one name for one print, and another for any other", () => {
    const prints = new Map<string, string>();
    fc.assert(
      fc.property(anyInput, (input) => {
        const chosen = chooseRenditions({ ...input, formats: ladder });
        if (!chosen.ok) return;
        const {
          trackMask,
          videoOrder,
          defaultAudio,
          iFrames,
          slice,
          g,
          startOffsetSeconds,
          endSeconds,
          defaultSubtitles,
          namesLanguages,
          printKey,
        } = chosen.value;
        const print = JSON.stringify([
          [trackMask, videoOrder, defaultAudio, iFrames],
          [slice, g, startOffsetSeconds, endSeconds, defaultSubtitles, namesLanguages],
        ]);
        expect(prints.get(printKey) ?? print).toBe(print);
        prints.set(printKey, print);
        expect(printKey).toMatch(/^[\w.-]{1,100}$/);
      }),
      { numRuns: 500 },
    );
    expect(new Set(prints.values()).size).toBe(prints.size);
    expect(choose({ g: 2 }).printKey).not.toBe(choose({ g: 3 }).printKey);
  });
});
