import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeContainer } from "#workers/testing/fake-container.ts";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";
import { containersWanted, placeOf, wakeRunners } from "./fleet.ts";

const runner = (name: string) => env.RUNNERS.getByName(name);
const board = () => env.SCHEDULER.getByName("board");
const second = 1000;

let nowMs: number;
let videoId: string;
beforeEach(async () => {
  nowMs = Date.now();
  ({ videoId } = await uploadedVideo(env));
});
afterEach(() => board().cancel(videoId));

/** One open task: there is work for one container. */
const openTask = () =>
  board().submit({ videoId, version: 1, sourceKey: `sources/${videoId}/original`, sizeBytes: 5000 });

/** What the platform hands to an object whose class has a container. */
async function give(name: string, container: FakeContainer): Promise<FakeContainer> {
  await runInDurableObject(runner(name), (instance, state) => {
    Object.defineProperty(state, "container", { value: container, configurable: true });
    instance.nowMs = () => nowMs;
  });
  return container;
}

const alarmOf = (name: string) => runInDurableObject(runner(name), (_, state) => state.storage.getAlarm());

/** The next alarm, when it is due and not before. Returns how long that took. */
async function toNextAlarm(name: string): Promise<number> {
  const dueMs = await alarmOf(name);
  if (dueMs === null) throw new Error("no alarm is set");
  const waitedMs = dueMs - nowMs;
  nowMs = Math.max(nowMs, dueMs);
  await runDurableObjectAlarm(runner(name));
  return waitedMs;
}

/** It ends, and its object has noticed. */
async function exit(name: string, container: FakeContainer, error?: Error): Promise<void> {
  await runInDurableObject(runner(name), () => container.exit(error));
  await expect
    .poll(() =>
      runInDurableObject(runner(name), (_, state) => {
        const life = state.storage.kv.get<{ readonly startedAtMs: number | null }>("life");
        return life?.startedAtMs ?? null;
      }),
    )
    .toBeNull();
}

/** With the object the watch ends, not what it watched. */
async function evicted(name: string, container: FakeContainer): Promise<void> {
  await runInDurableObject(runner(name), () => container.endWatch());
  await evictDurableObject(runner(name));
}

describe("the fleet", () => {
  it("starts nothing where runners are someone else's", async () => {
    await wakeRunners({ ...env, RUNNER_FLEET: "external" }, 5);
    expect(await alarmOf("runner-0")).toBeNull();
  });

  it("does without containers where there are none, and says so once", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    await wakeRunners({ ...env, RUNNER_FLEET: "container" }, 2);
    await wakeRunners({ ...env, RUNNER_FLEET: "container" }, 2);
    const lines = warn.mock.calls.filter(([line]) => String(line).includes("noContainers"));
    warn.mockRestore();
    expect(lines).toHaveLength(1);
    expect(await alarmOf("runner-0")).toBeNull();
  });

  it("is as large as the open tasks fill, and never larger than allowed", () => {
    const sizes = { MAX_CONTAINERS: "4", CONTAINER_SLOTS: "2" };
    expect([0, 1, 2, 3, 7, 8, 9, 10_000].map((open) => containersWanted(sizes, open))).toEqual([
      0, 1, 1, 2, 4, 4, 4, 4,
    ]);
    expect(containersWanted({ ...sizes, MAX_CONTAINERS: "0" }, 10)).toBe(0);
    expect(containersWanted({ MAX_CONTAINERS: "many", CONTAINER_SLOTS: "-1" }, 1000)).toBe(20);
    expect([placeOf("runner-0"), placeOf("runner-12"), placeOf("other")]).toEqual([0, 12, 0]);
  });

  it("wakes just the containers that it wants", async () => {
    const containers = await Promise.all(
      [0, 1, 2].map((place) => give(`runner-${place}`, new FakeContainer())),
    );
    await wakeRunners({ ...env, RUNNER_FLEET: "container", CONTAINER_SLOTS: "2" }, 3);
    expect(containers.map(({ starts }) => starts)).toEqual([1, 1, 0]);
  });
});

