import { expect, it } from "vitest";
import type { Task } from "#workers/transcoding/contract.ts";
import { heldClaims } from "./held-claims.ts";

const wish = {
  runnerId: "r-0",
  cpus: 1,
  codecs: ["h264" as const],
  ffmpegVersion: "5",
  waitSeconds: 20,
};
const task: Task = {
  id: "tsk_1",
  attempt: 1,
  videoId: "vid_1",
  version: 1,
  leaseSeconds: 30,
  work: { kind: "probe", source: { url: "http://a/", sizeBytes: 1 } },
};

/** A Worker that holds a claim until it is left, and answers it then with `last`. */
function worker(last: Task | null, hears: boolean) {
  const said: string[] = [];
  let answer: (task: Task | null) => void = () => undefined;
  return {
    said,
    claim: (_: unknown, signal: AbortSignal) =>
      new Promise<Task | null>((resolve, reject) => {
        answer = resolve;
        signal.addEventListener("abort", () => reject(new Error("hung up")));
      }),
    leave: (runnerId: string) => {
      said.push(runnerId);
      if (!hears) return Promise.reject(new Error("unreachable"));
      answer(last);
      return Promise.resolve();
    },
  };
}

it("a claim that is answered with a task while the runner stops is heard, so that the task goes back", async () => {
  const stop = new AbortController();
  const client = worker(task, true);
  const claims = heldClaims(client, stop.signal, 1000);
  const claimed = claims.claim(wish);
  stop.abort();
  await claims.left();
  expect(client.said).toEqual(["r-0"]);
  expect(await claimed).toBe(task);
});

it("a claim is broken off when the Worker can't be told", async () => {
  const stop = new AbortController();
  const claims = heldClaims(worker(null, false), stop.signal, 1000);
  const claimed = claims.claim(wish);
  stop.abort();
  await expect(claimed).rejects.toThrow("hung up");
});

it("what is not held is not left", async () => {
  const stop = new AbortController();
  const client = worker(null, true);
  const claims = heldClaims(client, stop.signal, 1000);
  stop.abort();
  await claims.left();
  expect(client.said).toEqual([]);
});
