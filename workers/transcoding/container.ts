// One container with one runner in it. Started when there is work, looked after while there is, stopped when
// there is none. It knows nothing of tasks: the runner claims them over HTTP like any other. Its calls come through
// runner-container.ts.
import type { Env } from "#workers/env.ts";
import { log, logError } from "#workers/http/log.ts";

const checkEveryMs = 60_000;
/** Longer than a check, so that a missed one does not end an encode. */
const inactivityMs = 10 * 60_000;
const sigterm = 15;
/**
 * The runner reaches this Worker under a name that only exists inside its container, so it needs no public
 * address and its traffic takes no detour.
 */
const workerHost = "sluice.internal";

let toldThereAreNone = false;

export class Container {
  readonly #state: DurableObjectState;
  readonly #env: Env;

  constructor(state: DurableObjectState, env: Env) {
    this.#state = state;
    this.#env = env;
  }

  /** Repeated calls while it runs change nothing. */
  async wake(name: string): Promise<void> {
    this.#state.storage.kv.put("name", name);
    if (!(await this.#ensureRunning(name))) return;
    await this.#state.storage.setAlarm(Date.now() + checkEveryMs);
  }

  async alarm(): Promise<void> {
    const name = this.#state.storage.kv.get<string>("name");
    if (name === undefined) return;
    const { openTasks } = await this.#env.SCHEDULER.getByName("board").stats();
    if (openTasks === 0) {
      // Nothing is leased either, so there is nothing to interrupt. A task that appears now wakes it again.
      if (this.#state.container?.running) this.#state.container.signal(sigterm);
      return;
    }
    if (await this.#ensureRunning(name)) await this.#state.storage.setAlarm(Date.now() + checkEveryMs);
  }

  /** False where there are no containers. */
  async #ensureRunning(name: string): Promise<boolean> {
    const { container } = this.#state;
    if (container === undefined) {
      if (!toldThereAreNone) log("warn", "transcoding.noContainers", { fleet: this.#env.RUNNER_FLEET });
      toldThereAreNone = true;
      return false;
    }
    if (!container.running) {
      // The Worker's own default export; its type is not known here.
      const { default: worker } = this.#state.exports as unknown as { readonly default: Fetcher };
      await container.interceptOutboundHttp(workerHost, worker);
      container.start({
        enableInternet: false,
        env: {
          SLUICE_URL: `http://${workerHost}`,
          SLUICE_RUNNER_TOKEN: this.#env.RUNNER_TOKEN,
          SLUICE_RUNNER_NAME: name,
        },
      });
      log("info", "transcoding.runnerStarted", { runner: name });
      this.#state.waitUntil(
        container
          .monitor()
          .then(() => log("info", "transcoding.runnerStopped", { runner: name }))
          .catch((error: unknown) => logError("transcoding.runnerFailed", error, { runner: name })),
      );
    }
    await container.setInactivityTimeout(inactivityMs);
    return true;
  }
}
