import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { audioEdgeFrames, fragmentEdges } from "#workers/timeline/grid.ts";
import type { Probe, ProbedAudio, ProbedVideo } from "./contract.ts";
import { supportedRates } from "./frame-rate.ts";
import { defaultPlanSettings, planVersion, type Plan, type PlanSettings } from "./plan.ts";
import { mergeFormats, plannedFormats, predictedFormats } from "./predicted-formats.ts";
import { builtInProfiles } from "./profile.ts";
import { tasksOf, tracksOfTask, trackIdsOf } from "./planned-tasks.ts";

const rate = (numerator: number, denominator = 1) => ({ numerator, denominator });

function video(change: Partial<ProbedVideo> = {}): ProbedVideo {
  return {
    kind: "video",
    index: 0,
    codec: "h264",
    language: "und",
    packetCount: 300,
    startSeconds: 0,
    endSeconds: 10,
    width: 1280,
    height: 720,
    sampleAspect: rate(1),
    rotationDegrees: 0,
    averageFrameRate: rate(30),
    nominalFrameRate: rate(30),
    interlaced: false,
    pixelFormat: "yuv420p",
    colorTransfer: "bt709",
    declaredFrameCount: 300,
    ...change,
  };
}

function audio(change: Partial<ProbedAudio> = {}): ProbedAudio {
  return {
    kind: "audio",
    index: 1,
    codec: "aac",
    language: "eng",
    packetCount: 470,
    startSeconds: 0,
    endSeconds: 10,
    channels: 2,
    sampleRateHz: 48_000,
    isDefault: true,
    declaredFrameCount: 470,
    ...change,
  };
}

const other: Probe["streams"][number] = { kind: "other", index: 7, codec: "mjpeg", language: "und" };
const plan = (...streams: Probe["streams"]) =>
  planVersion({ container: "mov", streams }, defaultPlanSettings);

function planned(...streams: Probe["streams"]): Plan {
  return plannedAs({}, { container: "mov", streams });
}

function plannedAs(settings: Partial<PlanSettings>, probe: Probe): Plan {
  const result = planVersion(probe, { ...defaultPlanSettings, ...settings });
  if (!result.ok) throw new Error(result.reason.code);
  return result.value;
}

const seconds = fc.double({ min: 0, max: 20_000, noNaN: true });
// A probe arrives as JSON, which has no -0.
const starts = fc.double({ min: -1, max: 30, noNaN: true }).map((start) => start + 0);
const videos = fc
  .record({
    start: starts,
    span: seconds,
    fps: fc.double({ min: 0.1, max: 300, noNaN: true }),
    packetCount: fc.integer({ min: 1, max: 1e6 }),
  })
  .map(({ start, span, fps, packetCount }) => {
    const measured = rate(Math.round(fps * 1000), 1000);
    const times = { startSeconds: start, endSeconds: start + span };
    return video({ ...times, packetCount, averageFrameRate: measured, nominalFrameRate: measured });
  });
const audios = fc
  .record({ start: starts, span: seconds, packetCount: fc.integer({ min: 1, max: 1e6 }) })
  .map(({ start, span, packetCount }) =>
    audio({ startSeconds: start, endSeconds: start + span, packetCount }),
  );
const probes: fc.Arbitrary<Probe["streams"]> = fc.oneof(
  fc.tuple(videos, audios),
  videos.map((stream) => [stream]),
  audios.map((stream) => [stream]),
);

