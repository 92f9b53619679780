// A task board with many runners, of which some die, on a clock of its own. The board is the real one, called as its
// Durable Object is; D1 and R2 are real, and so is every uploaded byte. Only time and the encoders are made up.
import { runInDurableObject } from "cloudflare:test";
import type { Env } from "#workers/env.ts";
import { agedEvery } from "#workers/transcoding/claim-order.ts";
import { defaultPlanSettings, planVersion } from "#workers/transcoding/plan.ts";
import type { Completion, Probe, Task } from "#workers/transcoding/contract.ts";
import type { Priority } from "#workers/transcoding/priority.ts";
import { tasksOf } from "#workers/transcoding/planned-tasks.ts";
import type { TaskOrder } from "#workers/transcoding/work-order.ts";
import { EventQueue } from "./event-queue.ts";
import { encode, fakeProbe } from "./fake-runner.ts";
import { random, type Random } from "./random.ts";
import { uploadedVideo } from "./uploaded-video.ts";

export interface SimulationSize {
  readonly runners: number;
  readonly tasks: number;
  readonly seed: number;
  /** Of claims whose runner dies over them. */
  readonly deaths: number;
  /** How long tasks take, against what they would. */
  readonly slowness: number;
}

export interface SimulatedVideo {
  readonly videoId: string;
  readonly priority: Priority;
  readonly creator: string;
  readonly probe: Probe;
  readonly chunks: number;
  readonly tasks: number;
}

interface Held {
  readonly order: TaskOrder;
  readonly runner: string;
  readonly video: SimulatedVideo;
  readonly untilMs: number;
  readonly dies: "never" | "silently" | "uploaded" | "reported";
  readonly startedMs: number;
}

const beatEveryMs = 14_000;
const askAgainMs = 10_000;
const tickMs = 2_000;
/** Without a task on the board: longer than between two videos. */
const mostIdleTicks = 300;
const replacedAfterMs = 30_000;
const codecs = ["h264", "av1", "aac", "opus"] as const;

export class SimulatedBoard {
  readonly faults: string[] = [];
  readonly videos = new Map<string, SimulatedVideo>();
  readonly claimMs: number[] = [];
  readonly waitsSeconds: Record<Priority, number[]> = { high: [], normal: [], low: [] };
  readonly counts = { claims: 0, empty: 0, beats: 0, deaths: 0, zombies: 0, alarms: 0, overdue: 0, again: 0 };
  burstMs = 0;
  /** Real time of each kind of call. */
  readonly spentMs: Record<string, { readonly calls: number; readonly ms: number }> = {};
  /** Far ahead, so that no alarm goes off by itself: the simulation looks when they are due. */
  nowMs = Date.now() + 10 * 365 * 24 * 3_600_000;
  readonly startMs = this.nowMs;
  readonly #env: Env;
  readonly #size: SimulationSize;
  readonly #random: Random;
  readonly #events = new EventQueue();
  readonly #claimableMs = new Map<string, number>();
  readonly #holders = new Map<string, Held>();
  readonly #givenOut = new Set<string>();
  /** Of tasks that were seen overdue: after how many claims, of how many tasks again, and behind how many others. */
  readonly #overdue = new Map<
    string,
    { readonly claims: number; readonly again: number; readonly ahead: number }
  >();
  readonly #doneByTheDead = new Set<string>();
  #idleTicks = 0;
  /** No board takes so long. */
  #latestEndMs = 0;
  #runners = 0;
  #left = 0;

  constructor(env: Env, size: SimulationSize) {
    this.#env = env;
    this.#size = size;
    this.#random = random(size.seed);
  }

  get board() {
    return this.#env.SCHEDULER.getByName("board");
  }

