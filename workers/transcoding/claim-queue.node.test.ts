import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memorySql } from "../testing/memory-sql.ts";
import { BoardRows } from "./board-rows.ts";
import type { NewJob } from "./job-rows.ts";
import { claim, complete, deliver, newTask } from "./board.ts";
import { agedEvery, overdueAtMs, priorities, type Codec } from "./claim-order.ts";
import { ClaimQueue, type Wanted } from "./claim-queue.ts";
import { Figures } from "./figures.ts";
import type { Priority } from "./priority.ts";
import { builtInProfiles } from "./profile.ts";

const all: Wanted = { codecs: ["h264", "av1", "aac", "opus"] };

interface Given {
  readonly priority: Priority;
  readonly creator: string;
  readonly weight: number;
  readonly needs?: readonly Codec[];
  readonly lane?: number;
  readonly rank?: number;
}

class Board {
  nowMs = 0;
  readonly rows: BoardRows;
  readonly figures: Figures;
  readonly queue: ClaimQueue;
  #count = 0;

  constructor() {
    const sql = memorySql();
    this.rows = new BoardRows(sql);
    this.figures = new Figures(sql);
    this.queue = new ClaimQueue(sql, this.figures);
  }

  job(id: string, priority: Priority, creator: string | null): NewJob {
    const settings = { priority, creator, profile: builtInProfiles.standard, playsAlready: false };
    const source = { key: "k", sizeBytes: 1 };
    const job = { id: `${id}/1`, videoId: id, version: 1, source, settings, submittedAtMs: this.nowMs };
    this.rows.addJob(job);
    return job;
  }

  add({ priority, creator, weight, needs = ["h264"], lane = 3, rank = 0 }: Given, job?: NewJob): string {
    const id = `t${String(this.#count++).padStart(6, "0")}`;
    this.rows.addTask(
      { id, kind: "video", chunk: 0, track: "", lane, rank, weight, needs, state: newTask(1) },
      job ?? this.job(id, priority, creator),
    );
    return id;
  }

  /** A runner that does what it is given, at once. */
  take(wanted = all): string | null {
    const id = this.queue.next(wanted, this.nowMs);
    const task = id === null ? null : this.rows.task(id);
    if (id === null || task === null) return null;
    const leased = claim(task.state, this.nowMs);
    this.queue.charge(id);
    const delivered = deliver(leased, leased.attempt, this.nowMs);
    const done = delivered.ok ? complete(delivered.value, leased.attempt) : delivered;
    if (!done.ok) throw new Error(done.reason);
    this.rows.setTask(id, done.value);
    return id;
  }
}

const given = fc.record({
  priority: fc.constantFrom(...priorities),
  creator: fc.constantFrom("", "a", "b", "c", "d"),
  weight: fc.integer({ min: 0, max: 2_000 }),
});