describe("every plan", () => {
  test("has chunks that cover all frames once, on GOP edges, with all fragments counted", () => {
    fc.assert(
      fc.property(probes, (streams) => {
        const { chunks, grid } = planned(...streams);
        let frame = 0;
        let fragment = 0;
        for (const [index, chunk] of chunks.entries()) {
          expect(chunk).toMatchObject({ chunk: index, firstFrame: frame, firstFragment: fragment });
          expect(chunk.firstFrame).toBe(fragment * grid.gopFrames);
          expect(chunk.fragmentCount).toBe(Math.ceil(chunk.frameCount / grid.gopFrames));
          frame += chunk.frameCount;
          fragment += chunk.fragmentCount;
        }
        expect(frame).toBe(grid.frameCount);
        expect(fragment).toBe(Math.ceil(grid.frameCount / grid.gopFrames));
      }),
    );
  });

  test("gives sound as many fragments as the picture, none of them empty", () => {
    const coded = { sampleRateHz: 48_000, samplesPerFrame: 1024, primingSamples: 1024 };
    fc.assert(
      fc.property(probes, (streams) => {
        const { grid } = planned(...streams);
        const edges = fragmentEdges(grid.frameCount, grid.gopFrames);
        const audioEdges = audioEdgeFrames(edges, grid.frameRate, coded);
        expect(audioEdges).toHaveLength(edges.length);
        for (let index = 1; index < audioEdges.length; index++) {
          expect(audioEdges[index]).toBeGreaterThan(audioEdges[index - 1] ?? 0);
        }
      }),
    );
  });

  test("is plain JSON, and exact in ticks", () => {
    fc.assert(
      fc.property(probes, (streams) => {
        const made = planned(...streams);
        expect(JSON.parse(JSON.stringify(made))).toEqual(made);
        const { numerator, denominator } = made.grid.frameRate;
        expect(supportedRates).toContainEqual({ numerator, denominator });
        if (!made.video) return;
        expect(made.video.ticksPerFrame * numerator).toBe(made.video.timescale * denominator);
        expect(Number.isInteger(made.video.ticksPerFrame)).toBe(true);
        expect(made.video.holdLastFrames).toBeGreaterThanOrEqual(0);
        expect(made.video.holdLastFrames).toBeLessThan(made.grid.frameCount);
      }),
    );
  });

  test("says one zero for all work, at most one AAC packet after the first sound and never after the picture", () => {
    fc.assert(
      fc.property(videos, audios, (picture, sound) => {
        const made = planned(picture, sound);
        const zero = made.video?.sourceStartSeconds ?? Number.NaN;
        expect(made.audios.map((each) => each.sourceStartSeconds)).toEqual([zero]);
        expect(made.images?.sourceStartSeconds).toBe(zero);
        expect(zero).toBeLessThanOrEqual(picture.startSeconds);
        expect(zero - Math.min(sound.startSeconds, picture.startSeconds)).toBeLessThanOrEqual(0.025 + 1e-9);
        // The first picture is on a frame of the grid, or timestamps that jitter would drop and double frames.
        const { numerator, denominator } = made.grid.frameRate;
        const frame = ((picture.startSeconds - zero) * numerator) / denominator;
        expect(Math.abs(frame - Math.round(frame))).toBeLessThan(1e-6);
      }),
    );
  });
});

describe("the frame rate", () => {
  const of = (average: number, typical: number | null = average) => {
    const rational = (fps: number) => rate(Math.round(fps * 1e6), 1e6);
    const nominalFrameRate = typical === null ? null : rational(typical);
    const { numerator, denominator } = planned(
      video({ averageFrameRate: rational(average), nominalFrameRate }),
    ).grid.frameRate;
    return denominator === 1 ? String(numerator) : `${numerator}/${denominator}`;
  };

  test.each([
    [23.976, "24000/1001"],
    [24, "24"],
    [25, "25"],
    [29.97, "30000/1001"],
    [30.003, "30"],
    [50, "50"],
    [59.94, "60000/1001"],
    [60, "60"],
    [10, "10"],
    [1, "1"],
    [0.2, "1"],
    [119.88, "60000/1001"],
    [120, "60"],
    [100, "50"],
    [144, "48"],
    [240, "60"],
    [90, "48"],
    [1000, "60000/1001"],
    [7.5, "8"],
    [14.985, "15"],
    [45, "48"],
  ])("%d becomes %s", (fps, expected) => {
    expect(of(fps)).toBe(expected);
  });

  test("goes no higher than the profile, by a divisor", () => {
    const mobile = (fps: number) => {
      const fast = rate(Math.round(fps * 1e6), 1e6);
      const probe = {
        container: "mov",
        streams: [video({ averageFrameRate: fast, nominalFrameRate: fast })],
      };
      return plannedAs({ profile: builtInProfiles.mobile }, probe).grid.frameRate;
    };
    expect([60, 59.94, 50, 48, 120, 30, 31].map(mobile)).toEqual([
      ...[rate(30), rate(30000, 1001), rate(25), rate(24), rate(30), rate(30), rate(16)],
    ]);
  });

  test("of timestamps in milliseconds is the average, not the distance that they round to", () => {
    expect(of(29.97, 30.01)).toBe("30000/1001");
    expect(of(59.94, 60.2)).toBe("60000/1001");
  });

  test("of a variable rate is the one the picture moves at, not the mean with its pauses", () => {
    expect(of(12.3, 60)).toBe("60");
    expect(of(17.7, 30.003)).toBe("30");
    expect(of(44, 30)).toBe("48");
  });
});

