// The last events, in the order in which they came.
import type { KeptEvents, StoredEvent, VideoEvent } from "./live-contract.ts";

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
    // In what earlier deployments kept, the discriminator had another name.
    sql.exec(
      `UPDATE events SET event = json_remove(json_set(event, '$.type', event ->> '$.kind'), '$.kind')
       WHERE event ->> '$.type' IS NULL`,
    );
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

  /** `videoIds` null: of all videos. */
  read(after: number, videoIds: readonly string[] | null): KeptEvents {
    const { first, last } = this.#kept();
    const events = this.since(after).filter(
      ({ event }) => videoIds === null || videoIds.includes(event.videoId),
    );
    // A number that lies ahead is of another log, which this one has replaced.
    return { events, lastSequence: last, gap: after < first - 1 || after > last };
  }

  get lastSequence(): number {
    return this.#kept().last;
  }

  #kept(): { readonly first: number; readonly last: number } {
    return this.#sql
      .exec<{ first: number; last: number }>(
        "SELECT coalesce(min(sequence), 1) AS first, coalesce(max(sequence), 0) AS last FROM events",
      )
      .one();
  }
}
