// Whatever dies, and whenever: the video that comes out is the undisturbed one, frame by frame and object by
// object.
import { join } from "node:path";
import { makeClip } from "../demo/clip.ts";
import { uploadFile } from "../demo/upload.ts";
import { waitForVideo } from "../demo/video.ts";
import { endRunner, killRunner, killWorker } from "../proof/kill.ts";
import { frameHashes, listBucket, storedObjects, type StoredObject } from "../proof/media.ts";
import { seedOf, seededRandom } from "../proof/random.ts";
import type { Stack } from "../stack/stack.ts";
import type { Check, CheckRun } from "./check.ts";
import { playbackOf } from "./encoded.ts";
import { openTasks, type OpenTask } from "./runner-tasks.ts";
import { until } from "./until.ts";

/** Sixteen chunks of which each takes seconds: enough tasks for thirty ends of runners, of which each loses a few. */
const durationSeconds = 360;
const runnerEnds = 30;
const workerKills = 5;
/** The board gives a task up after its tenth loss: it can't tell our kill from a source that kills runners. */
const lossesPerTask = 8;

interface Scene {
  readonly run: CheckRun;
  readonly stack: Stack;
  readonly dataDirectory: string;
  readonly clip: string;
  readonly random: () => number;
}

interface Outcome {
  readonly objects: readonly StoredObject[];
  readonly frames: string;
}

interface Disturbance {
  readonly onSent?: (share: number) => void;
  /** Returns when it has done its worst; `over` tells that the video is ready. */
  readonly whileEncoding?: (over: () => boolean) => Promise<void>;
}