describe("start and end", () => {
  test("a picture that starts after the sound is preceded by whole frames of itself", () => {
    const made = planned(
      video({ startSeconds: 1.4, endSeconds: 11.4 }),
      audio({ startSeconds: 0.4, endSeconds: 11.4 }),
    );
    expect(made.video?.sourceStartSeconds).toBeCloseTo(1.4 - 30 / 30, 9);
    expect(made.grid.frameCount).toBe(330);
  });

  test("priming that a container does not declare moves nothing", () => {
    const made = planned(video({ startSeconds: 0.023, endSeconds: 10.023 }), audio({ startSeconds: 0 }));
    expect(made.video?.sourceStartSeconds).toBe(0.023);
    expect(made.grid.frameCount).toBe(300);
  });

  test("sound that starts after the picture changes nothing", () => {
    const made = planned(video(), audio({ startSeconds: 3 }));
    expect(made.audios[0]?.sourceStartSeconds).toBe(0);
    expect(made.grid.frameCount).toBe(300);
  });

  test("the last picture is held while the sound goes on", () => {
    const made = planned(video(), audio({ endSeconds: 25, packetCount: 1170 }));
    expect(made.video?.holdLastFrames).toBe(450);
    expect(made.grid.frameCount).toBe(750);
    expect(made.images?.durationSeconds).toBe(25);
  });

  test("sound that ends half a second after the picture ends with it", () => {
    const made = planned(video(), audio({ endSeconds: 10.5 }));
    expect(made.video?.holdLastFrames).toBe(0);
    expect(made.grid.frameCount).toBe(300);
  });

  test("one stray timestamp does not hold the last picture for hours", () => {
    const made = planned(video(), audio({ endSeconds: 30_000, packetCount: 20 }));
    expect(made.grid.frameCount).toBe(600);
  });

  test("one picture with sound is one picture a second", () => {
    const made = planned(
      video({ packetCount: 1, endSeconds: 0.04 }),
      audio({ endSeconds: 60, packetCount: 2800 }),
    );
    expect(made.grid).toEqual({ frameRate: rate(1), gopFrames: 2, frameCount: 60 });
    expect(made.video?.holdLastFrames).toBe(59);
  });
});

describe("the choice of streams", () => {
  test("sound alone is cut at the edges of 25 frames per second", () => {
    const made = planned(audio({ index: 0, startSeconds: 1, endSeconds: 11.01 }), other);
    expect(made).toMatchObject({ video: null, images: null, durationSeconds: 10 });
    expect(made.grid).toEqual({ frameRate: rate(25), gopFrames: 50, frameCount: 250 });
    expect(made.audios[0]).toMatchObject({ sourceStartSeconds: 1, track: "a0", sampleRateHz: 48_000 });
  });

  test("a picture alone has no sound", () => {
    expect(planned(video()).audios).toEqual([]);
  });

  test("the default sound is taken, else the first that can be heard", () => {
    const first = audio({ index: 1, isDefault: false, language: "fre" });
    const chosen = audio({ index: 2, language: "ger", channels: 6 });
    expect(planned(video(), first, chosen).audios[0]).toMatchObject({
      streamIndex: 2,
      language: "de",
      channels: 2,
    });
    expect(
      planned(video(), audio({ channels: 0 }), audio({ index: 3, isDefault: false })).audios[0]?.streamIndex,
    ).toBe(3);
    expect(planned(video(), audio({ language: "not a language!" })).audios[0]?.language).toBe("und");
  });

  test("a stream of one picture gives way to one that moves", () => {
    expect(planned(video({ packetCount: 1 }), video({ index: 2 })).video?.streamIndex).toBe(2);
    expect(planned(video({ packetCount: 0 }), video({ index: 2, packetCount: 1 })).video?.streamIndex).toBe(
      2,
    );
  });

  test("HDR is mapped, interlacing undone, and neither where it is not", () => {
    expect(planned(video()).video).toMatchObject({ toneMap: false, deinterlace: false });
    expect(planned(video({ colorTransfer: "smpte2084" })).images?.toneMap).toBe(true);
    expect(planned(video({ colorTransfer: "arib-std-b67", interlaced: true })).video).toMatchObject({
      toneMap: true,
      deinterlace: true,
    });
  });
});

