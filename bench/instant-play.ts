// How long after the last byte of an upload has left the client a viewer has a media segment: manifest, playlist and
// segment fetched one after the other, as a player does. The files differ in length, which must not matter, and in
// whether they can be played as they are.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTasks } from "../scripts/acceptance/runner-tasks.ts";
import { until } from "../scripts/acceptance/until.ts";
import { getVideo } from "../scripts/demo/video.ts";
import type { Stack } from "../scripts/stack/stack.ts";
import { removeVideo, withBenchStack } from "./bench-stack.ts";
import { judge, median, type Claim } from "./claim.ts";
import { encodeClip, repeatClip } from "./films.ts";
import { firstSegmentMs, sendFile } from "./instant-upload.ts";
import type { Result } from "./results.ts";

interface Kind {
  readonly name: string;
  readonly seconds: number;
  readonly file: string;
  /** Of FFmpeg, which only muxes. */
  readonly options: readonly string[];
  readonly aimSeconds: number;
  readonly runners: number;
}

const kinds: readonly Kind[] = [
  ...[60, 600, 7200].flatMap((seconds): Kind[] => [
    { name: "MP4, index last", seconds, file: "last.mp4", options: [], aimSeconds: 0.5, runners: 0 },
    {
      ...{ name: "MP4, index first", seconds, file: "first.mp4", aimSeconds: 0.5, runners: 0 },
      options: ["-movflags", "+faststart"],
    },
  ]),
  ...[600, 7200].map((seconds): Kind => {
    return { name: "MKV with Cues", seconds, file: "film.mkv", options: [], aimSeconds: 1, runners: 0 };
  }),
];
const unfit: Kind = {
  ...{ name: "1080p MPEG-TS, which waits for its first rung", seconds: 60, file: "unfit.ts" },
  ...{ options: [], aimSeconds: 8, runners: 1 },
};

export const instantPlay: Claim = {
  name: "instant-play",
  async run({ quick }) {
    const directory = mkdtempSync(join(tmpdir(), "sluice-bench-"));
    try {
      const [small, large] = [join(directory, "small.mp4"), join(directory, "large.mp4")];
      const clip = { seconds: 20, gopSeconds: 2 };
      await encodeClip(small, { ...clip, width: 640, height: 360, bitrateBps: 500_000 });
      await encodeClip(large, { ...clip, width: 1920, height: 1080, bitrateBps: 6_000_000 });
      const chosen = kinds.filter(({ seconds }) => !quick || seconds < 7200);
      const rows: Result[] = [];
      for (const kind of chosen) rows.push(await measure(kind, small, directory, quick ? 3 : 5));
      rows.push(await measure(unfit, large, directory, quick ? 1 : 5));
      return rows;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

/** Each film in a stack of its own: a folder of many gigabytes would slow the later ones down. */
async function measure(kind: Kind, clip: string, directory: string, rounds: number): Promise<Result> {
  const { name, seconds, file, options, aimSeconds, runners } = kind;
  const path = join(directory, file);
  await repeatClip(clip, path, seconds, options);
  const megabytes = Math.round(statSync(path).size / 1e6);
  const times: Times[] = [];
  await withBenchStack(
    async (stack, dataDirectory) => {
      for (let round = 0; round <= rounds; round++) {
        const measured = await timesOf(stack, path);
        // The first upload loads the code of all later ones.
        if (round > 0) times.push(measured);
        const idle = () => openTasks(dataDirectory, 0).length === 0;
        if (runners > 0) await until("an idle runner", idle, 60);
      }
    },
    { runners },
  );
  rmSync(path);
  const answered = median(times.map(({ answeredSeconds }) => answeredSeconds));
  return judge({
    name: `instant-play-${file.replace(/\W/g, "-")}-${seconds}`,
    unit: "s",
    values: times.map(({ playedSeconds }) => playedSeconds),
    aim: { of: "value", is: "<=", bound: aimSeconds },
    note: `${name}, ${Math.round(seconds / 60)} min, ${megabytes} MB, local stack, ${runners} runners: from the request with the last 64 KiB, which is answered after ${answered.toPrecision(3)} s, to the 200 of the first segment`,
  });
}

interface Times {
  readonly answeredSeconds: number;
  readonly playedSeconds: number;
}

async function timesOf(stack: Stack, path: string): Promise<Times> {
  const { videoId, hlsUrl, lastByteMs, answeredMs } = await sendFile(stack, path);
  // Of a file that plays as it is, the first answer says so.
  const playable = async () => (await getVideo(stack, videoId)).status.playable;
  const playedMs = (await firstSegmentMs(hlsUrl)) ?? (await untilMs(playable, hlsUrl));
  await removeVideo(stack, videoId);
  return {
    answeredSeconds: (answeredMs - lastByteMs) / 1000,
    playedSeconds: (playedMs - lastByteMs) / 1000,
  };
}

async function untilMs(playable: () => Promise<boolean>, hlsUrl: string): Promise<number> {
  const deadlineMs = Date.now() + 120_000;
  for (;;) {
    const atMs = (await playable()) ? await firstSegmentMs(hlsUrl) : null;
    if (atMs !== null) return atMs;
    if (Date.now() > deadlineMs) throw new Error("nothing plays two minutes after the upload");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
