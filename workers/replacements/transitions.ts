// A replacement from its arrival to the moment it is the video. Statements, as in workers/videos/transitions.ts, whose
// `planned`, `chunkPublished`, `progressed` and `requeued` are its as well.
import type { Priority } from "#workers/transcoding/priority.ts";
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";

export interface ReplacingFile {
  readonly videoId: string;
  /** Of the ladder that is made of it. */
  readonly version: number;
  readonly uploadId: string;
  readonly objectKey: string;
  readonly name: string | null;
  readonly sizeBytes: number;
  readonly etag: string | null;
  /** JSON of `videos.instant`. */
  readonly instant: string;
  readonly encoding: string;
  readonly priority: Priority;
  readonly overlapSeconds: number;
}

/** The column `videos.former`, of the row of `videos` as it is before the statement. The expression `untilMs` gives when it ends. */
const formerOf = (untilMs: string) =>
  `json_object('version', videos.version, 'generation', videos.generation,
     'segmentFragments', videos.segment_fragments, 'sourceKey', videos.source_key,
     'sourceEtag', videos.source_etag, 'untilMs', ${untilMs})`;

const isWorkedOn =
  "EXISTS (SELECT 1 FROM replacements WHERE id = videos.id AND state IN ('uploaded', 'processing'))";

/** Of a row of `videos`. A clip has no file of its own. */
export const mayBeReplaced = `state != 'awaitingUpload' AND clip_of IS NULL AND NOT ${isWorkedOn}`;

/** It has to be encoded before it plays. One that failed before is forgotten. */
export function replacementArrived(db: D1Database, file: ReplacingFile, nowMs: number): D1PreparedStatement {
  return db
    .prepare(
      `INSERT OR REPLACE INTO replacements
         (id, version, upload_id, state, source_name, source_size_bytes, source_key, source_etag, instant,
          encoding, priority, overlap_seconds, created_at, updated_at)
       SELECT id, ?2, ?3, 'uploaded', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12 FROM videos WHERE id = ?1`,
    )
    .bind(
      ...[file.videoId, file.version, file.uploadId, file.name, file.sizeBytes, file.objectKey, file.etag],
      ...[file.instant, file.encoding, file.priority, file.overlapSeconds, nowMs],
    );
}

/**
 * It plays as it came: the video is as it was when it awaited its first file, and what follows in the batch is what
 * follows the arrival of any.
 */
export function replacedAtOnce(
  db: D1Database,
  file: ReplacingFile,
  nowMs: number,
): [setAside: D1PreparedStatement, forgotten: D1PreparedStatement] {
  const { videoId, version, objectKey, encoding, priority, overlapSeconds } = file;
  return [
    db
      .prepare(
        `UPDATE videos SET former = ${formerOf("?7")}, version = ?2, state = 'awaitingUpload', playable = 0, percent = 0,
           error_code = NULL, error_message = NULL, source_key = ?3, source_etag = NULL, instant = NULL,
           encoding = ?4, priority = ?5, updated_at = ?6
         WHERE id = ?1 AND version < ?2`,
      )
      .bind(videoId, version, objectKey, encoding, priority, nowMs, nowMs + overlapSeconds * 1_000),
    dropped(db, videoId),
  ];
}

/** A replacement whose version is sealed becomes the video, which the same batch then makes ready. */
export function tookOver(
  db: D1Database,
  { videoId, version }: { readonly videoId: string; readonly version: number },
  nowMs: number,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE videos SET former = ${formerOf("?3 + r.overlap_seconds * 1000")}, playable = 1, error_code = NULL,
         error_message = NULL, ${takenColumns.map((column) => `${column} = r.${column}`).join(", ")}
       FROM replacements r WHERE videos.id = ?1 AND r.id = ?1 AND r.version = ?2 AND r.state = 'processing'
         AND EXISTS (SELECT 1 FROM versions WHERE video_id = ?1 AND version = ?2 AND state = 'sealed')`,
    )
    .bind(videoId, version, nowMs);
}

const takenColumns = [
  ...[
    "version",
    "state",
    "percent",
    "source_name",
    "source_size_bytes",
    "source_key",
    "source_etag",
    "instant",
  ],
  ...["duration_seconds", "width", "height", "frame_rate", "encoding", "priority", "updated_at"],
];

/** The video stays as it is. */
export function replacementFailed(
  db: D1Database,
  { videoId, version }: { readonly videoId: string; readonly version: number },
  error: { readonly code: VideoErrorCode; readonly message: string },
  nowMs: number,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE replacements SET state = 'error', error_code = ?3, error_message = ?4, updated_at = ?5
       WHERE id = ?1 AND version = ?2 AND state IN ('uploaded', 'processing')`,
    )
    .bind(videoId, version, error.code, error.message, nowMs);
}

export function dropped(db: D1Database, videoId: string): D1PreparedStatement {
  return db.prepare("DELETE FROM replacements WHERE id = ? RETURNING version").bind(videoId);
}

/** Once it is the video. */
export function droppedWhenOver(
  db: D1Database,
  { videoId, version }: { readonly videoId: string; readonly version: number },
): D1PreparedStatement {
  return db
    .prepare(
      `DELETE FROM replacements WHERE id = ?1 AND version = ?2
         AND EXISTS (SELECT 1 FROM videos WHERE id = ?1 AND version = ?2)`,
    )
    .bind(videoId, version);
}

/** The replacement that this version is to be; null for any other. */
export async function findReplacement(
  db: D1Database,
  { videoId, version }: { readonly videoId: string; readonly version: number },
): Promise<{ readonly state: string; readonly overlapSeconds: number } | null> {
  return db
    .prepare(
      'SELECT state, overlap_seconds AS "overlapSeconds" FROM replacements WHERE id = ? AND version = ?',
    )
    .bind(videoId, version)
    .first();
}
