// What a board of 10,000 tasks and 500 runners costs, counted by SQLite itself.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { log } from "#workers/http/log.ts";
import { boardContext, type BoardContext } from "./board-context.ts";
import { newTask } from "./board.ts";
import { priorities } from "./claim-order.ts";
import { TaskBoard } from "./task-board.ts";
import { builtInProfiles } from "./profile.ts";

const codecs = ["h264", "av1", "aac", "opus"] as const;

interface Cost {
  rowsRead: number;
  rowsWritten: number;
}

/** The same storage, with everything that is read and written counted. */
function counted(state: DurableObjectState, cost: Cost): DurableObjectState {
  const { sql } = state.storage;
  const exec = (query: string, ...bindings: SqlStorageValue[]) => {
    const cursor = sql.exec(query, ...bindings);
    const rows = cursor.toArray();
    cost.rowsRead += cursor.rowsRead;
    cost.rowsWritten += cursor.rowsWritten;
    return { toArray: () => rows };
  };
  const storage = new Proxy(state.storage, {
    get: (target, property) => {
      if (property === "sql") return { exec };
      const value: unknown = Reflect.get(target, property);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return new Proxy(state, {
    get: (target, property) => {
      if (property === "storage") return storage;
      const value: unknown = Reflect.get(target, property);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Jobs of ten tasks, of mixed priorities and fifty creators. */
function fill({ rows, nowMs }: BoardContext, taskCount: number): void {
  for (let at = 0; at < taskCount; at++) {
    const jobAt = Math.floor(at / 10);
    const settings = {
      priority: priorities[jobAt % 3] ?? "normal",
      creator: `creator ${jobAt % 50}`,
      profile: builtInProfiles.standard,
      playsAlready: false,
    };
    const id = `vid_${jobAt}/1`;
    const source = { key: "k", sizeBytes: 1 };
    const job = { id, videoId: `vid_${jobAt}`, version: 1, source, settings, submittedAtMs: nowMs() };
    if (at % 10 === 0) rows.addJob(job);
    const task = { kind: "probe", chunk: at % 10, track: "", lane: 3, rank: at % 10, weight: 600 } as const;
    rows.addTask({ id: `task ${at}`, ...task, needs: [], state: newTask(1) }, job);
  }
}

async function measured(
  taskCount: number,
  run: (
    board: TaskBoard,
    cost: Cost,
    turn: (ms: number) => void,
    restarted: () => TaskBoard,
  ) => Promise<void>,
): Promise<void> {
  const stub = env.SCHEDULER.getByName(`load ${taskCount} ${crypto.randomUUID()}`);
  await runInDurableObject(stub, async (_, state) => {
    const cost: Cost = { rowsRead: 0, rowsWritten: 0 };
    let nowMs = Date.now() + 1_000_000;
    // What it had in memory is gone each time.
    const restarted = () => new TaskBoard(counted(state, cost), env, () => nowMs);
    fill(
      boardContext(state, env, () => nowMs),
      taskCount,
    );
    await run(restarted(), cost, (ms) => (nowMs += ms), restarted);
  });
}

async function claimed(board: TaskBoard, runners: number) {
  const orders = [];
  for (let at = 0; at < runners; at++) {
    const order = await board.claim({ runnerId: `runner ${at}`, codecs: [...codecs], waitSeconds: 0 });
    if (order === null) throw new Error("nothing to claim");
    orders.push(order);
  }
  return orders;
}

describe("a board with many tasks", () => {
  it("gives out a task by as many steps of 10,000 as of 1,000, and few", async () => {
    const perClaim: number[] = [];
    for (const taskCount of [1_000, 10_000]) {
      await measured(taskCount, async (board, cost) => {
        // The first claim takes all that has come into the queue.
        await claimed(board, 1);
        cost.rowsRead = 0;
        cost.rowsWritten = 0;
        const fromMs = performance.now();
        await claimed(board, 400);
        const ms = (performance.now() - fromMs) / 400;
        perClaim.push(cost.rowsRead / 400);
        const [read, written] = [cost.rowsRead / 400, cost.rowsWritten / 400].map((rows) => rows.toFixed(1));
        log("info", "test.claims", { taskCount, read, written, ms: ms.toFixed(3) });
      });
    }
    expect(Math.max(...perClaim)).toBeLessThan(60);
    expect((perClaim[1] ?? 0) / (perClaim[0] ?? 1)).toBeLessThan(1.3);
  });

  it("writes a lease that is kept alive once in fifteen seconds, however often its runner beats", async () => {
    await measured(1_000, async (board, cost, turn) => {
      const orders = await claimed(board, 500);
      cost.rowsRead = 0;
      cost.rowsWritten = 0;
      for (let round = 1; round <= 12; round++) {
        turn(5_000);
        for (const { id, attempt } of orders) {
          expect(board.heartbeat(id, attempt, round / 12).ok).toBe(true);
        }
      }
      const beats = 12 * orders.length;
      log("info", "test.beats", { beats, read: cost.rowsRead / beats, written: cost.rowsWritten / beats });
      // One minute, four writes of a row and its index.
      expect(cost.rowsWritten).toBeLessThanOrEqual(orders.length * 4 * 2);
      await board.alarm();
      for (const { id, attempt } of orders) expect(board.mayWrite(id, attempt)).toBe(true);
    });
  });

  it("keeps a lease over an eviction for at least half of it after its runner was heard, and takes it then", async () => {
    await measured(10, async (board, _, turn, restarted) => {
      const [order] = await claimed(board, 1);
      if (order === undefined) throw new Error("no task");
      const { id, attempt } = order;
      // Not written down: less than half of the lease is over.
      turn(14_000);
      expect(board.heartbeat(id, attempt, 0.1).ok).toBe(true);
      turn(15_000);
      const after = restarted();
      await after.alarm();
      expect(after.heartbeat(id, attempt, 0.2).ok).toBe(true);
      turn(29_000);
      await after.alarm();
      expect(after.mayWrite(id, attempt)).toBe(true);
      turn(1_001);
      await after.alarm();
      expect(after.heartbeat(id, attempt, 0.3).ok).toBe(false);
    });
  });

  it("does not take a lease that was renewed since it was last written down", async () => {
    await measured(10, async (board, _, turn) => {
      const [order] = await claimed(board, 1);
      if (order === undefined) throw new Error("no task");
      turn(14_000);
      expect(board.heartbeat(order.id, order.attempt, 0.1).ok).toBe(true);
      turn(29_000);
      await board.alarm();
      expect(board.mayWrite(order.id, order.attempt)).toBe(true);
      turn(1_001);
      await board.alarm();
      expect(board.mayWrite(order.id, order.attempt)).toBe(false);
    });
  });

  it("takes the leases of 500 runners that die at once in one alarm, and gives their tasks out again", async () => {
    await measured(1_000, async (board, _, turn) => {
      const orders = await claimed(board, 500);
      turn(31_000);
      await board.alarm();
      expect(orders.some(({ id, attempt }) => board.mayWrite(id, attempt))).toBe(false);
      turn(5_000);
      const again = await claimed(board, 1_000);
      expect(new Set(again.map(({ id }) => id)).size).toBe(1_000);
    });
  });
});
