import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measureComplexity } from "./complexity.ts";
import { probeSource } from "./probe.ts";
import { numbered, packets, shownNumbers } from "./testing/inspect.ts";
import { ffmpeg, makeClip, makeHdr } from "./testing/media.ts";
import { planFile } from "./testing/plans.ts";
import { withRunner } from "./testing/run-tasks.ts";

const run = promisify(execFile);
const timeout = 60_000;
const never = new AbortController().signal;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-text-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const srt = `1
00:00:01,000 --> 00:00:02,500
<i>Hello</i> <font color="red">world</font> {\\an8}& <script>alert(1)</script>

2
00:00:03,000 --> 00:00:04,000
Zweite Zeile: äöü
`;

/** A film with text in two languages, and a stream of text that says nothing. */
async function makeSubtitled(name: string, codec: string): Promise<string> {
  const clip = await makeClip(dir, { name: `plain-${name}.mkv`, seconds: 5, size: "128x72" });
  const [text, empty] = [join(dir, `${name}.srt`), join(dir, `${name}-empty.srt`)];
  await writeFile(text, srt);
  await writeFile(empty, "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}\n");
  const path = join(dir, name);
  await ffmpeg(
    ...[
      "-i",
      clip,
      "-i",
      text,
      "-i",
      empty,
      "-map",
      "0",
      "-map",
      "1",
      "-map",
      "2",
      "-c",
      "copy",
      "-c:s",
      codec,
    ],
    ...[
      "-metadata:s:s:0",
      "language=ger",
      "-metadata:s:s:0",
      "title=Deutsch",
      "-metadata:s:s:1",
      "language=eng",
    ],
    ...["-disposition:s:0", "default+forced", path],
  );
  return path;
}

const probed = async (path: string) => {
  const outcome = await probeSource(path, (await stat(path)).size, never);
  if (outcome.kind === "refused") throw new Error(outcome.code);
  return outcome.probe;
};

describe("text in a film", () => {
  it.for([
    ["film.mkv", "srt"],
    ["film-ass.mkv", "ass"],
    ["film.mp4", "mov_text"],
  ] as const)("%s: %s is named by the probe and becomes WebVTT", { timeout }, async ([name, codec]) => {
    const path = await makeSubtitled(name, codec);
    const { streams } = await probed(path);
    const texts = streams.filter((stream) => stream.kind === "subtitles");
    expect(texts).toMatchObject([{ language: "ger", isDefault: true }, { language: "eng" }]);
    if (name.endsWith(".mkv")) expect(texts[0]).toMatchObject({ title: "Deutsch", isForced: true });
    await withRunner(async ({ server }) => {
      const source = server.addSource(name, await readFile(path));
      const work = (sourceStartSeconds: number, prefix: string) => ({
        kind: "subtitles" as const,
        source,
        sourceStartSeconds,
        streams: texts.map(({ index }) => ({
          streamIndex: index,
          upload: server.uploadTo(`${prefix}${index}`),
        })),
      });
      const [german] = texts;
      expect(await server.queue(work(0, "a"))).toMatchObject({
        kind: "complete",
        completion: { result: { kind: "subtitles", streams: [german?.index] } },
      });
      const text = server.objects.get(`a${german?.index}`)?.toString("utf8") ?? "";
      expect(text).toMatch(/^WEBVTT\n\n00:00:01\.000 --> 00:00:02\.500\n.*Hello.*world.*\n/);
      expect(text).toContain("\n\n00:00:03.000 --> 00:00:04.000\nZweite Zeile: äöü\n");
      expect(text).not.toMatch(/<(?!\/?[biu]>)|an8/);
      // The grid begins later than the file: what is over by then is not there.
      await server.queue(work(2, "b"));
      expect(server.objects.get(`b${german?.index}`)?.toString("utf8")).toMatch(
        /^WEBVTT\n\n00:00:00\.000 --> 00:00:00\.500\n.*\n\n00:00:01\.000 --> 00:00:02\.000\n/,
      );
    });
  });

  it("a stream that can't be read takes no other with it", { timeout }, async () => {
    const path = await makeSubtitled("broken.mkv", "srt");
    const texts = (await probed(path)).streams.filter((stream) => stream.kind === "subtitles");
    await withRunner(async ({ server }) => {
      const source = server.addSource("broken", await readFile(path));
      const streams = [0, texts[0]?.index ?? 0].map((streamIndex) => ({
        streamIndex,
        upload: server.uploadTo(String(streamIndex)),
      }));
      const ended = await server.queue({ kind: "subtitles", source, sourceStartSeconds: 0, streams });
      expect(ended).toMatchObject({ completion: { result: { streams: [texts[0]?.index] } } });
    });
  });
});

