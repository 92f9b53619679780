import { execFile } from "node:child_process";
import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProbedAudio, ProbedVideo } from "#workers/transcoding/contract.ts";
import { probe as probeSchema } from "#workers/transcoding/contract.ts";
import { defaultPlanSettings, planVersion } from "#workers/transcoding/plan.ts";
import { probeSource } from "./probe.ts";
import * as media from "./testing/media.ts";

const never = new AbortController().signal;
let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-probe-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function outcomeOf(path: string) {
  return probeSource(path, (await stat(path)).size, never);
}

async function probed(path: string) {
  const outcome = await outcomeOf(path);
  if (outcome.kind === "refused") throw new Error(`${outcome.code}: ${outcome.message}`);
  // What is reported must be what the other end accepts.
  return probeSchema.parse(JSON.parse(JSON.stringify(outcome.probe)));
}

async function streamsOf(path: string): Promise<{ video: ProbedVideo; audio: ProbedAudio | undefined }> {
  const { streams } = await probed(path);
  const video = streams.find((stream) => stream.kind === "video");
  if (!video) throw new Error("no picture found");
  return { video, audio: streams.find((stream) => stream.kind === "audio") };
}

async function plannedFrom(path: string) {
  const result = planVersion(await probed(path), defaultPlanSettings);
  if (!result.ok) throw new Error(result.reason.code);
  return result.value;
}

const fps = (rate: { numerator: number; denominator: number } | null) =>
  rate ? rate.numerator / rate.denominator : Number.NaN;

describe("a file at fault is refused, with its code", () => {
  test.each<[string, string, (dir: string) => Promise<string>]>([
    ["of zero bytes", "emptyFile", media.makeEmpty],
    ["of text named .mp4", "unreadable", media.makeTextNamedMp4],
    ["of noise", "unreadable", media.makeNoise],
    ["of zeros", "unreadable", media.makeZeros],
    ["without its moov", "unreadable", media.makeWithoutMoov],
    ["that lists more pictures than it has", "sourceTruncated", media.makeTruncated],
    ["that ends before its media", "sourceTruncated", (at) => media.makeTruncated(at, 0.1)],
    ["with a picture above the limit", "tooLargeDimensions", media.makeHugePicture],
  ])("%s: %s", async (_what, code, make) => {
    const outcome = await outcomeOf(await make(dir));
    expect(outcome).toMatchObject({ kind: "refused", code });
    // The work directory's path is nobody's business.
    expect(JSON.stringify(outcome)).not.toContain(dir);
  });
});