describe("ageing", () => {
  it("lets no task wait for more than four claims for each that was overdue before it, whatever comes after", () => {
    const arrivals = fc.array(
      fc.record({ tasks: fc.array(given, { maxLength: 4 }), waitMs: fc.nat(400_000) }),
      {
        minLength: 20,
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(arrivals, (steps) => {
        const board = new Board();
        const waiting = new Map<string, { readonly overdueMs: number; claimsLeft: number | null }>();
        const claimOne = () => {
          const taken = board.take();
          if (taken === null) return false;
          waiting.delete(taken);
          for (const task of waiting.values()) if (task.claimsLeft !== null) task.claimsLeft -= 1;
          for (const [id, { claimsLeft }] of waiting) expect(claimsLeft ?? 1, id).toBeGreaterThan(0);
          return true;
        };
        const look = () => {
          for (const task of waiting.values()) {
            if (task.claimsLeft !== null || task.overdueMs > board.nowMs) continue;
            const before = [...waiting.values()].filter((other) => other.overdueMs <= task.overdueMs);
            task.claimsLeft = agedEvery * before.length + 1;
          }
        };
        for (const { tasks, waitMs } of steps) {
          for (const task of tasks) {
            const overdueMs = overdueAtMs(task.priority, board.nowMs);
            waiting.set(board.add(task), { overdueMs, claimsLeft: null });
          }
          board.nowMs += waitMs;
          look();
          claimOne();
        }
        while (claimOne()) look();
        expect(waiting.size).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  it("serves a low task in time though a high one comes for every claim", () => {
    const board = new Board();
    const low = board.add({ priority: "low", creator: "poor", weight: 100 });
    let servedAtMs = -1;
    for (let claims = 0; claims < 2_000 && servedAtMs < 0; claims++) {
      board.nowMs += 1_000;
      board.add({ priority: "high", creator: `rich ${claims}`, weight: 100 });
      if (board.take() === low) servedAtMs = board.nowMs;
    }
    expect(servedAtMs).toBeGreaterThanOrEqual(overdueAtMs("low", 0));
    expect(servedAtMs).toBeLessThanOrEqual(overdueAtMs("low", 0) + agedEvery * 1_000);
  });
});

describe("fair share", () => {
  it("gives creators of one priority equal work while they have any, to within two tasks", () => {
    const weights = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 40, maxLength: 80 });
    fc.assert(
      fc.property(fc.array(weights, { minLength: 2, maxLength: 5 }), (creators) => {
        const board = new Board();
        const owners = new Map<string, { readonly creator: number; readonly cost: number }>();
        for (const [creator, tasks] of creators.entries()) {
          for (const weight of tasks) {
            const id = board.add({ priority: "normal", creator: `c${creator}`, weight });
            owners.set(id, { creator, cost: weight + 50 });
          }
        }
        const worked = creators.map(() => 0);
        const left = creators.map((tasks) => tasks.length);
        while (left.every((count) => count > 0)) {
          const owner = owners.get(board.take() ?? "");
          if (owner === undefined) throw new Error("nothing to take");
          worked[owner.creator] = (worked[owner.creator] ?? 0) + owner.cost;
          left[owner.creator] = (left[owner.creator] ?? 0) - 1;
          expect(Math.max(...worked) - Math.min(...worked)).toBeLessThanOrEqual(2 * 2_050);
        }
      }),
      { numRuns: 15 },
    );
  });

  it("lets somebody new begin where the others are, neither before nor behind them", () => {
    const board = new Board();
    for (let index = 0; index < 40; index++) board.add({ priority: "normal", creator: "old", weight: 100 });
    for (let index = 0; index < 20; index++) board.take();
    const own = new Set(
      Array.from({ length: 10 }, () => board.add({ priority: "normal", creator: "new", weight: 100 })),
    );
    const order = Array.from({ length: 10 }, () => own.has(board.take() ?? ""));
    const served = order.filter(Boolean).length;
    expect(served).toBeGreaterThanOrEqual(4);
    expect(served).toBeLessThanOrEqual(6);
  });

  it("does not favour who brings tasks one at a time", () => {
    const board = new Board();
    for (let index = 0; index < 60; index++) board.add({ priority: "normal", creator: "all", weight: 100 });
    let single = 0;
    let open: string | null = null;
    for (let claims = 0; claims < 40; claims++) {
      open ??= board.add({ priority: "normal", creator: "one", weight: 100 });
      if (board.take() === open) {
        single += 1;
        open = null;
      }
    }
    expect(single).toBeGreaterThanOrEqual(19);
    expect(single).toBeLessThanOrEqual(21);
  });
});

describe("a claim", () => {
  it("takes high before normal before low, while nothing is overdue", () => {
    const board = new Board();
    const ids = (["low", "normal", "high"] as const).map((priority) =>
      board.add({ priority, creator: priority, weight: 1 }),
    );
    expect([board.take(), board.take(), board.take()]).toEqual(ids.toReversed());
  });

  it("takes of one creator what makes a video playable first, then the older video, then by rank", () => {
    const board = new Board();
    const old = board.job("old", "normal", "a");
    board.nowMs = 10;
    const young = board.job("young", "normal", "a");
    const base = { priority: "normal", creator: "a", weight: 1 } as const;
    const youngFirst = board.add({ ...base, lane: 1 }, young);
    const oldSecond = board.add({ ...base, lane: 3, rank: 2 }, old);
    const oldFirst = board.add({ ...base, lane: 3, rank: 1 }, old);
    const youngRest = board.add({ ...base, lane: 3, rank: 1 }, young);
    const order = Array.from({ length: 4 }, () => board.take());
    expect(order).toEqual([youngFirst, oldFirst, oldSecond, youngRest]);
  });

  it("gives a runner only what it can encode, and the rest to the others", () => {
    const board = new Board();
    const av1 = board.add({ priority: "high", creator: "a", weight: 1, needs: ["av1", "h264"] });
    const h264 = board.add({ priority: "low", creator: "a", weight: 1 });
    expect(board.take({ codecs: ["h264", "aac"] })).toBe(h264);
    expect(board.take({ codecs: ["h264", "aac"] })).toBeNull();
    expect(board.take()).toBe(av1);
  });

  it("keeps to the video, the creator and the kinds that its token is for", () => {
    const board = new Board();
    const scope = { tokenId: "t", kinds: null, videoId: null, creator: null };
    const mine = board.add({ priority: "low", creator: "mine", weight: 1 });
    board.add({ priority: "high", creator: "other", weight: 1 });
    expect(board.take({ ...all, scope: { ...scope, kinds: ["audio"] } })).toBeNull();
    expect(board.take({ ...all, scope: { ...scope, creator: "nobody" } })).toBeNull();
    expect(board.take({ ...all, scope: { ...scope, videoId: mine, creator: "other" } })).toBeNull();
    expect(board.take({ ...all, scope: { ...scope, creator: "mine" } })).toBe(mine);
    const named = board.add({ priority: "low", creator: "mine", weight: 1 });
    expect(board.take({ ...all, scope: { ...scope, videoId: named } })).toBe(named);
  });

  it("takes nothing of a paused video, and nothing at all of a paused board", () => {
    const board = new Board();
    const held = board.add({ priority: "high", creator: "a", weight: 1 });
    const free = board.add({ priority: "low", creator: "a", weight: 1 });
    board.rows.setPaused(`${held}/1`, true);
    board.figures.set("paused", 1);
    expect(board.take()).toBeNull();
    board.figures.set("paused", 0);
    expect(board.take()).toBe(free);
    expect(board.take()).toBeNull();
    board.rows.setPaused(`${held}/1`, false);
    expect(board.take()).toBe(held);
  });
});
