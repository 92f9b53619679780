// Two developers' stacks on one machine: apart from each other, lasting over restarts, clean in their end, and
// open about what died.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkPlayback } from "../demo/check-playback.ts";
import { makeClip } from "../demo/clip.ts";
import { uploadFile } from "../demo/upload.ts";
import { waitForVideo } from "../demo/video.ts";
import type { Check, CheckRun } from "./check.ts";
import { DevProcess, freePort, type DevFacts } from "./dev-process.ts";
import { playbackOf } from "./encoded.ts";
import { until } from "./until.ts";

const durationSeconds = 6;

async function start(run: CheckRun, port: number, dataDirectory: string): Promise<DevProcess> {
  const dev = new DevProcess(port, dataDirectory);
  run.defer(() => dev.killAll());
  await dev.ready();
  return dev;
}

async function checkFacts(run: CheckRun, dev: DevProcess): Promise<DevFacts> {
  const facts = dev.facts();
  run.expect(facts.url === `http://127.0.0.1:${dev.port}`, `dev.json says ${facts.url} on port ${dev.port}`);
  run.expect(
    dev.processes().some(({ pid, command }) => pid === facts.pid && command.includes("dev.ts")),
    `dev.json's pid ${facts.pid} is not the stack's`,
  );
  const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
  const statuses = [
    (await fetch(`${facts.url}/healthz`)).status,
    (await fetch(`${facts.url}/v1/videos`, bearer(facts.apiKey))).status,
    (await fetch(`${facts.url}/metrics`, bearer(facts.metricsToken))).status,
    (await fetch(`${facts.url}/upload`)).status,
  ];
  run.expect(
    statuses.every((status) => status === 200),
    `health, API, metrics and web answer ${statuses.join(", ")}`,
  );
  run.expect(facts.runnerToken.length > 20, "dev.json has no runner token");
  return facts;
}

async function videosOf({ url, apiKey }: DevFacts, key = apiKey) {
  const answer = await fetch(`${url}/v1/videos`, { headers: { Authorization: `Bearer ${key}` } });
  const { data = [] } = (await answer.json()) as { readonly data?: readonly { readonly id: string }[] };
  return { status: answer.status, ids: data.map(({ id }) => id) };
}

async function plays(run: CheckRun, facts: DevFacts, videoId: string, when: string): Promise<void> {
  const video = await waitForVideo(facts, videoId, ({ status }) => status.state === "ready", {
    deadlineSeconds: 180,
  });
  const report = await checkPlayback(playbackOf(video), durationSeconds);
  run.expect(report.faults.length === 0, `${when}: ${report.faults.join("; ")}`);
  run.say(`${when}: ${videoId} plays, ${report.segments} segments`);
}

async function checkEnd(run: CheckRun, name: string, dev: DevProcess): Promise<void> {
  const before = dev.processes().length;
  const startedMs = Date.now();
  await dev.interrupt();
  // What is left a moment after `npm` has ended would be left for good.
  await until("", () => dev.processes().length === 0, 5).catch(() => undefined);
  const left = dev.processes().map(({ pid, command }) => `${pid} ${command.slice(0, 80)}`);
  run.expect(left.length === 0, `${name}: left after Ctrl-C: ${left.join("; ")}`);
  run.expect(!existsSync(join(dev.dataDirectory, "dev.json")), `${name}: dev.json is left after Ctrl-C`);
  const answer = await fetch(`http://127.0.0.1:${dev.port}/healthz`).catch(() => null);
  run.expect(answer === null, `${name}: something still answers on ${dev.port}`);
  const seconds = (Date.now() - startedMs) / 1000;
  run.say(`${name}: Ctrl-C ended ${before} processes in ${seconds.toFixed(1)} s`);
  run.measure(`${name} processes before Ctrl-C`, before);
  run.measure(`${name} processes after Ctrl-C`, left.length);
}