const text: Probe["streams"][number] = {
  ...{ kind: "subtitles", index: 4, codec: "subrip", language: "ger", title: "Deutsch" },
  ...{ isDefault: true, isForced: false },
};

describe("several sounds", () => {
  const dubbed = [
    audio({ index: 1, language: "fre", isDefault: false }),
    audio({ index: 2, language: "eng", channels: 6 }),
    audio({ index: 3, language: "fra", isDefault: false }),
    audio({ index: 4, language: "jpn", isDefault: false, channels: 1 }),
  ];

  test("are one for each language, the default first, mixed down to two channels", () => {
    expect(planned(video(), ...dubbed).audios).toEqual([
      expect.objectContaining({
        track: "a0",
        streamIndex: 2,
        language: "en",
        channels: 2,
        bitrateBps: 128_000,
      }),
      expect.objectContaining({ track: "a1", streamIndex: 1, language: "fr" }),
      expect.objectContaining({
        track: "a2",
        streamIndex: 4,
        language: "ja",
        channels: 1,
        bitrateBps: 80_000,
      }),
    ]);
  });

  test("are there in Opus too where the profile says so", () => {
    const { premium } = builtInProfiles;
    const made = plannedAs({ profile: premium }, { container: "mov", streams: [video(), ...dubbed] });
    expect(made.audios.map(({ track, codec, language }) => `${track} ${codec} ${language}`)).toEqual([
      ...["a0 aac en", "a1 aac fr", "a2 aac ja", "o0 opus en", "o1 opus fr", "o2 opus ja"],
    ]);
  });

  test("never make more tracks than a session can name", () => {
    const languages = ["eng", "fre", "ger", "spa", "ita", "jpn", "por", "rus"];
    const streams = [
      video({ width: 3840, height: 2160 }),
      ...languages.map((language, order) => audio({ index: order + 1, language })),
    ];
    const made = plannedAs({ profile: builtInProfiles.premium }, { container: "matroska", streams });
    expect(trackIdsOf(made).length).toBeLessThanOrEqual(24);
    expect(made.audios.filter(({ codec }) => codec === "aac")).toHaveLength(6);
  });

  test("that begin earlier or end later than the default are not cut", () => {
    const made = planned(
      video(),
      audio(),
      audio({
        index: 2,
        language: "fre",
        isDefault: false,
        startSeconds: -1,
        endSeconds: 14,
        packetCount: 700,
      }),
    );
    expect(made.grid.frameCount).toBe(15 * 30);
  });
});

describe("texts", () => {
  test("are taken as they come, on the time of the picture", () => {
    expect(planned(video({ startSeconds: 2, endSeconds: 12 }), text).subtitles).toEqual({
      sourceStartSeconds: 2,
      streams: [
        { id: "t0", streamIndex: 4, language: "de", title: "Deutsch", isDefault: true, isForced: false },
      ],
    });
    expect(planned(video()).subtitles).toBeNull();
  });
});

