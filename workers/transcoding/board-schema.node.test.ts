import { describe, expect, it } from "vitest";
import { memorySql } from "../testing/memory-sql.ts";
import { BoardRows } from "./board-rows.ts";
import { ClaimQueue } from "./claim-queue.ts";
import { Figures } from "./figures.ts";

/** As the first boards were made. */
const firstTables = `
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY, video_id TEXT NOT NULL, version INTEGER NOT NULL, source TEXT NOT NULL,
    plan TEXT, failed TEXT, submitted_ms INTEGER NOT NULL, progress_sent_ms INTEGER NOT NULL DEFAULT 0,
    due_ms INTEGER, effect_failures INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE TABLE tasks (
    id TEXT PRIMARY KEY, job TEXT NOT NULL, kind TEXT NOT NULL, chunk INTEGER NOT NULL,
    lane INTEGER NOT NULL, submitted_ms INTEGER NOT NULL, rank INTEGER NOT NULL,
    phase TEXT NOT NULL, attempt INTEGER NOT NULL, failures INTEGER NOT NULL, due_ms INTEGER NOT NULL,
    undelivered INTEGER NOT NULL, runner TEXT, progress REAL NOT NULL DEFAULT 0, weight REAL NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX tasks_in_order ON tasks (phase, lane, submitted_ms, rank);
  CREATE INDEX tasks_by_job ON tasks (job);
  INSERT INTO jobs (id, video_id, version, source, submitted_ms)
    VALUES ('vid_a/1', 'vid_a', 1, '{"key":"k","sizeBytes":1}', 1000);
  INSERT INTO tasks VALUES ('done', 'vid_a/1', 'probe', 0, 0, 1000, 0, 'done', 1, 0, 0, 0, 'r', 1, 0);
  INSERT INTO tasks VALUES ('held', 'vid_a/1', 'video', 0, 1, 1000, 0, 'leased', 3, 1, 50000, 1, 'r', 0.5, 10);
  INSERT INTO tasks VALUES ('later', 'vid_a/1', 'video', 1, 3, 1000, 1, 'ready', 1, 1, 9000, 1, 'r', 0, 10);
  INSERT INTO tasks VALUES ('free', 'vid_a/1', 'video', 2, 3, 1000, 2, 'ready', 0, 0, 0, 1, NULL, 0, 10);
`;

function opened(sql: SqlStorage) {
  const rows = new BoardRows(sql);
  return { rows, queue: new ClaimQueue(sql, new Figures(sql)) };
}

describe("a board of before", () => {
  it("goes on with its jobs, leases and back-offs, by any runner", () => {
    const sql = memorySql();
    sql.exec(firstTables);
    const { rows, queue } = opened(sql);
    expect(rows.job("vid_a/1")).toMatchObject({
      settings: { creator: null, priority: "normal", playsAlready: false },
      ...{ paused: false, endedAtMs: null, reviving: false, life: 1 },
    });
    expect(rows.task("held")).toMatchObject({
      track: "",
      state: { phase: "leased", attempt: 3, failures: 1, lapses: 0, dueAtMs: 50_000 },
    });
    expect(rows.leasesOver(50_000).map(({ id }) => id)).toEqual(["held"]);
    expect(rows.nextDueMs(2_000)).toBe(9_000);
    expect(queue.next({ codecs: [] }, 2_000)).toBe("free");
    rows.setFailed("vid_a/1", { code: "encodeFailed", message: "" });
    expect(queue.next({ codecs: [] }, 10_000)).toBeNull();
  });

  it("is changed once, and stays as it is when it is opened again", () => {
    const sql = memorySql();
    sql.exec(firstTables);
    const { queue } = opened(sql);
    expect(queue.next({ codecs: [] }, 9_000)).toBe("later");
    const again = opened(sql);
    expect(again.rows.tasksOf("vid_a/1").map(({ id }) => id)).toEqual(["done", "held", "later", "free"]);
    expect(again.queue.next({ codecs: [] }, 9_000)).toBe("later");
    expect(again.rows.openTaskCount()).toBe(3);
  });
});
