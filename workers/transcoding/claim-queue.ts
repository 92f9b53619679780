// The tasks that wait, in the order of claim-order.ts. A claim is a few steps down indexes, however many tasks
// there are: the creator whose turn it is, then that creator's first task. A `flows` row says that a creator may have
// tasks of a class; one that turns out to have none is dropped when it is found.
import { afterClaim, isAgedTurn, priorities, type Codec } from "./claim-order.ts";
import type { TaskKind } from "./board.ts";
import type { Figures } from "./figures.ts";
import type { RunnerScope } from "./runner-scope.ts";

export interface Wanted {
  readonly instance?: string | undefined;
  readonly codecs: readonly Codec[];
  readonly scope?: RunnerScope;
}

type ClassRow = { class: string; kind: TaskKind; needs: string };
type Flow = { priority: number; creator: string };

const inOrder = "lane, submitted_ms, rank";

export class ClaimQueue {
  readonly #sql: SqlStorage;
  readonly #figures: Figures;

  constructor(sql: SqlStorage, figures: Figures) {
    this.#sql = sql;
    this.#figures = figures;
  }

  #all<T extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): T[] {
    return this.#sql.exec<T>(query, ...bindings).toArray();
  }

  #id(query: string, ...bindings: SqlStorageValue[]): string | null {
    return this.#all<{ id: string }>(query, ...bindings)[0]?.id ?? null;
  }

  /** The task that such a runner is given now. */
  next(wanted: Wanted, nowMs: number): string | null {
    if (this.#figures.get("paused") === 1) return null;
    this.#gather(nowMs);
    const { scope } = wanted;
    const classes = this.#classesFor(wanted);
    if (classes === null) return null;
    if (scope?.videoId != null) return this.#ofVideo(scope.videoId, scope.creator, classes);
    if (scope?.creator != null) return this.#ofCreator(scope.creator, classes);
    const kept = this.#keptFor(wanted.instance ?? null, classes);
    if (kept !== null) return kept;
    const overdue = isAgedTurn(this.#figures.get("claims")) ? this.#overdue(classes, nowMs) : null;
    return overdue ?? this.#byShare(classes);
  }

  isKeptFor(instance: string): boolean {
    return (
      this.#all("SELECT 1 FROM tasks WHERE place = 'kept' AND kept_for = ? LIMIT 1", instance).length > 0
    );
  }

  /** The claim of a task is charged to its creator. */
  charge(taskId: string): void {
    const [task] = this.#all<Flow & { weight: number }>(
      "SELECT priority, creator, weight FROM tasks WHERE id = ?",
      taskId,
    );
    if (task === undefined) return;
    const { priority, creator, weight } = task;
    const before = this.#turn(priority, creator);
    const { level, turn } = afterClaim(before, this.#level(priority), weight);
    this.#figures.set(`level ${priority}`, level);
    this.#figures.set("claims", this.#figures.get("claims") + 1);
    this.#sql.exec("INSERT OR REPLACE INTO shares VALUES (?, ?, ?)", priority, creator, turn);
    this.#sql.exec("UPDATE flows SET turn = ? WHERE priority = ? AND creator = ?", turn, priority, creator);
  }

  /** Who is no further than those who come anew need not be remembered. */
  prune(): void {
    for (const priority of priorities.keys()) {
      this.#sql.exec(
        "DELETE FROM shares WHERE priority = ? AND turn <= ?",
        ...[priority, this.#level(priority)],
      );
    }
  }

  /** What its file waits for on that instance's disk. It was in turn when it was kept. */
  #keptFor(instance: string | null, classes: string): string | null {
    return this.#id(
      `SELECT id FROM tasks WHERE place = 'kept' AND kept_for = ? AND class IN (SELECT value FROM json_each(?))
       ORDER BY ${inOrder} LIMIT 1`,
      instance,
      classes,
    );
  }

  /** What need not wait any longer. */
  #gather(nowMs: number): void {
    const over = ["place = 'soon' AND due_ms <= ?", "place = 'kept' AND kept_until_ms <= ?"];
    const come = over.flatMap((condition) =>
      this.#all<Flow & { class: string }>(
        `UPDATE tasks SET place = 'queue' WHERE ${condition} RETURNING priority, creator, class`,
        nowMs,
      ),
    );
    const flows = new Map(come.map((row) => [`${row.priority} ${row.class} ${row.creator}`, row]));
    for (const { priority, creator, class: taskClass } of flows.values()) {
      const turn = Math.max(this.#turn(priority, creator), this.#level(priority));
      this.#sql.exec("INSERT OR IGNORE INTO flows VALUES (?, ?, ?, ?)", priority, creator, taskClass, turn);
    }
  }

  /** As JSON; null where there is none. */
  #classesFor({ codecs, scope }: Wanted): string | null {
    const rows = this.#all<ClassRow>("SELECT class, kind, needs FROM classes");
    const fit = rows.filter(
      ({ kind, needs }) =>
        (scope?.kinds ?? [kind]).includes(kind) &&
        (JSON.parse(needs) as Codec[]).every((codec) => codecs.includes(codec)),
    );
    return fit.length === 0 ? null : JSON.stringify(fit.map((row) => row.class));
  }

  #overdue(classes: string, nowMs: number): string | null {
    return this.#firstOf(
      `SELECT id FROM tasks WHERE place = 'queue' AND class = each.value AND overdue_ms <= ?2
       ORDER BY overdue_ms, lane, rank LIMIT 1`,
      "overdue_ms, lane, rank",
      classes,
      nowMs,
    );
  }

  #byShare(classes: string): string | null {
    for (const priority of priorities.keys()) {
      for (;;) {
        const creator = this.#creatorInTurn(priority, classes);
        if (creator === null) break;
        const task = this.#firstOfFlow(priority, creator, classes);
        if (task !== null) return task;
        this.#sql.exec(
          `DELETE FROM flows WHERE priority = ? AND creator = ? AND class IN (SELECT value FROM json_each(?))`,
          ...[priority, creator, classes],
        );
      }
    }
    return null;
  }

  #creatorInTurn(priority: number, classes: string): string | null {
    const heads = this.#all<{ head: string | null }>(
      `SELECT (SELECT json_array(turn, creator) FROM flows WHERE priority = ?2 AND class = each.value
         ORDER BY turn LIMIT 1) AS head FROM json_each(?1) AS each`,
      classes,
      priority,
    );
    const first = heads
      .flatMap(({ head }) => (head === null ? [] : [JSON.parse(head) as [turn: number, creator: string]]))
      .reduce<[number, string] | null>(
        (best, each) => (best !== null && best[0] <= each[0] ? best : each),
        null,
      );
    return first?.[1] ?? null;
  }

  #firstOfFlow(priority: number, creator: string, classes: string): string | null {
    return this.#firstOf(
      `SELECT id FROM tasks WHERE place = 'queue' AND priority = ?2 AND creator = ?3 AND class = each.value
       ORDER BY ${inOrder} LIMIT 1`,
      inOrder,
      classes,
      priority,
      creator,
    );
  }

  /** Of the first task of each class, the first. */
  #firstOf(
    firstOfClass: string,
    order: string,
    classes: string,
    ...bindings: SqlStorageValue[]
  ): string | null {
    return this.#id(
      `SELECT id FROM tasks WHERE id IN (SELECT (${firstOfClass}) FROM json_each(?1) AS each)
       ORDER BY ${order} LIMIT 1`,
      classes,
      ...bindings,
    );
  }

  #ofCreator(creator: string, classes: string): string | null {
    for (const priority of priorities.keys()) {
      const task = this.#firstOfFlow(priority, creator, classes);
      if (task !== null) return task;
    }
    return null;
  }

  /** A runner that is there for one video looks through that video's tasks. */
  #ofVideo(videoId: string, creator: string | null, classes: string): string | null {
    return this.#id(
      `SELECT tasks.id FROM jobs JOIN tasks ON tasks.job = jobs.id
       WHERE jobs.video_id = ? AND tasks.phase = 'ready' AND tasks.place = 'queue'
         AND tasks.class IN (SELECT value FROM json_each(?)) AND (?3 IS NULL OR tasks.creator = ?3)
       ORDER BY tasks.lane, tasks.submitted_ms, tasks.rank LIMIT 1`,
      videoId,
      classes,
      creator,
    );
  }

  #turn(priority: number, creator: string): number {
    const query = "SELECT turn FROM shares WHERE priority = ? AND creator = ?";
    return this.#all<{ turn: number }>(query, priority, creator)[0]?.turn ?? 0;
  }

  #level(priority: number): number {
    return this.#figures.get(`level ${priority}`);
  }
}