describe("the tasks of a plan", () => {
  const shapes = (settings: Partial<PlanSettings>, ...streams: Probe["streams"]) => {
    const made = plannedAs(settings, { container: "mov", streams });
    return tasksOf(made).map(
      (task) => `${task.lane} ${task.kind} ${task.chunk} ${tracksOfTask(made, task).join()}`,
    );
  };
  const short = { endSeconds: 20, packetCount: 600 };

  test("make one rung and the sound that is heard first, where nobody can watch yet", () => {
    expect(shapes({}, video(short), audio({ endSeconds: 20 }), text)).toEqual([
      "1 video 0 v360",
      "2 video 0 v240,v480,v720",
      "3 video 1 v240,v360,v480,v720",
      "1 audio 0 a0",
      "3 images 0 ",
      "3 subtitles 0 ",
    ]);
  });

  test("make no rung in a hurry where the file plays as it is, or where there is one only", () => {
    expect(shapes({ playsAlready: true }, video(short), audio())).toEqual([
      ...["2 video 0 v240,v360,v480,v720", "3 video 1 v240,v360,v480,v720", "2 audio 0 a0", "3 images 0 "],
    ]);
    expect(shapes({}, video({ width: 320, height: 240 }))).toEqual(["1 video 0 v240", "3 images 0 "]);
  });

  test("are for runners that can encode what is in them", () => {
    const { premium } = builtInProfiles;
    const made = plannedAs({ profile: premium }, { container: "mov", streams: [video(short), audio()] });
    expect(tasksOf(made).map(({ kind, track, needs }) => `${kind} ${track} ${needs.join()}`)).toEqual([
      ...[
        "video v360 h264",
        "video  h264,av1",
        "video  h264,av1",
        "audio a0 aac",
        "audio o0 opus",
        "images  ",
      ],
    ]);
  });

  test("cover every track of every chunk once", () => {
    fc.assert(
      fc.property(
        probes,
        fc.constantFrom(...Object.values(builtInProfiles)),
        fc.boolean(),
        (streams, profile, playsAlready) => {
          const made = plannedAs({ profile, playsAlready }, { container: "mov", streams });
          const covered = tasksOf(made).flatMap((task) =>
            tracksOfTask(made, task).flatMap((track) =>
              task.kind === "audio"
                ? made.chunks.map(({ chunk }) => `${chunk} ${track}`)
                : [`${task.chunk} ${track}`],
            ),
          );
          const due = made.chunks.flatMap(({ chunk }) =>
            trackIdsOf(made).map((track) => `${chunk} ${track}`),
          );
          expect(covered.toSorted()).toEqual(due.toSorted());
        },
      ),
    );
  });
});

describe("what is told of a ladder before it is there", () => {
  const profiles = fc.constantFrom(...Object.values(builtInProfiles));
  const lines = fc.integer({ min: 2, max: 4320 });

  test("is what its plan has in the same order, less what the film did not need", () => {
    fc.assert(
      fc.property(
        fc.record({ width: lines, height: lines, fps: fc.integer({ min: 1, max: 120 }) }),
        profiles,
        fc.option(fc.integer({ min: 1_000, max: 9_000_000 }), { nil: undefined }),
        ({ width, height, fps }, profile, bitrateBps) => {
          const picture = video({ width, height, averageFrameRate: rate(fps), nominalFrameRate: rate(fps) });
          const sounds = [audio(), audio({ index: 2, language: "fre", isDefault: false, channels: 1 })];
          const complexity = bitrateBps === undefined ? undefined : { bitrateBps, width: 640, height: 360 };
          const probe = {
            container: "mov",
            streams: [picture, ...sounds],
            ...(complexity && { complexity }),
          };
          const real = plannedFormats(plannedAs({ profile, maxPixels: 1e9 }, probe));
          const told = predictedFormats({ width, height }, rate(fps), profile, sounds);
          const ids = real.map(({ id }) => id);
          expect(told.map(({ id }) => id).filter((id) => ids.includes(id))).toEqual(ids);
          if (complexity === undefined) expect(real).toEqual(told);
          // A place that was told is kept, and what has none there is dropped.
          const merged = mergeFormats(told, real);
          expect(merged.map(({ id }) => id)).toEqual(told.map(({ id }) => id));
          expect(merged.filter(({ dropped }) => dropped !== true)).toEqual(real);
          expect(mergeFormats(merged, real)).toEqual(merged);
        },
      ),
    );
  });

  test("names codecs as the encoders do", () => {
    const codecs = predictedFormats({ width: 3840, height: 2160 }, rate(60), builtInProfiles.premium, [
      { channels: 2, language: "en" },
    ]).map(({ id, codec }) => `${id} ${codec}`);
    expect(codecs).toEqual([
      ...[
        "v240 avc1.64001e",
        "v360 avc1.64001f",
        "v480 avc1.64001f",
        "v720 avc1.640020",
        "v1080 avc1.64002a",
      ],
      ...["v1440 avc1.640033", "v2160 avc1.640034", "x720 av01.0.08M.08", "x1080 av01.0.09M.08"],
      ...["x1440 av01.0.12M.08", "x2160 av01.0.13M.08", "a0 mp4a.40.2", "o0 opus"],
    ]);
  });

  test("puts what was not told last, and takes the plan's word where both would be too many", () => {
    const one = plannedFormats(planned(video(), audio()));
    const [first, ...others] = one;
    if (first === undefined) throw new Error("no format");
    expect(mergeFormats(others, one).map(({ id }) => id)).toEqual([...others.map(({ id }) => id), first.id]);
    const many = Array.from({ length: 22 }, (_, index) => ({ ...first, id: `z${index}` }));
    expect(mergeFormats(many, one)).toEqual(one);
  });
});

