import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";
import { wakeRunners } from "./fleet.ts";

const runner = (name: string) => env.RUNNERS.getByName(name);

/** Cloudflare's container, as far as it is used, with a record of what was asked of it. */
class FakeContainer {
  running = false;
  readonly calls: string[] = [];
  started: { readonly env?: Record<string, string>; readonly enableInternet?: boolean } = {};
  start(options: FakeContainer["started"]): void {
    this.calls.push("start");
    this.started = options;
    this.running = true;
  }
  interceptOutboundHttp(host: string): Promise<void> {
    this.calls.push(`intercept ${host}`);
    return Promise.resolve();
  }
  setInactivityTimeout(): Promise<void> {
    return Promise.resolve();
  }
  signal(number: number): void {
    this.calls.push(`signal ${number}`);
    this.running = false;
  }
  monitor(): Promise<void> {
    return Promise.resolve();
  }
}

async function withContainer(name: string): Promise<FakeContainer> {
  const container = new FakeContainer();
  await runInDurableObject(runner(name), (_, state) => {
    Object.defineProperty(state, "container", { value: container, configurable: true });
  });
  return container;
}

describe("the fleet", () => {
  it("starts nothing where runners are someone else's", async () => {
    await wakeRunners({ ...env, RUNNER_FLEET: "external" }, 5);
    expect(await runInDurableObject(runner("runner-0"), (_, state) => state.storage.getAlarm())).toBeNull();
  });

  it("does without containers where there are none, and says so once", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    await wakeRunners({ ...env, RUNNER_FLEET: "container" }, 2);
    await wakeRunners({ ...env, RUNNER_FLEET: "container" }, 2);
    const lines = warn.mock.calls.filter(([line]) => String(line).includes("noContainers"));
    warn.mockRestore();
    expect(lines).toHaveLength(1);
    expect(await runInDurableObject(runner("runner-0"), (_, state) => state.storage.getAlarm())).toBeNull();
  });

  it("starts a container with nothing but the runner's address and token, once while it runs", async () => {
    const container = await withContainer("one");
    await runner("one").wake("one");
    await runner("one").wake("one");
    expect(container.calls).toEqual(["intercept sluice.internal", "start"]);
    expect(container.started).toEqual({
      enableInternet: false,
      env: {
        SLUICE_URL: "http://sluice.internal",
        SLUICE_RUNNER_TOKEN: env.RUNNER_TOKEN,
        SLUICE_RUNNER_NAME: "one",
      },
    });
  });

  it("starts a container that died again while there is work, and ends it when there is none", async () => {
    const container = await withContainer("two");
    const { videoId } = await uploadedVideo(env);
    const board = env.SCHEDULER.getByName("board");
    await board.submit({ videoId, version: 1, sourceKey: `sources/${videoId}/original`, sizeBytes: 5000 });
    await runner("two").wake("two");
    container.running = false;
    await runDurableObjectAlarm(runner("two"));
    expect(container.calls.filter((call) => call === "start")).toHaveLength(2);
    await board.cancel(videoId);
    await runDurableObjectAlarm(runner("two"));
    expect(container.calls.at(-1)).toBe("signal 15");
    expect(await runDurableObjectAlarm(runner("two"))).toBe(false);
  });
});