describe("the picture at a time", () => {
  const rates = [
    ["constant", "frames.mp4", [], "null"],
    ["late, in a transport stream", "frames.ts", ["-output_ts_offset", "8.61"], "null"],
    ["with pauses", "pauses.mkv", ["-fps_mode", "vfr"], "select='lt(mod(n,20),12)'"],
  ] as const;
  it.for(rates)(
    "is the last that began by then: %s",
    { timeout },
    async ([, name, containerArgs, select]) => {
      const videoArgs = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "60", "-qp", "16"];
      const filter = `${numbered},${select}`;
      const path = await makeClip(dir, {
        name,
        seconds: 4,
        rate: "25",
        size: "160x90",
        filter,
        videoArgs,
        containerArgs,
      });
      const plan = await planFile(path);
      const shown = await shownNumbers(path);
      const times = (await packets(path, "v")).map(({ ptsSeconds }) => ptsSeconds).toSorted((a, b) => a - b);
      const zero = plan.video?.sourceStartSeconds ?? 0;
      await withRunner(async ({ server }) => {
        const source = server.addSource(name, await readFile(path));
        for (const atSeconds of [0, 0.08, 1.5, 3.119, 30]) {
          const upload = server.uploadTo(`frame-${atSeconds}`);
          const size = { width: 160, height: 90 };
          const at = {
            streamIndex: 0,
            sourceStartSeconds: zero,
            atSeconds,
            toneMap: false,
            deinterlace: false,
          };
          const ended = await server.queue({ kind: "frame", source, ...at, ...size, upload });
          expect(ended).toMatchObject({ kind: "complete", completion: { result: { kind: "frame" } } });
          const file = join(dir, "frame.jpg");
          await writeFile(file, server.objects.get(`frame-${atSeconds}`) ?? "");
          const wanted =
            shown[Math.max(0, times.filter((time) => time <= zero + atSeconds + 0.0005).length - 1)];
          expect(await shownNumbers(file), `at ${atSeconds}`).toEqual([wanted]);
        }
      });
    },
  );

  it("has the size asked for, and is for an SDR screen", { timeout }, async () => {
    const path = await makeHdr(dir);
    await withRunner(async ({ server }) => {
      const source = server.addSource("hdr", await readFile(path));
      const at = { streamIndex: 0, sourceStartSeconds: 0, atSeconds: 0.5, toneMap: true, deinterlace: true };
      const work = {
        kind: "frame" as const,
        source,
        ...at,
        width: 200,
        height: 112,
        upload: server.uploadTo("hdr"),
      };
      expect(await server.queue(work)).toMatchObject({ kind: "complete" });
      const file = join(dir, "hdr.jpg");
      await writeFile(file, server.objects.get("hdr") ?? "");
      const { stdout } = await run("ffprobe", [
        "-v",
        "error",
        "-show_entries",
        "stream=width,height",
        "-of",
        "csv=p=0",
        file,
      ]);
      expect(stdout.trim()).toBe("200,112");
    });
  });
});

describe("trial encodes", () => {
  it("tell a hard film from an easy one, and cost little", { timeout }, async () => {
    const size = { seconds: 10, size: "854x480", audio: false } as const;
    const still = await makeClip(dir, {
      ...size,
      name: "still.mp4",
      filter: "trim=end_frame=1,loop=-1:1,trim=duration=10",
    });
    const noise = await makeClip(dir, { ...size, name: "noise.mp4", filter: "noise=alls=50:allf=t" });
    const trials = async (path: string) => measureComplexity(path, await probed(path), never);
    const [easy, hard] = [await trials(still), await trials(noise)];
    expect(easy.complexity).toMatchObject({ width: 640, height: 360 });
    expect(hard.complexity?.bitrateBps).toBeGreaterThan(5 * (easy.complexity?.bitrateBps ?? Number.NaN));
    expect(easy.cpuSeconds + hard.cpuSeconds).toBeLessThan(4);
  });

  it("of a moment's film are one, and of a lone picture or of sound none", { timeout }, async () => {
    const short = await makeClip(dir, { name: "short.mp4", seconds: 0.5, size: "64x36" });
    expect((await measureComplexity(short, await probed(short), never)).complexity).toMatchObject({
      width: 64,
      height: 36,
    });
    const one = await makeClip(dir, { name: "one.mp4", seconds: 1, rate: "1", size: "64x36" });
    expect((await measureComplexity(one, await probed(one), never)).complexity).toBeNull();
  });
});