describe("images", () => {
  test("are a poster at a tenth and a thumbnail for each ten seconds begun", () => {
    const made = planned(video({ width: 3840, height: 2160, endSeconds: 95, packetCount: 2850 }));
    const [large, middle, small, tile] = [1280, 640, 320, 160].map((width) => ({
      width,
      height: (width * 9) / 16,
    }));
    expect(made.images?.poster).toEqual({ atSeconds: 9.5, sizes: [large, middle, small] });
    expect(made.images?.thumbnails).toEqual({ everySeconds: 10, count: 10, sizes: [middle, small, tile] });
    expect(made.images?.storyboard).toEqual({ ...tile, columns: 10, rows: 10 });
    expect(made.images?.preview).toMatchObject(small ?? {});
  });

  test("are further apart in a film so long that one upload could not hold them", () => {
    const made = planned(video({ endSeconds: 11 * 3600, packetCount: 11 * 3600 * 30 }));
    expect(made.images?.thumbnails).toMatchObject({ everySeconds: 20, count: 1980 });
  });

  test("stand upright with a phone's picture and are never larger than it", () => {
    const phone = planned(video({ width: 1920, height: 1080, rotationDegrees: 90 }));
    expect(phone.images?.poster.sizes[0]).toEqual({ width: 720, height: 1280 });
    expect(phone.images?.thumbnails.sizes[0]).toEqual({ width: 360, height: 640 });
    const tiny = planned(video({ width: 161, height: 91 }));
    expect(tiny.images?.poster.sizes).toEqual([{ width: 160, height: 90 }]);
    expect(tiny.images?.thumbnails.sizes).toEqual([{ width: 160, height: 90 }]);
  });
});

describe("a refusal", () => {
  const code = (...streams: Probe["streams"]) => {
    const result = plan(...streams);
    return result.ok ? "planned" : result.reason.code;
  };

  test.each<[string, Probe["streams"]]>([
    ["noMedia", []],
    ["noMedia", [other]],
    ["noMedia", [video({ packetCount: 0 }), audio({ packetCount: 0 })]],
    ["tooLargeDimensions", [video({ width: 9000, height: 4000 })]],
    // Timestamps that really span days, with a handful of pictures.
    [
      "durationTooLong",
      [video({ packetCount: 90, endSeconds: 4_000_000, averageFrameRate: rate(1, 40_000) })],
    ],
    ["durationTooLong", [audio({ endSeconds: 43_201, packetCount: 2_000_000 })]],
    ["planned", [video({ endSeconds: 43_200 })]],
  ])("%s", (expected, streams) => {
    expect(code(...streams)).toBe(expected);
  });
});
