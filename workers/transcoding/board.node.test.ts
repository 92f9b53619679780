import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  claim,
  complete,
  deliver,
  expire,
  fail,
  heartbeat,
  holds,
  isClaimable,
  leaseSeconds,
  maxFailures,
  maxLapses,
  newTask,
  type TaskState,
} from "./board.ts";

const leaseMs = leaseSeconds * 1000;

type Step =
  | { readonly kind: "claim"; readonly task: number }
  | { readonly kind: "expire"; readonly task: number }
  | { readonly kind: "beat" | "report" | "complete"; readonly task: number; readonly behind: number }
  | {
      readonly kind: "fail";
      readonly task: number;
      readonly behind: number;
      readonly blame: "runner" | "handback";
    }
  | { readonly kind: "wait"; readonly ms: number };

const taskIndex = fc.nat({ max: 3 });
/** How many attempts ago the one who speaks held the task; 0 is the current one. */
const behind = fc.nat({ max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("claim" as const), task: taskIndex }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("expire" as const), task: taskIndex }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("beat" as const), task: taskIndex, behind }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("report" as const), task: taskIndex, behind }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("complete" as const), task: taskIndex, behind }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("fail" as const),
      task: taskIndex,
      behind,
      blame: fc.constantFrom("runner" as const, "handback" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.nat({ max: 2 * leaseMs }) }),
  },
);

/** A board with what a scheduler would keep beside the task: which chunks were accepted, and from whom. */
class Model {
  nowMs = 1_000;
  readonly tasks: TaskState[];
  readonly accepted: number[][];
  readonly claimed: number[][];

  constructor(chunkCounts: readonly number[]) {
    this.tasks = chunkCounts.map((count) => newTask(count));
    this.accepted = chunkCounts.map(() => []);
    this.claimed = chunkCounts.map(() => []);
  }

  at(index: number): TaskState {
    const task = this.tasks[index];
    if (task === undefined) throw new Error(`no task ${index}`);
    return task;
  }

  apply(step: Step): void {
    if (step.kind === "wait") {
      this.nowMs += step.ms;
      return;
    }
    const before = this.at(step.task);
    const set = (after: TaskState) => (this.tasks[step.task] = after);
    if (step.kind === "claim") {
      if (isClaimable(before, this.nowMs)) {
        const after = set(claim(before, this.nowMs));
        this.claimed[step.task]?.push(after.attempt);
      }
      return;
    }
    if (step.kind === "expire") {
      const held = before.phase === "leased" && before.dueAtMs > this.nowMs;
      const after = set(expire(before, this.nowMs));
      if (held) expect(after).toEqual(before);
      return;
    }
    const attempt = before.attempt - step.behind;
    const current = before.phase === "leased" && step.behind === 0;
    switch (step.kind) {
      case "beat": {
        const result = heartbeat(before, attempt, this.nowMs);
        expect(result.ok).toBe(current);
        if (result.ok) set(result.value);
        return;
      }
      case "report": {
        if (holds(before, attempt) && before.undelivered === 0) return;
        const result = deliver(before, attempt, this.nowMs);
        expect(result.ok).toBe(current);
        if (!result.ok) return;
        this.accepted[step.task]?.push(attempt);
        set(result.value);
        return;
      }
      case "complete": {
        const result = complete(before, attempt);
        const repeated = before.phase === "done" && step.behind === 0;
        expect(result.ok).toBe((current && before.undelivered === 0) || repeated);
        if (result.ok) set(result.value);
        return;
      }
      case "fail": {
        const result = fail(before, attempt, step.blame, this.nowMs);
        expect(result.ok).toBe(current);
        if (result.ok) set(result.value);
        return;
      }
    }
  }