async function put(scene: Scene, { onSent, whileEncoding }: Disturbance): Promise<Outcome> {
  const { stack, clip, run } = scene;
  const startedMs = Date.now();
  let over = false;
  const disturbed = whileEncoding?.(() => over);
  const { videoId } = await uploadFile(stack, clip, (sent, total) => onSent?.(sent / total), 256 * 1024);
  // A Worker that was just killed may not answer the first poll.
  const ask = () =>
    waitForVideo(stack, videoId, ({ status }) => status.state === "ready", { deadlineSeconds: 900 });
  let video = await ask().catch(retryIfUnreachable);
  while (video === null) video = await ask().catch(retryIfUnreachable);
  over = true;
  await disturbed;
  run.say(`ready after ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
  return {
    objects: await storedObjects(stack, videoId),
    frames: await frameHashes(playbackOf(video).hlsUrl),
  };
}

async function retryIfUnreachable(error: unknown): Promise<null> {
  const unreachable = error instanceof TypeError || /: 50\d /.test(String(error));
  if (!unreachable) throw error;
  await new Promise((resolve) => setTimeout(resolve, 100));
  return null;
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Ends runners at random moments of their tasks, by SIGKILL or SIGTERM, until `wanted` have or all is done. */
async function endRunners(scene: Scene, wanted: number, over: () => boolean): Promise<readonly string[]> {
  const { run, stack, dataDirectory, random } = scene;
  const kills: string[] = [];
  const lost = new Map<string, number>();
  while (kills.length < wanted && !over()) {
    const index = Math.floor(random() * stack.runners.length);
    const delaySeconds = random() * 2;
    const isKilled = random() < 0.5;
    const { pid } = stack.runners[index] ?? {};
    await until("a runner at work", () => over() || openTasks(dataDirectory, index).length > 0, 300);
    await pause(delaySeconds);
    const tasks = openTasks(dataDirectory, index);
    const spent = tasks.some(({ taskId }) => (lost.get(taskId) ?? 0) >= lossesPerTask);
    if (over() || tasks.length === 0 || spent) continue;
    if (isKilled) {
      killRunner(stack, index);
      for (const { taskId } of tasks) lost.set(taskId, (lost.get(taskId) ?? 0) + 1);
    } else endRunner(stack, index);
    const work = tasks.map(({ kind, attempt }) => `${kind}/${attempt}`).join(" ");
    kills.push(`${isKilled ? "SIGKILL" : "SIGTERM"} ${work}`);
    run.say(`end ${kills.length}: runner ${index + 1}, ${kills.at(-1)}`);
    // The log still names the dead one's tasks until its successor has begun.
    await until("a new runner", () => over() || stack.runners[index]?.pid !== pid, 30);
    const stale = (task: OpenTask) =>
      tasks.some(({ taskId, attempt }) => task.taskId === taskId && task.attempt === attempt);
    await until("its first word", () => over() || !openTasks(dataDirectory, index).some(stale), 30);
  }
  return kills;
}

/** Each kill meets a Worker that answers, so that each is a death of its own. */
async function killWorkers(scene: Scene, wanted: number, over: () => boolean): Promise<number> {
  const { run, random, stack } = scene;
  let kills = 0;
  const answers = async () => (await fetch(`${stack.url}/healthz`).catch(() => null))?.ok === true;
  while (kills < wanted && !over()) {
    await until("the Worker answers", answers, 60);
    await pause(1 + random() * 5);
    if (over()) break;
    killWorker();
    kills += 1;
    run.say(`workerd killed while encoding (${kills})`);
  }
  return kills;
}

function compare(run: CheckRun, what: string, calm: Outcome, disturbed: Outcome): void {
  const list = (objects: readonly StoredObject[]) =>
    objects.map(({ name, sizeBytes, md5 }) => `${name} ${sizeBytes} ${md5}`);
  const [wanted, got] = [new Set(list(calm.objects)), list(disturbed.objects)];
  const extra = got.filter((object, index) => !wanted.has(object) || got.indexOf(object) !== index);
  const missing = [...wanted].filter((object) => !got.includes(object));
  run.expect(missing.length === 0, `${what}: missing ${missing.join(", ")}`);
  run.expect(extra.length === 0, `${what}: too much ${extra.join(", ")}`);
  run.expect(calm.frames === disturbed.frames, `${what}: other frames`);
  run.measure(`${what} objects equal`, missing.length === 0 && extra.length === 0);
  run.measure(`${what} frames equal`, calm.frames === disturbed.frames);
}

async function checkWorkerKills(scene: Scene, calm: Outcome): Promise<void> {
  const { run, random, stack } = scene;
  const moments = [random() * 0.45, 0.5 + random() * 0.45];
  const killsInUpload = moments.length;
  let encodeKills = 0;
  const disturbed = await put(scene, {
    onSent: (share) => {
      if (share < (moments[0] ?? Infinity)) return;
      moments.shift();
      killWorker();
      run.say(`workerd killed at ${Math.round(share * 100)} % of the upload`);
    },
    async whileEncoding(over) {
      await until("the upload's kills", () => moments.length === 0, 300);
      await until("an encode", () => over() || openTasks(scene.dataDirectory, 0).length > 0, 300);
      encodeKills = await killWorkers(scene, workerKills - killsInUpload, over);
    },
  });
  run.measure("worker kills", killsInUpload - moments.length + encodeKills);
  run.expect(killsInUpload - moments.length + encodeKills === workerKills, "fewer kills of the Worker");
  compare(run, "after worker kills", calm, disturbed);
  const left = (await listBucket(stack)).filter(({ key }) => key.startsWith("uploads/"));
  run.expect(left.length === 0, `left of uploads: ${left.map(({ key }) => key).join(", ")}`);
}

export const kills: Check = {
  name: "kills",
  async run(run) {
    const seed = seedOf("SLUICE_KILL_SEED");
    run.say(`SLUICE_KILL_SEED=${seed}`);
    run.measure("seed", seed);
    const clip = join(run.scratch, "clip.mp4");
    await makeClip({ path: clip, durationSeconds, width: 640, height: 360 });
    const random = seededRandom(seed);
    const dataDirectory = join(run.scratch, "data");
    const stack = await run.startStack({ dataDirectory, runners: 3 });
    const scene: Scene = { run, stack, dataDirectory, clip, random };
    const calm = await put(scene, {});
    const what = "after ends of three runners";
    let struck: readonly string[] = [];
    const disturbed = await put(scene, {
      whileEncoding: async (over) => {
        struck = await endRunners(scene, runnerEnds, over);
      },
    });
    run.measure(what, struck);
    run.expect(struck.length === runnerEnds, `${what}: only ${struck.length} ends`);
    compare(run, what, calm, disturbed);
    await checkWorkerKills(scene, calm);
    await stack.stop();
    run.measure("objects of the video", calm.objects.length);
  },
};
