// A local stack outlives its runtime, even one that dies while it is being started again.
import { afterAll, beforeAll, expect, test } from "vitest";
import { killWorker, workerPids } from "../scripts/proof/kill.ts";
import { startTestStack, type TestStack } from "./stack.ts";

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack({ runners: 0, web: false });
});

afterAll(async () => {
  await stack?.stop();
});

test("a Worker that is killed again while it starts comes back on the same port, and it is said", async () => {
  const first = workerPids();
  killWorker();
  const isNew = () => workerPids().some((pid) => !first.includes(pid));
  await expect.poll(isNew, { timeout: 10_000, interval: 1 }).toBe(true);
  killWorker();
  const status = async () => (await fetch(`${stack.url}/healthz`).catch(() => null))?.status;
  await expect.poll(status, { timeout: 20_000 }).toBe(200);
  await expect
    .poll(() => stack.notices.join("\n"), { timeout: 5_000 })
    .toMatch(/workerd.* died, pid \d+ by signal SIGKILL/);
});
