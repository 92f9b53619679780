// `npm run demo`: makes a clip, puts it through the whole platform, and prints where to watch it.
//   -- --file film.mov   takes a film of yours      -- --once   checks everything, stops, and exits 0 or 1
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { checkPlayback } from "./demo/check-playback.ts";
import { makeClip } from "./demo/clip.ts";
import { progress } from "./demo/progress.ts";
import { uploadFile } from "./demo/upload.ts";
import { waitForVideo } from "./demo/video.ts";
import { root } from "./setup.mjs";
import { onSignal } from "./stack/signals.ts";
import { startStack, type Stack } from "./stack/stack.ts";

const { values } = parseArgs({
  options: {
    file: { type: "string" },
    once: { type: "boolean", default: false },
    port: { type: "string" },
    data: { type: "string" },
    seconds: { type: "string", default: "60" },
  },
});

const scratch = mkdtempSync(join(tmpdir(), "sluice-demo-"));
const dataDirectory =
  values.data === undefined
    ? values.once
      ? join(scratch, "data")
      : resolve(root, ".sluice")
    : resolve(values.data);
// One check may run beside a stack that someone works with: it takes any free port.
const port = Number(values.port ?? (values.once ? 0 : 8787));

async function film(): Promise<string> {
  if (values.file !== undefined) return resolve(process.env["INIT_CWD"] ?? process.cwd(), values.file);
  const path = join(scratch, "sluice-demo.mp4");
  const durationSeconds = Number(values.seconds);
  console.log(`making a clip of ${durationSeconds} s, 1280x720`);
  await makeClip({ path, durationSeconds, width: 1280, height: 720 });
  return path;
}

async function demonstrate(stack: Stack): Promise<readonly string[]> {
  const path = await film();
  const sending = progress("upload");
  const { videoId } = await uploadFile(stack, path, (sent, total) =>
    sending.update(total === 0 ? 1 : sent / total),
  );
  sending.done(`${(statSync(path).size / 1e6).toFixed(1)} MB, ${videoId}`);

  const encoding = progress("encode");
  const startedMs = Date.now();
  const elapsed = () => ((Date.now() - startedMs) / 1000).toFixed(1);
  const firstPlayable: { seconds?: string } = {};
  const video = await waitForVideo(stack, videoId, ({ status }) => status.state === "ready", {
    deadlineSeconds: 3600,
    onPoll: ({ status }) => {
      if (status.playable) firstPlayable.seconds ??= elapsed();
      encoding.update(status.percent / 100, status.playable ? "playable" : status.state);
    },
  });
  encoding.done(`ready after ${elapsed()} s, playable after ${firstPlayable.seconds ?? elapsed()} s`);

  const [playback] = video.playbackIds;
  if (playback === undefined) return ["the video has no playback id"];
  console.log(`\nwatch  ${playback.watchUrl}\nHLS    ${playback.hlsUrl}\nDASH   ${playback.dashUrl}\n`);
  if (!values.once) return [];
  const report = await checkPlayback(playback, video.durationSeconds ?? 0);
  const megabytes = (report.bytes / 1e6).toFixed(1);
  console.log(`checked ${report.playlists} playlists and ${report.segments} segments, ${megabytes} MB`);
  return report.faults;
}

let stack: Stack | undefined;
const end = async (code: number) => {
  await stack?.stop();
  rmSync(scratch, { recursive: true, force: true });
  process.exit(code);
};

try {
  console.log("starting the platform");
  stack = await startStack({
    port,
    dataDirectory,
    onNotice: (sentence) => process.stderr.write(`${sentence}\n`),
  });
  onSignal(() => end(values.once ? 1 : 0));
  const faults = await demonstrate(stack);
  for (const fault of faults) console.error(`wrong: ${fault}`);
  if (values.once || faults.length > 0) await end(faults.length === 0 ? 0 : 1);
  console.log(`upload your own: ${stack.url}/upload#key=${stack.apiKey}\nCtrl-C ends everything.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  await end(1);
}