describe("a container", () => {
  it("is given nothing but the runner's address, token and slots, once while it runs", async () => {
    const container = await give("one-0", new FakeContainer());
    await runner("one-0").wake("one-0");
    await runner("one-0").wake("one-0");
    expect(container.calls).toEqual(["intercept sluice.internal", "start"]);
    expect(container.started).toEqual({
      enableInternet: false,
      env: {
        SLUICE_URL: "http://sluice.internal",
        SLUICE_RUNNER_TOKEN: env.RUNNER_TOKEN,
        SLUICE_RUNNER_NAME: "one-0",
        SLUICE_SLOTS: "2",
      },
    });
  });

  it("has a successor at once when it ends after a while: a host was emptied, or the image is new", async () => {
    await openTask();
    const container = await give("two-0", new FakeContainer());
    await runner("two-0").wake("two-0");
    nowMs += 300 * second;
    await exit("two-0", container);
    expect(await toNextAlarm("two-0")).toBeLessThanOrEqual(0);
    expect(container.starts).toBe(2);
  });

  it("that crashes again and again is started ever more rarely, whoever wakes it, and that is said once", async () => {
    await openTask();
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const container = await give("three-0", new FakeContainer());
    await runner("three-0").wake("three-0");
    const waits: number[] = [];
    for (let crash = 1; crash <= 7; crash++) {
      await exit("three-0", container, new Error("exit code 1"));
      await runner("three-0").wake("three-0");
      expect(container.starts).toBe(crash);
      const endedMs = nowMs;
      while (container.starts === crash) await toNextAlarm("three-0");
      waits.push((nowMs - endedMs) / second);
    }
    const said = error.mock.calls.filter(([line]) => String(line).includes("runnerKeepsDying"));
    error.mockRestore();
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128]);
    expect(said).toHaveLength(1);
  });

  it("for which there is no place is tried again later", async () => {
    await openTask();
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const container = await give("four-0", new FakeContainer());
    container.refusesToStart = true;
    await runner("four-0").wake("four-0");
    expect(await toNextAlarm("four-0")).toBe(2 * second);
    container.refusesToStart = false;
    await toNextAlarm("four-0");
    error.mockRestore();
    expect([container.starts, container.running]).toEqual([3, true]);
  });

  it("is ended when the board is empty, and its object sleeps", async () => {
    await openTask();
    const container = await give("five-0", new FakeContainer());
    await runner("five-0").wake("five-0");
    expect(await toNextAlarm("five-0")).toBe(60 * second);
    expect(container.running).toBe(true);
    await board().cancel(videoId);
    await toNextAlarm("five-0");
    expect(container.calls.at(-1)).toBe("signal 15");
    while ((await alarmOf("five-0")) !== null) await toNextAlarm("five-0");
    expect([container.starts, container.running]).toEqual([1, false]);
  });

  it("is one too many while others suffice: it ends when its task is done, not in the middle", async () => {
    await openTask();
    const container = await give("six-7", new FakeContainer());
    await runner("six-7").wake("six-7");
    container.health = "busy";
    await toNextAlarm("six-7");
    await toNextAlarm("six-7");
    expect(container.running).toBe(true);
    container.health = "idle";
    await toNextAlarm("six-7");
    expect(container.calls.at(-1)).toBe("signal 15");
  });

  it("that does not listen to SIGTERM is ended for good at the next check", async () => {
    const container = await give("seven-0", new FakeContainer());
    container.deaf = true;
    await runner("seven-0").wake("seven-0");
    await toNextAlarm("seven-0");
    expect(container.running).toBe(true);
    await toNextAlarm("seven-0");
    expect([container.calls.at(-1), container.running]).toEqual(["destroy", false]);
  });

  it("that is silent for five checks is ended and started anew; a word in between forgives", async () => {
    await openTask();
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const container = await give("eight-0", new FakeContainer());
    await runner("eight-0").wake("eight-0");
    for (const health of ["silent", "silent", "silent", "silent", "busy"] as const) {
      container.health = health;
      await toNextAlarm("eight-0");
    }
    expect(container.calls).not.toContain("destroy");
    container.health = "silent";
    for (let check = 0; check < 5; check++) await toNextAlarm("eight-0");
    error.mockRestore();
    expect(container.calls).toContain("destroy");
    expect(container.starts).toBe(2);
  });

  it("goes on when only the watch over it ends, and is watched again", async () => {
    await openTask();
    const container = await give("nine-0", new FakeContainer());
    await runner("nine-0").wake("nine-0");
    await runInDurableObject(runner("nine-0"), () => container.endWatch());
    await toNextAlarm("nine-0");
    expect(container.starts).toBe(1);
    nowMs += 100 * second;
    await exit("nine-0", container);
    await toNextAlarm("nine-0");
    expect(container.starts).toBe(2);
  });

  it("outlives its object: evicted, it knows what runs, and notices what ended meanwhile", async () => {
    await openTask();
    const container = await give("ten-0", new FakeContainer());
    await runner("ten-0").wake("ten-0");
    await evicted("ten-0", container);
    await give("ten-0", container);
    await toNextAlarm("ten-0");
    expect(container.starts).toBe(1);
    // Nobody is told.
    container.running = false;
    await toNextAlarm("ten-0");
    expect([container.starts, container.running]).toEqual([2, true]);
  });
});