  /** Whoever is still owed work gets an honest runner, which claims, delivers and completes. */
  finish(): void {
    for (const [index] of this.tasks.entries()) {
      this.nowMs += 10 * leaseMs;
      let task = expire(this.at(index), this.nowMs);
      this.nowMs += 10 * leaseMs;
      if (task.phase === "ready") {
        task = claim(task, this.nowMs);
        while (task.undelivered > 0) {
          const delivered = deliver(task, task.attempt, this.nowMs);
          if (!delivered.ok) throw new Error("the holder was refused");
          this.accepted[index]?.push(task.attempt);
          task = delivered.value;
        }
        const finished = complete(task, task.attempt);
        if (!finished.ok) throw new Error("the holder was refused");
        task = finished.value;
      }
      this.tasks[index] = task;
    }
  }
}

describe("the task board", () => {
  it("loses no task, accepts nothing twice and always refuses a stale attempt, in any order of events", () => {
    const counts = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(counts, fc.array(step, { maxLength: 120 }), (chunkCounts, steps) => {
        const model = new Model(chunkCounts);
        for (const each of steps) model.apply(each);
        model.finish();
        for (const [index, task] of model.tasks.entries()) {
          const accepted = model.accepted[index] ?? [];
          expect(["done", "dead"]).toContain(task.phase);
          expect(accepted.length + task.undelivered).toBe(chunkCounts[index]);
          if (task.phase === "done") expect(task.undelivered).toBe(0);
          if (task.phase === "dead") {
            expect(task.failures === maxFailures || task.lapses === maxLapses).toBe(true);
          }
          // Attempts are handed out once each and in order, and results come from them in that order.
          expect(model.claimed[index]).toEqual(model.claimed[index]?.map((_, at) => at + 1));
          expect(accepted).toEqual([...accepted].sort((a, b) => a - b));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("gives up after four failures, waiting longer before each retry", () => {
    let task = newTask(1);
    let nowMs = 0;
    const waits: number[] = [];
    for (let round = 1; round <= maxFailures; round++) {
      const failed = fail(claim(task, nowMs), round, "runner", nowMs);
      if (!failed.ok) throw new Error(failed.reason);
      task = failed.value;
      expect(task).toMatchObject({ phase: round < maxFailures ? "ready" : "dead", failures: round });
      if (task.phase === "ready") waits.push(task.dueAtMs - nowMs);
      nowMs = task.dueAtMs;
    }
    expect(waits).toEqual([2_000, 8_000, 30_000]);
  });

  it("bears more leases that ran out than failures, but not without end", () => {
    let task = newTask(1);
    let nowMs = 0;
    for (let round = 1; round <= maxLapses; round++) {
      task = expire(claim(task, nowMs), nowMs + leaseMs);
      expect(task).toMatchObject({ phase: round < maxLapses ? "ready" : "dead", lapses: round, failures: 0 });
      expect(task.dueAtMs - nowMs - leaseMs).toBeLessThanOrEqual(30_000);
      nowMs = task.dueAtMs;
    }
    expect(maxLapses).toBeGreaterThan(maxFailures);
  });

  it("gives a task that was handed back to the next runner at once, and doesn't call it a failure", () => {
    const held = claim(newTask(1), 5);
    expect(fail(held, 1, "handback", 9)).toEqual({
      ok: true,
      value: { phase: "ready", attempt: 1, failures: 0, lapses: 0, dueAtMs: 9, undelivered: 1 },
    });
  });

  it("does not retry what the source is to blame for", () => {
    const failed = fail(claim(newTask(1), 5), 1, "source", 9);
    expect(failed).toMatchObject({ ok: true, value: { phase: "dead" } });
  });

  it("takes a task whose every chunk was accepted as done when its runner dies before saying so", () => {
    const delivered = deliver(claim(newTask(1), 0), 1, 10);
    if (!delivered.ok) throw new Error(delivered.reason);
    expect(expire(delivered.value, 10 + leaseMs)).toMatchObject({ phase: "done", failures: 0 });
  });

  it("refuses completion before every chunk was accepted", () => {
    expect(complete(claim(newTask(2), 0), 1)).toEqual({ ok: false, reason: "incomplete" });
  });
});
