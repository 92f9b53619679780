// One container with one runner in it. Started when there is work, watched while it runs, started again when it
// ends too early, stopped when there is no work for it. It knows nothing of tasks: the runner claims them over HTTP
// like any other. Its calls come through runner-container.ts; its rules are in container-life.ts.
import type { Env } from "#workers/env.ts";
import { log, logError } from "#workers/http/log.ts";
import { afterExit, neverStarted, type Life } from "./container-life.ts";
import { containerHost, containersWanted, placeOf, slotsOfContainer } from "./fleet.ts";

const checkEveryMs = 60_000;
/** Longer than a check, so that a missed one does not end an encode. */
const inactivityMs = 10 * 60_000;
const sigterm = 15;
/** As the image has it. */
const healthPort = 8080;
const healthPatienceMs = 5_000;
/** Checks in a row. Memory and CPU can be short for minutes; a runner that is silent for longer hangs. */
const maxSilentChecks = 5;

let toldThereAreNone = false;

export class Container {
  readonly #state: DurableObjectState;
  readonly #env: Env;
  readonly #nowMs: () => number;
  #watching = false;
  #silentChecks = 0;

  constructor(state: DurableObjectState, env: Env, nowMs: () => number) {
    this.#state = state;
    this.#env = env;
    this.#nowMs = nowMs;
  }

  /** Repeated calls while it runs change nothing. */
  async wake(name: string): Promise<void> {
    this.#state.storage.kv.put("name", name);
    await this.#keepRunning(name);
  }

  async alarm(): Promise<void> {
    const { container, storage } = this.#state;
    const name = storage.kv.get<string>("name");
    if (name === undefined || container === undefined) return;
    const { openTasks } = await this.#env.SCHEDULER.getByName("board").stats();
    if (placeOf(name) < containersWanted(this.#env, openTasks)) {
      await this.#endWhenSilent(name, container);
      return this.#keepRunning(name);
    }
    // One container too many. A task that appears now wakes it again.
    if (!container.running) return this.#noteExit(name, null);
    await this.#endSurplus(name, container, openTasks);
    await this.#wakeAt(this.#nowMs() + checkEveryMs);
  }

  async #keepRunning(name: string): Promise<void> {
    const { container } = this.#state;
    if (container === undefined) {
      if (!toldThereAreNone) log("warn", "transcoding.noContainers", { fleet: this.#env.RUNNER_FLEET });
      toldThereAreNone = true;
      return;
    }
    // It ended while nobody watched: this object was evicted, too.
    if (!container.running && this.#life.startedAtMs !== null) await this.#noteExit(name, null);
    const { notBeforeMs } = this.#life;
    const nowMs = this.#nowMs();
    if (!container.running && nowMs < notBeforeMs) return this.#wakeAt(notBeforeMs);
    if (!container.running) await this.#start(name, container);
    if (!container.running) return;
    this.#watch(name, container);
    await container.setInactivityTimeout(inactivityMs);
    await this.#wakeAt(nowMs + checkEveryMs);
  }

  async #start(name: string, container: NonNullable<DurableObjectState["container"]>): Promise<void> {
    this.#life = { ...this.#life, startedAtMs: this.#nowMs(), stopping: false };
    this.#silentChecks = 0;
    try {
      // The Worker's own default export; its type is not known here.
      const { default: worker } = this.#state.exports as unknown as { readonly default: Fetcher };
      await container.interceptOutboundHttp(containerHost, worker);
      container.start({
        enableInternet: false,
        env: {
          SLUICE_URL: `http://${containerHost}`,
          SLUICE_RUNNER_TOKEN: this.#env.RUNNER_TOKEN,
          SLUICE_RUNNER_NAME: name,
          SLUICE_SLOTS: String(slotsOfContainer(this.#env)),
        },
      });
      log("info", "transcoding.runnerStarted", { runner: name });
    } catch (error) {
      // No place for it, mostly.
      await this.#noteExit(name, error);
    }
  }

  /** Whatever ends it (an error, a host that is emptied, a new image) is noticed at once, and a successor starts. */
  #watch(name: string, container: NonNullable<DurableObjectState["container"]>): void {
    if (this.#watching) return;
    this.#watching = true;
    const ended = (error: unknown) => {
      this.#watching = false;
      // Only the watch ended: the next check takes it up again.
      if (container.running) return undefined;
      return this.#noteExit(name, error);
    };
    const watched = container.monitor().then(() => ended(null), ended);
    this.#state.waitUntil(watched.catch((error: unknown) => logError("transcoding.runnerUnwatched", error)));
  }

  async #noteExit(name: string, error: unknown): Promise<void> {
    const before = this.#life;
    if (before.startedAtMs === null) return;
    const nowMs = this.#nowMs();
    const after = afterExit(before, nowMs);
    this.#life = after;
    const facts = { runner: name, ranSeconds: (nowMs - before.startedAtMs) / 1000, early: after.earlyExits };
    if (error === null) log("info", "transcoding.runnerStopped", facts);
    else logError("transcoding.runnerFailed", error, facts);
    if (after.keepsDying && !before.keepsDying) log("error", "transcoding.runnerKeepsDying", facts);
    await this.#wakeAt(after.notBeforeMs);
  }

  /** Not in the middle of a task, and for good when it does not listen. */
  async #endSurplus(
    name: string,
    container: NonNullable<DurableObjectState["container"]>,
    openTasks: number,
  ): Promise<void> {
    if (this.#life.stopping) return container.destroy();
    if (openTasks > 0 && (await busyness(container)) === "busy") return;
    this.#life = { ...this.#life, stopping: true };
    log("info", "transcoding.runnerNotNeeded", { runner: name });
    container.signal(sigterm);
  }

  async #endWhenSilent(name: string, container: NonNullable<DurableObjectState["container"]>): Promise<void> {
    const silent = container.running && (await busyness(container)) === "silent";
    this.#silentChecks = silent ? this.#silentChecks + 1 : 0;
    if (this.#silentChecks < maxSilentChecks) return;
    log("error", "transcoding.runnerSilent", { runner: name });
    await container.destroy();
  }

  get #life(): Life {
    return this.#state.storage.kv.get<Life>("life") ?? neverStarted;
  }
  set #life(life: Life) {
    this.#state.storage.kv.put("life", life);
  }

  /** Never later than it was: calls that wake it come faster than checks. */
  async #wakeAt(timeMs: number): Promise<void> {
    const { storage } = this.#state;
    const current = await storage.getAlarm();
    if (current === null || timeMs < current) await storage.setAlarm(timeMs);
  }
}

async function busyness(
  container: NonNullable<DurableObjectState["container"]>,
): Promise<"busy" | "idle" | "silent"> {
  try {
    const signal = AbortSignal.timeout(healthPatienceMs);
    const response = await container.getTcpPort(healthPort).fetch("http://runner/healthz", { signal });
    const { busy } = await response.json<{ readonly busy?: unknown }>();
    return busy === true ? "busy" : "idle";
  } catch {
    return "silent";
  }
}