describe("a playlist or a script named .mp4", () => {
  test.each(["hls", "concat", "dash", "sdp"] as const)("(%s) makes no connection", async (kind) => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const path = await media.makeDisguised(dir, kind, `http://127.0.0.1:${port}/secret.ts`);
      expect(await outcomeOf(path)).toMatchObject({ kind: "refused", code: "unreadable" });
      expect(connections).toBe(0);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test.each(["hls", "concat", "dash"] as const)("(%s) opens no local file that it names", async (kind) => {
    // Whoever opens a pipe for reading lets its waiting writer through.
    const pipe = join(dir, `${kind}-secret.ts`);
    await promisify(execFile)("mkfifo", [pipe]);
    let wasOpened = false;
    const writer = open(pipe, "w").then((handle) => {
      wasOpened = true;
      return handle;
    });
    for (const target of [pipe, `file:${pipe}`, `${kind}-secret.ts`]) {
      const path = await media.makeDisguised(dir, kind, target);
      expect(await outcomeOf(path)).toMatchObject({ kind: "refused", code: "unreadable" });
    }
    expect(wasOpened).toBe(false);
    const reader = await open(pipe, "r");
    await (await writer).close();
    await reader.close();
  });
});

describe("time comes from packets", () => {
  test("a header that claims 46 days does not stretch three seconds", async () => {
    const { video, audio } = await streamsOf(await media.makeClaimsDays(dir));
    expect(video.endSeconds - video.startSeconds).toBeCloseTo(3, 3);
    expect(audio?.endSeconds).toBeCloseTo(3, 1);
  });

  test("timestamps that really span a day are reported, and refused by the plan", async () => {
    const probe = await probed(await media.makeTimestampBomb(dir));
    expect(probe.streams[0]).toMatchObject({ packetCount: 90 });
    const plan = planVersion(probe, defaultPlanSettings);
    expect(plan).toMatchObject({ ok: false, reason: { code: "durationTooLong" } });
  });

  test("priming is no sound: it does not pull the start below zero", async () => {
    const { audio } = await streamsOf(await media.makeClip(dir));
    expect(audio?.startSeconds).toBeCloseTo(0, 3);
  });

  test("pictures hidden by an edit list are not missing, and not shown", async () => {
    const { video } = await streamsOf(await media.makeEdited(dir));
    expect(video.declaredFrameCount).toBe(90);
    expect(video.packetCount).toBeLessThan(80);
    expect(video.endSeconds - video.startSeconds).toBeCloseTo(1, 3);
  });

  test("a variable rate has a mean and the distance its pictures move at", async () => {
    const path = await media.makeVariableRate(dir);
    const { video } = await streamsOf(path);
    expect(fps(video.averageFrameRate)).toBeCloseTo(17.7, 1);
    expect(fps(video.nominalFrameRate)).toBeCloseTo(30, 1);
    expect((await plannedFrom(path)).grid.frameRate).toEqual({ numerator: 30, denominator: 1 });
  });

  test.each(["24000/1001", "30000/1001", "60000/1001"])(
    "%s is found in timestamps of milliseconds",
    async (rate) => {
      const path = await media.makeClip(dir, { name: "ntsc.mkv", rate, size: "64x64" });
      const [numerator, denominator] = rate.split("/").map(Number);
      expect((await plannedFrom(path)).grid.frameRate).toEqual({ numerator, denominator });
    },
  );

  test("sound that goes on holds the last picture", async () => {
    const plan = await plannedFrom(await media.makeSoundGoesOn(dir));
    expect(plan.grid.frameCount).toBe(180);
    expect(plan.video?.holdLastFrames).toBe(90);
  });

  test("a picture that starts late leaves room before it", async () => {
    const path = await media.makeLatePicture(dir);
    const { video } = await streamsOf(path);
    expect((await plannedFrom(path)).video?.sourceStartSeconds).toBeCloseTo(video.startSeconds - 1, 6);
  });
});

describe("every container and shape that people upload is understood", () => {
  test.each<[string, (dir: string) => Promise<string>]>([
    ["MP4", media.makeClip],
    ["AVI", media.makeAvi],
    ["FLV", media.makeFlv],
    ["Matroska", (at) => media.makeClip(at, { name: "clip.mkv" })],
    ["WebM", media.makeWebm],
    ["MPEG-TS", (at) => media.makeClip(at, { name: "clip.ts" })],
    ["MPEG-PS", media.makeMpegPs],
    ["QuickTime with PCM", media.makeMovWithPcm],
  ])("%s: three seconds at 30, with sound", async (_name, make) => {
    const path = await make(dir);
    const { video, audio } = await streamsOf(path);
    expect(video).toMatchObject({
      width: 320,
      height: 180,
      packetCount: 90,
      rotationDegrees: 0,
      interlaced: false,
    });
    expect(audio?.sampleRateHz).toBe(48_000);
    const plan = await plannedFrom(path);
    expect(plan.grid).toMatchObject({ frameRate: { numerator: 30, denominator: 1 }, frameCount: 90 });
    expect(plan.audios[0]?.channels).toBe(1);
  });

  test.each(["tone.mp3", "tone.wav", "tone.flac", "tone.aac"])("bare sound is read: %s", async (name) => {
    const { streams } = await probed(await media.makeBareAudio(dir, name));
    expect(streams.map(({ kind }) => kind)).toEqual(["audio"]);
    const [sound] = streams;
    expect(sound?.kind === "audio" ? sound.endSeconds - sound.startSeconds : 0).toBeCloseTo(5, 0);
  });

  test("sound alone is sound, and cover art is no picture", async () => {
    for (const make of [media.makeAudioOnly, media.makeAudioWithCover]) {
      const { streams } = await probed(await make(dir));
      expect(streams.map((stream) => stream.kind)).not.toContain("video");
      expect(streams[0]).toMatchObject({ kind: "audio", codec: "aac" });
    }
  });

  test("a picture without sound", async () => {
    const { streams } = await probed(await media.makeSilent(dir));
    expect(streams.map((stream) => stream.kind)).toEqual(["video"]);
  });

  test("a phone held upright: turned clockwise by 90 degrees", async () => {
    const path = await media.makeRotated(dir);
    expect((await streamsOf(path)).video).toMatchObject({ width: 320, height: 180, rotationDegrees: 90 });
    expect((await plannedFrom(path)).video).toMatchObject({ width: 180, height: 320 });
  });

  test("truly odd sides", async () => {
    const path = await media.makeOddSize(dir);
    expect((await streamsOf(path)).video).toMatchObject({ width: 321, height: 181, pixelFormat: "yuv444p" });
    expect((await plannedFrom(path)).video?.rungs).toMatchObject([
      { track: "v181", width: 320, height: 180 },
    ]);
  });

  test("anamorphic pixels", async () => {
    const path = await media.makeAnamorphic(dir);
    expect((await streamsOf(path)).video.sampleAspect).toEqual({ numerator: 64, denominator: 45 });
    expect((await plannedFrom(path)).video).toMatchObject({ width: 1024, height: 576 });
  });

  test("10 bits, HDR and interlacing are named", async () => {
    expect((await streamsOf(await media.makeTenBit(dir))).video.pixelFormat).toBe("yuv420p10le");
    expect((await streamsOf(await media.makeHdr(dir))).video.colorTransfer).toBe("smpte2084");
    expect((await streamsOf(await media.makeInterlaced(dir))).video.interlaced).toBe(true);
  });
});

test("a probe that is called off throws, and refuses nothing", async () => {
  const path = await media.makeClip(dir, { name: "called-off.mp4", seconds: 1 });
  const controller = new AbortController();
  controller.abort();
  await expect(probeSource(path, (await stat(path)).size, controller.signal)).rejects.toThrow("abort");
});
