// The only writer of a video's state. Statements, not calls: the caller commits them in one batch with
// whatever else the event changes. Each is guarded by the states that accept it, so late and repeated
// events are no-ops (`meta.changes` tells).
import type { Priority } from "#workers/transcoding/priority.ts";
import { passthrough, type Encoding } from "#workers/transcoding/profile.ts";
import { stateAfter, statesAccepting, type VideoErrorCode, type VideoEvent } from "./lifecycle.ts";

export interface SourceFacts {
  readonly durationSeconds: number;
  /** As displayed, after rotation; null for audio only. */
  readonly width: number | null;
  readonly height: number | null;
  /** "30000/1001"; null for audio only. */
  readonly frameRate: string | null;
}

/** A video, or the file that is to replace its own: what is encoded. */
export type EncodedTable = "videos" | "replacements";

function guard(event: VideoEvent["kind"]): string {
  const states = statesAccepting(event).map((state) => `'${state}'`);
  return `state IN (${states.join(", ")})`;
}

export function uploadCompleted(
  db: D1Database,
  videoId: string,
  source: { readonly name: string | null; readonly sizeBytes: number },
  nowMs: number,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE videos SET state = '${stateAfter("uploadCompleted")}', source_name = ?, source_size_bytes = ?,
       updated_at = ? WHERE id = ? AND ${guard("uploadCompleted")}`,
    )
    .bind(source.name, source.sizeBytes, nowMs, videoId);
}

/** The file that has arrived plays as it is. Without an encode to come, that is all there will be. */
export function foundPlayable(
  db: D1Database,
  videoId: string,
  facts: SourceFacts,
  isPassthrough: boolean,
  nowMs: number,
): D1PreparedStatement {
  const ready = isPassthrough ? `state = '${stateAfter("passedThrough")}', percent = 100,` : "";
  return db
    .prepare(
      `UPDATE videos SET ${ready} playable = 1, duration_seconds = ?, width = ?, height = ?, frame_rate = ?,
       updated_at = ? WHERE id = ? AND playable = 0 AND ${guard("passedThrough")}`,
    )
    .bind(facts.durationSeconds, facts.width, facts.height, facts.frameRate, nowMs, videoId);
}

/** A first look at the file's headers; the probe of its packets replaces it. */
export function inspected(
  db: D1Database,
  videoId: string,
  look: {
    readonly durationSeconds: number | null;
    readonly width: number | null;
    readonly height: number | null;
  },
  nowMs: number,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE videos SET duration_seconds = ?, width = ?, height = ?, updated_at = ?
       WHERE id = ? AND ${guard("planned")}`,
    )
    .bind(look.durationSeconds, look.width, look.height, nowMs, videoId);
}

export function planned(
  db: D1Database,
  videoId: string,
  version: number,
  facts: SourceFacts,
  nowMs: number,
  table: EncodedTable = "videos",
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE ${table} SET state = '${stateAfter("planned")}', duration_seconds = ?, width = ?, height = ?,
       frame_rate = ?, updated_at = ? WHERE id = ? AND version = ? AND ${guard("planned")}`,
    )
    .bind(facts.durationSeconds, facts.width, facts.height, facts.frameRate, nowMs, videoId, version);
}

/** Chunk 0 is there; later chunks alone play nothing. */
export function becamePlayable(
  db: D1Database,
  videoId: string,
  version: number,
  nowMs: number,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE videos SET playable = 1, updated_at = ?
       WHERE id = ? AND version = ? AND playable = 0 AND ${guard("chunkPublished")}`,
    )
    .bind(nowMs, videoId, version);
}

export function chunkPublished(
  db: D1Database,
  videoId: string,
  version: number,
  nowMs: number,
  table: EncodedTable = "videos",
): D1PreparedStatement {
  return db
    .prepare(`UPDATE ${table} SET updated_at = ? WHERE id = ? AND version = ? AND ${guard("chunkPublished")}`)
    .bind(nowMs, videoId, version);
}

export function progressed(
  db: D1Database,
  videoId: string,
  version: number,
  percent: number,
  nowMs: number,
  table: EncodedTable = "videos",
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE ${table} SET percent = MAX(percent, ?), updated_at = ?
       WHERE id = ? AND version = ? AND state = 'processing'`,
    )
    .bind(percent, nowMs, videoId, version);
}

export function sealed(db: D1Database, videoId: string, version: number, nowMs: number): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE videos SET state = '${stateAfter("sealed")}', playable = 1, percent = 100, updated_at = ?
       WHERE id = ? AND version = ? AND ${guard("sealed")}`,
    )
    .bind(nowMs, videoId, version);
}

/** The uploaded file that plays as it is goes on playing, whatever becomes of its encode. */
const fileStillPlays = `EXISTS (SELECT 1 FROM versions source WHERE source.video_id = videos.id
  AND source.version = videos.version - 1 AND source.kind = 'source')`;

export function failed(
  db: D1Database,
  videoId: string,
  error: { readonly code: VideoErrorCode; readonly message: string },
  nowMs: number,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE videos SET state = '${stateAfter("failed")}', playable = ${fileStillPlays}, error_code = ?, error_message = ?,
       updated_at = ? WHERE id = ? AND ${guard("failed")}`,
    )
    .bind(error.code, error.message, nowMs, videoId);
}

/** As it was when its upload was complete. */
export function requeued(
  db: D1Database,
  videoId: string,
  version: number,
  nowMs: number,
  table: EncodedTable = "videos",
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE ${table} SET state = '${stateAfter("requeued")}', percent = 0, error_code = NULL, error_message = NULL,
       updated_at = ? WHERE id = ? AND version = ? AND ${guard("requeued")}`,
    )
    .bind(nowMs, videoId, version);
}

/** Of a file that is there and was never encoded: one that was has a ladder of this version, which others may watch. */
export function encodeWanted(
  db: D1Database,
  videoId: string,
  { encoding, priority }: { readonly encoding: Encoding; readonly priority: Priority },
  nowMs: number,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE videos SET state = '${stateAfter("encodeWanted")}', percent = 0, error_code = NULL, error_message = NULL,
       encoding = ?, priority = ?, updated_at = ?
       WHERE id = ? AND encoding = '${passthrough}' AND source_size_bytes IS NOT NULL AND ${guard("encodeWanted")}`,
    )
    .bind(encoding, priority, nowMs, videoId);
}