async function checkRefusal(run: CheckRun, running: DevProcess): Promise<void> {
  const second = new DevProcess(await freePort(), running.dataDirectory);
  run.defer(() => second.killAll());
  await until("a second stack on the same folder ends", () => second.ended, 60);
  const said = second.output.split("\n").find((line) => line.includes("is in use"));
  run.measure("refusal", (said ?? "").replace(running.dataDirectory, "DATA").replace(/\d+/, "PID"));
  run.expect(second.exitCode === 1, `a second stack on the same folder ends with ${second.exitCode}`);
  run.expect(
    said?.includes(running.dataDirectory) === true && said.includes(String(running.facts().pid)),
    `a second stack on the same folder says ${second.output}`,
  );
}

/** A child dies by kill -9: it is named with its pid and the signal, and the stack goes on. */
async function checkDeaths(run: CheckRun, dev: DevProcess, clip: string): Promise<void> {
  const facts = dev.facts();
  const runner = dev.pidOf(/transcoder\/main\.ts/);
  process.kill(runner, "SIGKILL");
  await until("a word on the runner's death", () => /SIGKILL/.test(dev.output), 20);
  const said = dev.output.split("\n").find((line) => line.includes("SIGKILL")) ?? "";
  run.say(said);
  run.measure("runner's death", said.replace(/\d+/g, "N"));
  run.expect(said.includes("runner-1") && said.includes(String(runner)), `the runner's death reads: ${said}`);
  process.kill(dev.pidOf(/workerd serve/), "SIGKILL");
  await until(
    "a word on workerd's death",
    () => /workerd.* died, pid \d+ by signal SIGKILL/.test(dev.output),
    20,
  );
  await until(
    "the Worker answers again",
    async () => (await fetch(`${facts.url}/healthz`).catch(() => null))?.ok === true,
    30,
  );
  const { videoId } = await uploadFile(facts, clip);
  await plays(run, facts, videoId, "after both deaths");
}

/** `kill -9` of the stack's own process: its children end by themselves, and its data is taken up again. */
async function checkKill(run: CheckRun, dev: DevProcess): Promise<DevProcess> {
  const { ids } = await videosOf(dev.facts());
  const before = dev.processes().length;
  process.kill(dev.facts().pid, "SIGKILL");
  await until("everything ends after kill -9 of the stack", () => dev.processes().length === 0, 20);
  run.say(`kill -9 of the stack ended ${before} processes`);
  run.measure("processes after kill -9 of the stack", dev.processes().length);
  const again = await start(run, dev.port, dev.dataDirectory);
  const after = await videosOf(again.facts());
  run.expect(after.ids.join() === ids.join(), `after kill -9 the videos are ${after.ids.join()}`);
  return again;
}

export const twoStacks: Check = {
  name: "two-stacks",
  async run(run) {
    const clip = join(run.scratch, "clip.mp4");
    await makeClip({ path: clip, durationSeconds, width: 320, height: 180 });
    const [folderA, folderB] = [join(run.scratch, "a"), join(run.scratch, "b")];
    const portA = await freePort();
    const [a, b] = await Promise.all([start(run, portA, folderA), start(run, await freePort(), folderB)]);
    run.say("two stacks are ready");
    const [factsA, factsB] = [await checkFacts(run, a), await checkFacts(run, b)];
    run.expect(factsA.apiKey !== factsB.apiKey, "both stacks have the same key");
    const { videoId } = await uploadFile(factsA, clip);
    await plays(run, factsA, videoId, "in the first stack");
    run.expect((await videosOf(factsB)).ids.length === 0, "a video of one stack is listed in the other");
    const foreign = await videosOf(factsB, factsA.apiKey);
    run.expect(foreign.status === 401, `the key of one stack gets ${foreign.status} from the other`);
    await checkRefusal(run, a);
    await plays(run, factsA, videoId, "after the refused second stack");
    await checkDeaths(run, b, clip);

    await checkEnd(run, "first stack", a);
    run.expect((await fetch(`${factsB.url}/healthz`)).ok, "the end of one stack ended the other");
    const again = await start(run, portA, folderA);
    const factsAgain = await checkFacts(run, again);
    run.expect(factsAgain.apiKey === factsA.apiKey, "a restart changed the key");
    await plays(run, factsAgain, videoId, "after a restart");
    const second = await uploadFile(factsAgain, clip);
    await plays(run, factsAgain, second.videoId, "uploaded after the restart");
    await checkEnd(run, "restarted stack", again);
    await checkEnd(run, "second stack", await checkKill(run, b));
  },
};
