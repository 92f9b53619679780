import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readInit } from "#workers/packaging/cmaf/init.ts";
import type { Plan } from "#workers/transcoding/plan.ts";
import { heardSamples, numbered, packets, shownNumbers, streamOf } from "./testing/inspect.ts";
import {
  ffmpeg,
  makeAudioOnly,
  makeClip,
  makeHdr,
  makeInterlaced,
  makeLatePicture,
  makeOddSize,
  makeRotated,
  makeSoundGoesOn,
  makeTenBit,
} from "./testing/media.ts";
import { planFile } from "./testing/plans.ts";
import { encodeVersion, withRunner, type EncodedVersion } from "./testing/run-tasks.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-encode-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const timeout = 90_000;

async function encode(path: string, check: (version: EncodedVersion, plan: Plan) => Promise<void>, gops = 2) {
  const plan = await planFile(path);
  await withRunner(async (runner) => {
    const version = await encodeVersion(runner, path, plan, gops, dir);
    for (const end of version.ended) expect(end).toMatchObject({ kind: "complete" });
    expectOneTrackPerFile(version);
    await check(version, plan);
  });
}

/** What must hold for every version: one init, chunks that abut, equal fragment counts, times from 0. */
function expectOneTrackPerFile({ tracks }: EncodedVersion): void {
  const counts = new Set<number>();
  for (const [name, chunks] of tracks) {
    expect(new Set(chunks.map((chunk) => chunk.initBase64)).size, name).toBe(1);
    let end = 0;
    for (const chunk of chunks) {
      expect(chunk.startTicks, name).toBe(end);
      end += chunk.fragments.reduce((sum, { durationTicks }) => sum + durationTicks, 0);
    }
    counts.add(chunks.reduce((sum, { fragments }) => sum + fragments.length, 0));
  }
  expect(counts.size).toBe(1);
}

async function expectContinuous(file: string, plan: Plan): Promise<void> {
  const frame = plan.grid.frameRate.denominator / plan.grid.frameRate.numerator;
  const pts = (await packets(file, "v")).map(({ ptsSeconds }) => ptsSeconds).toSorted((a, b) => a - b);
  expect(pts).toHaveLength(plan.grid.frameCount);
  for (const [index, seconds] of pts.entries()) expect(seconds).toBeCloseTo(index * frame, 4);
}

describe("separately encoded chunks are one film", () => {
  const rates = ["25", "24000/1001", "60"];
  it.for(rates)(
    "every picture of the source is shown once, in order, at %s fps",
    { timeout },
    async (rate) => {
      const videoArgs = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-qp", "20"];
      const name = `n${rate.replace("/", "-")}.mp4`;
      const path = await makeClip(dir, {
        name,
        rate,
        seconds: 8.7,
        size: "160x90",
        filter: numbered,
        audio: false,
        videoArgs,
      });
      await encode(path, async ({ files }, plan) => {
        const file = files.get("v90") ?? "";
        const wanted = Array.from({ length: plan.grid.frameCount }, (_, index) => index);
        expect(await shownNumbers(file)).toEqual(wanted);
        await expectContinuous(file, plan);
        expect(await streamOf(file)).toMatchObject({
          codec_name: "h264",
          profile: "High",
          pix_fmt: "yuv420p",
          start_time: "0.000000",
        });
      });
    },
  );

  it(
    "a chunk of two pictures has the same init as others, and is shown at its time",
    { timeout },
    async () => {
      const path = await makeClip(dir, {
        name: "slow.mp4",
        rate: "1",
        seconds: 9,
        filter: numbered,
        audio: false,
      });
      const check = async ({ files }: EncodedVersion, plan: Plan) => {
        expect(plan.grid.gopFrames).toBe(2);
        expect(await shownNumbers(files.get("v180") ?? "")).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
        await expectContinuous(files.get("v180") ?? "", plan);
      };
      await encode(path, check, 1);
    },
  );

  it("a transport stream that starts late loses nothing of picture or sound", { timeout }, async () => {
    const path = await makeClip(dir, {
      name: "late.ts",
      rate: "25",
      seconds: 7,
      size: "320x180",
      filter: numbered,
      containerArgs: ["-output_ts_offset", "8.61", "-bf", "2"],
    });
    await encode(path, async ({ files }, plan) => {
      const shown = await shownNumbers(files.get("v180") ?? "");
      // The sound of a transport stream starts a little before the picture, which is then held.
      expect(shown).toHaveLength(plan.grid.frameCount);
      expect(new Set(shown)).toEqual(new Set(Array.from({ length: 175 }, (_, index) => index)));
      await expectContinuous(files.get("v180") ?? "", plan);
    });
  });
});

