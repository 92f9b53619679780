// What of a job's media was accepted: init segments, chunk objects, texts, and which chunks viewers were given.
// Rows of the scheduler; synchronous; every decision is made elsewhere.
import type { Format } from "#workers/timeline/timeline.ts";
import type { PlannedSubtitles } from "./plan-subtitles.ts";

export interface StoredTrack {
  readonly track: string;
  readonly init: Uint8Array;
  readonly format: Format;
}

/** An accepted chunk object of one track. */
export interface Part {
  readonly track: string;
  readonly chunk: number;
  readonly attempt: number;
  /** A chunk index of this one part. */
  readonly index: Uint8Array;
}

/** An accepted text. */
export interface Text extends PlannedSubtitles {
  readonly attempt: number;
}

const schema = `
  CREATE TABLE IF NOT EXISTS tracks (
    job TEXT NOT NULL, track TEXT NOT NULL, init BLOB NOT NULL, format TEXT NOT NULL,
    stored INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (job, track)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS parts (
    job TEXT NOT NULL, chunk INTEGER NOT NULL, track TEXT NOT NULL, attempt INTEGER NOT NULL,
    index_blob BLOB NOT NULL,
    PRIMARY KEY (job, chunk, track)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS published (
    job TEXT NOT NULL, chunk INTEGER NOT NULL, PRIMARY KEY (job, chunk)
  ) WITHOUT ROWID;
  -- Jobs of whose first chunk viewers were given the tracks that were made first.
  CREATE TABLE IF NOT EXISTS begun (job TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS texts (
    job TEXT NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL, stored INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (job, id)
  ) WITHOUT ROWID;
`;

// What the tables hold: own rows only, written by the methods below.
type TrackRow = { track: string; init: ArrayBuffer; format: string };
type PartRow = {
  track: string;
  chunk: number;
  attempt: number;
  index_blob: ArrayBuffer;
};

export class PartRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(schema);
  }

  #all<T extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): T[] {
    return this.#sql.exec<T>(query, ...bindings).toArray();
  }

  addTrack(jobId: string, track: StoredTrack): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO tracks (job, track, init, format) VALUES (?, ?, ?, ?)",
      jobId,
      track.track,
      track.init,
      JSON.stringify(track.format),
    );
  }

  track(jobId: string, track: string): StoredTrack | null {
    const row = this.#all<TrackRow>("SELECT * FROM tracks WHERE job = ? AND track = ?", jobId, track)[0];
    return row === undefined ? null : toTrack(row);
  }

  tracks(jobId: string): StoredTrack[] {
    return this.#all<TrackRow>("SELECT * FROM tracks WHERE job = ?", jobId).map(toTrack);
  }

  /** Tracks whose init segment is not known to be in R2. */
  unstoredTracks(jobId: string): StoredTrack[] {
    return this.#all<TrackRow>("SELECT * FROM tracks WHERE job = ? AND stored = 0", jobId).map(toTrack);
  }

  setTrackStored(jobId: string, track: string): void {
    this.#sql.exec("UPDATE tracks SET stored = 1 WHERE job = ? AND track = ?", jobId, track);
  }

  addPart(jobId: string, { chunk, track, attempt, index }: Part): void {
    this.#sql.exec(
      "INSERT INTO parts (job, chunk, track, attempt, index_blob) VALUES (?, ?, ?, ?, ?)",
      ...[jobId, chunk, track, attempt, index],
    );
  }

  part(jobId: string, track: string, chunk: number): Part | null {
    const query = "SELECT * FROM parts WHERE job = ? AND track = ? AND chunk = ?";
    const row = this.#all<PartRow>(query, jobId, track, chunk)[0];
    return row === undefined ? null : toPart(row);
  }

  partsOfChunk(jobId: string, chunk: number): Part[] {
    return this.#all<PartRow>("SELECT * FROM parts WHERE job = ? AND chunk = ?", jobId, chunk).map(toPart);
  }

  partsOfTrack(jobId: string, track: string): Part[] {
    const query = "SELECT * FROM parts WHERE job = ? AND track = ? ORDER BY chunk";
    return this.#all<PartRow>(query, jobId, track).map(toPart);
  }

  /** Chunks of which every track is accepted and that no viewer has seen yet, in order. */
  publishable(jobId: string, trackCount: number): number[] {
    const rows = this.#all<{ chunk: number }>(
      `SELECT chunk FROM parts WHERE job = ?1 AND chunk NOT IN (SELECT chunk FROM published WHERE job = ?1)
       GROUP BY chunk HAVING COUNT(*) = ?2 ORDER BY chunk`,
      jobId,
      trackCount,
    );
    return rows.map(({ chunk }) => chunk);
  }

  setPublished(jobId: string, chunk: number): void {
    this.#sql.exec("INSERT OR IGNORE INTO published (job, chunk) VALUES (?, ?)", jobId, chunk);
  }

  /** Was the first chunk given to viewers before it was whole? */
  hasBegun(jobId: string): boolean {
    return this.#all("SELECT 1 FROM begun WHERE job = ?", jobId).length > 0;
  }

  setBegun(jobId: string): void {
    this.#sql.exec("INSERT OR IGNORE INTO begun (job) VALUES (?)", jobId);
  }

  isPublished(jobId: string, chunk: number): boolean {
    return this.#all("SELECT 1 FROM published WHERE job = ? AND chunk = ?", jobId, chunk).length > 0;
  }

  addText(jobId: string, text: Text): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO texts (job, id, text) VALUES (?, ?, ?)",
      ...[jobId, text.id, JSON.stringify(text)],
    );
  }

  texts(jobId: string): Text[] {
    return this.#all<TextRow>("SELECT text FROM texts WHERE job = ? ORDER BY id", jobId).map(toText);
  }

  /** Texts that are not known to be in D1. */
  unstoredTexts(jobId: string): Text[] {
    const query = "SELECT text FROM texts WHERE job = ? AND stored = 0 ORDER BY id";
    return this.#all<TextRow>(query, jobId).map(toText);
  }

  setTextsStored(jobId: string): void {
    this.#sql.exec("UPDATE texts SET stored = 1 WHERE job = ?", jobId);
  }

  /** What viewers were given was taken from them with the failure; it is to be given again. */
  unpublish(jobId: string): void {
    for (const table of ["published", "begun"]) {
      this.#sql.exec(`DELETE FROM ${table} WHERE job = ?`, jobId);
    }
    this.#sql.exec("UPDATE texts SET stored = 0 WHERE job = ?", jobId);
  }

  drop(jobId: string): void {
    for (const table of ["tracks", "parts", "published", "begun", "texts"]) {
      this.#sql.exec(`DELETE FROM ${table} WHERE job = ?`, jobId);
    }
  }
}

type TextRow = { text: string };

function toText({ text }: TextRow): Text {
  return JSON.parse(text) as Text;
}

function toTrack({ track, init, format }: TrackRow): StoredTrack {
  return { track, init: new Uint8Array(init), format: JSON.parse(format) as Format };
}

function toPart(row: PartRow): Part {
  return {
    track: row.track,
    chunk: row.chunk,
    attempt: row.attempt,
    index: new Uint8Array(row.index_blob),
  };
}