  async run(): Promise<void> {
    await runInDurableObject(this.board, (instance) => {
      instance.nowMs = () => this.nowMs;
    });
    await this.#makeVideos();
    // All runners start at once, and all ask at once.
    const names = Array.from({ length: this.#size.runners }, () => this.#nextRunner());
    const fromMs = performance.now();
    await Promise.all(names.map((name) => this.#ask(name)));
    this.burstMs = performance.now() - fromMs;
    this.#events.add(this.nowMs + tickMs, () => this.#tick());
    for (;;) {
      const event = this.#events.take();
      if (event === null) return;
      this.nowMs = Math.max(this.nowMs, event.atMs);
      await event.run();
    }
  }

  /** A third at the beginning, the others over the time that all the work takes. */
  async #makeVideos(): Promise<void> {
    let planned = 0;
    const later: (() => Promise<void>)[] = [];
    while (planned < this.#size.tasks) {
      const at = this.videos.size;
      const { probe, chunks, tasks } = this.#film();
      const priority = this.#random.pick([
        "high",
        "high",
        "normal",
        "normal",
        "normal",
        "low",
        "low",
      ] as const);
      // One creator brings a third of everything.
      const creator = this.#random.below(3) === 0 ? "greedy" : `creator ${this.#random.below(40)}`;
      const { videoId, version } = await uploadedVideo(this.#env, this.nowMs + at);
      await this.#env.DB.prepare("UPDATE videos SET priority = ?, creator = ? WHERE id = ?")
        .bind(priority, creator, videoId)
        .run();
      this.videos.set(videoId, { videoId, priority, creator, probe, chunks, tasks });
      planned += tasks;
      const submit = async () => {
        await this.board.submit({
          videoId,
          version,
          sourceKey: `sources/${videoId}/original`,
          sizeBytes: 5000,
        });
        this.#claimableMs.set(videoId, this.nowMs);
      };
      if (at % 3 === 0) await submit();
      else later.push(submit);
    }
    this.#left = planned;
    const workMs = (planned * 150_000 * this.#size.slowness) / this.#size.runners;
    this.#latestEndMs = this.nowMs + 4 * workMs + 3_600_000;
    const overMs = (planned * 130_000 * 0.9 * this.#size.slowness) / this.#size.runners;
    for (const [at, submit] of later.entries()) {
      this.#events.add(this.nowMs + Math.round((overMs * at) / later.length), submit);
    }
  }

  #film(): { readonly probe: Probe; readonly chunks: number; readonly tasks: number } {
    const seconds = 10 + this.#random.below(230);
    const whole = fakeProbe({ seconds, sound: this.#random.below(2) === 0, picture: true });
    const streams = whole.streams.map((stream) =>
      stream.kind === "video" ? { ...stream, width: 426, height: 240 } : stream,
    );
    const probe = { ...whole, streams };
    const plan = planVersion(probe, defaultPlanSettings);
    if (!plan.ok) throw new Error(plan.reason.message);
    return { probe, chunks: plan.value.chunks.length, tasks: 1 + tasksOf(plan.value).length };
  }

  #nextRunner(): string {
    return `runner ${this.#runners++}`;
  }

  async #ask(runner: string): Promise<void> {
    const fromMs = performance.now();
    const order = await this.board.claim({ runnerId: runner, codecs: [...codecs], waitSeconds: 0 });
    const tookMs = performance.now() - fromMs;
    if (order === null) {
      this.counts.empty += 1;
      if (this.#left > 0) this.#events.add(this.nowMs + askAgainMs, () => this.#ask(runner));
      return;
    }
    this.claimMs.push(tookMs);
    this.counts.claims += 1;
    this.#given(order, runner);
  }

  #given(order: TaskOrder, runner: string): void {
    const video = this.videos.get(order.videoId);
    if (video === undefined) throw new Error(`a task of ${order.videoId}`);
    const name = `${order.id} ${order.attempt}`;
    if (this.#givenOut.has(name)) this.faults.push(`${name} was given out twice`);
    this.#givenOut.add(name);
    if (this.#holders.get(order.id)?.dies === "never")
      this.faults.push(`${order.id} was taken from the living`);
    if (order.attempt > 1) this.counts.again += 1;
    const seen = this.#overdue.get(order.id);
    this.#overdue.delete(order.id);
    if (seen !== undefined) {
      // What comes back from the dead may be older.
      const most = agedEvery * (seen.ahead + 1 + this.counts.again - seen.again);
      const waited = this.counts.claims - seen.claims;
      if (waited > most) this.faults.push(`${order.id} waited for ${waited} claims, at most ${most} are due`);
    }
    if (order.attempt === 1) {
      const sinceMs = this.#claimableMs.get(order.videoId) ?? Number.NaN;
      this.waitsSeconds[video.priority].push((this.nowMs - sinceMs) / 1000);
    }
    const untilMs = this.nowMs + this.#durationMs(order);
    const dies = this.#random.unit() < this.#size.deaths;
    const held: Held = {
      ...{ order, runner, video, untilMs, startedMs: this.nowMs },
      dies: dies ? this.#random.pick(["silently", "uploaded", "reported"] as const) : "never",
    };
    this.#holders.set(order.id, held);
    this.#events.add(Math.min(untilMs, this.nowMs + beatEveryMs), () => this.#goOn(held));
  }

  #durationMs({ work }: TaskOrder): number {
    const [least, spread] = { probe: [2, 6], images: [5, 20], audio: [20, 80] }[work.kind as string] ?? [
      60, 240,
    ];
    return Math.round(1000 * this.#size.slowness * ((least ?? 0) + this.#random.unit() * (spread ?? 0)));
  }

  async #goOn(held: Held): Promise<void> {
    const { order, untilMs, startedMs } = held;
    if (this.nowMs >= untilMs) return held.dies === "never" ? this.#finish(held) : this.#die(held);
    this.counts.beats += 1;
    const progress = (this.nowMs - startedMs) / (untilMs - startedMs);
    const beaten = await this.#timed("heartbeat", async () => {
      const { ok } = await this.board.heartbeat(order.id, order.attempt, progress);
      return ok;
    });
    if (!beaten) this.faults.push(`the lease of ${order.id} was lost though its runner was heard`);
    this.#events.add(Math.min(untilMs, this.nowMs + beatEveryMs), () => this.#goOn(held));
  }

  async #finish(held: Held): Promise<void> {
    const { order, runner, video } = held;
    await this.#timed("upload", () => this.#upload(held));
    if (!(await this.#report(held))) this.faults.push(`${order.id} was reported in vain`);
    if (!(await this.#complete(held))) this.faults.push(`${order.id} was completed in vain`);
    this.#holders.delete(order.id);
    this.#left -= 1;
    // From here on its other tasks wait.
    if (order.work.kind === "probe") this.#claimableMs.set(video.videoId, this.nowMs);
    await this.#ask(runner);
  }

  /** Never heard of again; or, half of the time, heard of when the lease is long over. */
  async #die(held: Held): Promise<void> {
    this.counts.deaths += 1;
    if (held.dies !== "silently") await this.#upload(held);
    const hasReported = held.dies === "reported" && (await this.#report(held));
    const { kind } = held.order.work;
    // Nothing is missing but the last word, so the board takes it as done.
    if (hasReported && (kind === "video" || kind === "audio")) {
      this.#doneByTheDead.add(held.order.id);
      this.#left -= 1;
    }
    const heir = this.#nextRunner();
    this.#events.add(this.nowMs + replacedAfterMs, () => this.#ask(heir));
    if (this.#random.below(2) === 0) return;
    this.#events.add(this.nowMs + 45_000 + this.#random.below(200_000), () => this.#speakFromTheDead(held));
  }

  async #speakFromTheDead(held: Held): Promise<void> {
    const { order } = held;
    this.counts.zombies += 1;
    if ((await this.board.heartbeat(order.id, order.attempt, 0.9)).ok) {
      this.faults.push(`a beat for ${order.id} was heard from the dead`);
    }
    if (await this.board.mayWrite(order.id, order.attempt))
      this.faults.push(`the dead may write ${order.id}`);
    // What was accepted before is true whoever says it; it is counted by what is published.
    await this.#report(held);
    const completed = await this.#complete(held);
    if (completed && !this.#doneByTheDead.has(order.id)) this.faults.push(`the dead completed ${order.id}`);
  }

  async #upload({ order }: Held): Promise<void> {
    const all = madeBy(order);
    for (const key of uploadKeys(order.work)) {
      const made = all.find(({ url }) => url === key);
      const options = { onlyIf: { etagDoesNotMatch: "*" } };
      await this.#env.MEDIA.put(key, made?.bytes ?? new Uint8Array(100), options);
    }
  }

  async #report({ order }: Held): Promise<boolean> {
    const { attempt, id } = order;
    for (const [chunk, made] of Map.groupBy(madeBy(order), (each) => each.chunk)) {
      const tracks = made.map(({ track }) => track);
      const report = { attempt, chunk, tracks };
      const reported = await this.#timed("reportChunk", async () => {
        const { ok } = await this.board.reportChunk(id, report);
        return ok;
      });
      if (!reported) return false;
    }
    return true;
  }

  async #complete({ order, video }: Held): Promise<boolean> {
    const { attempt, id, work } = order;
    const results = (): Completion["result"] => {
      if (work.kind === "probe") return { kind: "probe", probe: video.probe };
      if (work.kind === "images") return { kind: "images", thumbnailCount: 1 };
      return { kind: "chunks" };
    };
    const costs = { cpuSeconds: 1, wallSeconds: 1 };
    const completion = { attempt, result: results(), ...costs };
    return this.#timed(`complete ${work.kind}`, async () => {
      const { ok } = await this.board.complete(id, completion);
      return ok;
    });
  }

  async #timed<T>(what: string, run: () => Promise<T>): Promise<T> {
    const fromMs = performance.now();
    const result = await run();
    const spent = this.spentMs[what] ?? { calls: 0, ms: 0 };
    this.spentMs[what] = { calls: spent.calls + 1, ms: spent.ms + performance.now() - fromMs };
    return result;
  }

  /** The alarm, when it is due by this clock; and a look at what has become overdue. */
  async #tick(): Promise<void> {
    const look = () =>
      runInDurableObject(this.board, async (instance, { storage }) => {
        const dueMs = await storage.getAlarm();
        if (dueMs !== null && dueMs <= this.nowMs) {
          this.counts.alarms += 1;
          await storage.deleteAlarm();
          await instance.alarm();
        }
        const waiting = "SELECT id, attempt FROM tasks WHERE place = 'queue' AND overdue_ms <= ?";
        return {
          overdue: storage.sql.exec<{ id: string; attempt: number }>(waiting, this.nowMs).toArray(),
          openTasks: (await instance.stats()).openTasks,
        };
      });
    const { overdue, openTasks } = await this.#timed("alarm and stats", look);
    const { claims, again } = this.counts;
    for (const { id, attempt } of overdue) {
      if (attempt > 0 || this.#overdue.has(id)) continue;
      this.counts.overdue += 1;
      this.#overdue.set(id, { claims, again, ahead: overdue.length });
    }
    this.#idleTicks = openTasks === 0 ? this.#idleTicks + 1 : 0;
    const isOver = this.nowMs > this.#latestEndMs || this.#idleTicks > mostIdleTicks;
    if (isOver && this.#left > 0) {
      this.faults.push(`${this.#left} tasks were lost`);
      this.#left = 0;
    }
    if ((openTasks > 0 && !isOver) || this.#left > 0)
      this.#events.add(this.nowMs + tickMs, () => this.#tick());
  }
}

/** With keys where a runner is told URLs. */
function madeBy({ work, ...order }: TaskOrder) {
  const text = JSON.stringify({ ...order, work }, (name, value: unknown) =>
    name === "upload" && typeof value === "object" && value !== null && "key" in value
      ? { url: value.key }
      : value,
  );
  return encode(JSON.parse(text) as Task);
}

function uploadKeys(work: unknown): readonly string[] {
  if (typeof work !== "object" || work === null) return [];
  return Object.entries(work).flatMap(([name, value]: [string, unknown]) =>
    name === "upload" && typeof value === "object" && value !== null && "key" in value
      ? [String(value.key)]
      : uploadKeys(value),
  );
}