describe("the shapes that people upload", () => {
  it("all rungs of one chunk have the same fragments", { timeout }, async () => {
    const path = await makeClip(dir, { name: "tall.mp4", size: "360x640", seconds: 5, audio: false });
    await encode(path, async ({ files, tracks }, plan) => {
      expect([...tracks.keys()].toSorted()).toEqual(["v240", "v360"]);
      expect(await streamOf(files.get("v240") ?? "")).toMatchObject({
        width: 240,
        height: 426,
        sample_aspect_ratio: "1:1",
      });
      const durations = [...tracks.values()].map((chunks) =>
        chunks.flatMap(({ fragments }) => fragments.map(({ durationTicks }) => durationTicks)),
      );
      expect(durations[0]).toEqual(durations[1]);
      expect(durations[0]).toEqual([180_000, 180_000, 90_000]);
      await expectContinuous(files.get("v360") ?? "", plan);
    });
  });

  it.for([
    ["a phone's upright video is turned", makeRotated, { width: 180, height: 320 }],
    ["odd 4:4:4 becomes even 4:2:0", makeOddSize, { width: 320, height: 180 }],
    ["10 bits become 8", makeTenBit, { width: 320, height: 180 }],
    ["interlaced fields become pictures", makeInterlaced, { width: 320, height: 180 }],
    [
      "HDR becomes BT.709",
      makeHdr,
      { width: 320, height: 180, color_transfer: "bt709", color_primaries: "bt709" },
    ],
  ] as const)("%s", { timeout }, async ([, make, wanted]) => {
    const path = await make(dir);
    await encode(path, async ({ files }, plan) => {
      const [file = ""] = files.values();
      expect(await streamOf(file)).toMatchObject({
        ...wanted,
        pix_fmt: "yuv420p",
        sample_aspect_ratio: "1:1",
      });
      await expectContinuous(file, plan);
    });
  });

  it("the last picture is held where the sound goes on, chunks long after it too", { timeout }, async () => {
    const path = await makeSoundGoesOn(dir, 3, 9);
    await encode(path, async ({ files, tracks }, plan) => {
      expect(plan.video?.holdLastFrames).toBeGreaterThan(170);
      await expectContinuous(files.get("v180") ?? "", plan);
      expect(tracks.get("a0")?.length).toBe(tracks.get("v180")?.length);
    });
  });

  it("a picture that starts after the sound is held from the beginning", { timeout }, async () => {
    await encode(await makeLatePicture(dir), async ({ files }, plan) => {
      expect(plan.durationSeconds).toBeCloseTo(4, 1);
      await expectContinuous(files.get("v180") ?? "", plan);
    });
  });
});

describe("sound", () => {
  const bursts = "aevalsrc='0.5*sin(880*PI*t)*(between(t,1,1.2)+between(t,8,8.2))':s=44100:d=9";

  it(
    "is cut within half a frame of the picture's edges, says its priming, and is heard when it was",
    { timeout },
    async () => {
      const path = join(dir, "bursts.mp4");
      await ffmpeg(
        ...["-f", "lavfi", "-i", "testsrc2=s=320x180:r=30000/1001:d=9", "-f", "lavfi", "-i", bursts],
        ...["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", path],
      );
      await encode(path, async ({ files, tracks }, plan) => {
        const chunks = tracks.get("a0") ?? [];
        const init = readInit(Buffer.from(chunks[0]?.initBase64 ?? "", "base64"));
        expect(init).toMatchObject({
          ok: true,
          value: { codec: "mp4a.40.2", editStartTicks: 1024, timescale: 48_000, channels: 1 },
        });
        let end = 0;
        const fragments = chunks.flatMap((chunk) => chunk.fragments);
        for (const [index, { durationTicks }] of fragments.slice(0, -1).entries()) {
          end += durationTicks;
          const { numerator, denominator } = plan.grid.frameRate;
          const edge = ((index + 1) * plan.grid.gopFrames * denominator * 48_000) / numerator;
          expect(Math.abs(end - 1024 - edge)).toBeLessThanOrEqual(512);
        }
        const heard = await heardSamples(files.get("a0") ?? "");
        for (const seconds of [1, 8]) expect(onset(heard, seconds - 0.5)).toBeCloseTo(seconds, 2);
        const seconds = (await packets(files.get("a0") ?? "", "a")).map(({ ptsSeconds }) => ptsSeconds);
        expect(seconds[0]).toBeCloseTo(-1024 / 48_000, 5);
        for (const [index, at] of seconds.entries()) expect(at).toBeCloseTo(((index - 1) * 1024) / 48_000, 4);
      });
    },
  );

  it.for([
    ["in a transport stream that starts late", "late-bursts.ts", ["-output_ts_offset", "8.61"], 0],
    ["that starts after the picture", "after.mkv", [], 0.7],
    ["of six channels", "surround.mkv", ["-ac", "6", "-c:a", "ac3"], 0],
  ] as const)("%s keeps to the picture", { timeout }, async ([, name, args, delaySeconds]) => {
    const path = join(dir, name);
    const sound = ["-itsoffset", String(delaySeconds), "-f", "lavfi", "-i", bursts];
    const still = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=9", ...sound];
    await ffmpeg(...still, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", ...args, path);
    await encode(path, async ({ files }, plan) => {
      const pictures = (await packets(path, "v")).map(({ ptsSeconds }) => ptsSeconds);
      const zero = Math.min(...pictures) - (plan.video?.sourceStartSeconds ?? 0);
      const heard = await heardSamples(files.get("a0") ?? "");
      expect(heard.length / 48_000).toBeCloseTo(plan.durationSeconds, 1);
      for (const seconds of [1, 8]) {
        const wanted = zero + delaySeconds + seconds;
        expect(onset(heard, wanted - 0.5) - wanted).toBeCloseTo(0, 1.5);
      }
    });
  });

  it("alone is a version of its own, exactly as long as its grid", { timeout }, async () => {
    await encode(await makeAudioOnly(dir, 7), async ({ files, tracks }, plan) => {
      expect([...tracks.keys()]).toEqual(["a0"]);
      const heard = await heardSamples(files.get("a0") ?? "");
      expect(heard.length / 48_000).toBeCloseTo(plan.durationSeconds, 1);
    });
  });
});

/** When the sound starts after `fromSeconds` of silence. */
function onset(samples: Float32Array, fromSeconds: number): number {
  const from = Math.round(fromSeconds * 48_000);
  return (from + samples.subarray(from).findIndex((sample) => Math.abs(sample) > 0.1)) / 48_000;
}
