// The last events, in the order in which they came.
import type { StoredEvent, VideoEvent } from "./contract.ts";

export const rememberedEvents = 500;

const schema = `
  CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, once TEXT UNIQUE, event TEXT NOT NULL
  );
`;

export class EventLog {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(schema);
  }

  /** Null: it was there before. */
  add(event: VideoEvent, once: string | null): StoredEvent | null {
    const [added] = this.#sql
      .exec<{ sequence: number }>(
        "INSERT OR IGNORE INTO events (once, event) VALUES (?, ?) RETURNING sequence",
        ...[once, JSON.stringify(event)],
      )
      .toArray();
    if (added === undefined) return null;
    this.#sql.exec("DELETE FROM events WHERE sequence <= ?", added.sequence - rememberedEvents);
    return { sequence: added.sequence, event };
  }

  since(sequence: number): readonly StoredEvent[] {
    return this.#sql
      .exec<{ sequence: number; event: string }>(
        "SELECT sequence, event FROM events WHERE sequence > ? ORDER BY sequence",
        sequence,
      )
      .toArray()
      .map((row) => ({ sequence: row.sequence, event: JSON.parse(row.event) as VideoEvent }));
  }
}
