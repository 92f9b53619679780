import { expect, test } from "vitest";
import { gate } from "./gate.ts";

test("no more jobs than places run at a time, in the order they came, and a failed one gives its place on", async () => {
  const two = gate(2);
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const jobs = [0, 1, 2, 3].map((job) =>
    two.run(async () => {
      started.push(job);
      await new Promise<void>((end) => ends.push(end));
      if (job === 0) throw new Error("failed");
    }),
  );
  const settled = Promise.allSettled(jobs);
  expect(started).toEqual([0, 1]);
  ends[0]?.();
  await expect(jobs[0]).rejects.toThrow("failed");
  expect(started).toEqual([0, 1, 2]);
  ends[1]?.();
  await jobs[1];
  expect(started).toEqual([0, 1, 2, 3]);
  for (const end of ends) end();
  await settled;
});
