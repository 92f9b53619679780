// Rows as JSON, made by the database inside a commit, and back to rows.
import type { ImportRow } from "#workers/imports/store.ts";
import type { uploads } from "#workers/storage/schema.ts";
import type { PlaybackIdRow, ReplacementRow, StoredVideo, VideoRow } from "#workers/videos/present.ts";

/** A subquery with one column, `resource`, and no row where there is nothing to tell of. */
export interface Snapshot {
  readonly from: string;
  readonly bindings: readonly string[];
}

type UploadRow = typeof uploads.$inferSelect;

// Records by the rows' types, so that a column of storage/schema.ts that is missing here does not compile.
const videoColumns = {
  id: "id",
  title: "title",
  creator: "creator",
  metadata: "metadata",
  state: "state",
  playable: "playable",
  percent: "percent",
  errorCode: "error_code",
  errorMessage: "error_message",
  version: "version",
  generation: "generation",
  segmentFragments: "segment_fragments",
  sourceName: "source_name",
  sourceSizeBytes: "source_size_bytes",
  durationSeconds: "duration_seconds",
  width: "width",
  height: "height",
  frameRate: "frame_rate",
  createdAt: "created_at",
  updatedAt: "updated_at",
  availableFrom: "available_from",
  availableUntil: "available_until",
  playback: "playback",
  encoding: "encoding",
  priority: "priority",
  sourceKey: "source_key",
  sourceEtag: "source_etag",
  instant: "instant",
  revision: "revision",
  clipOf: "clip_of",
  clipFromSeconds: "clip_from_seconds",
  clipToSeconds: "clip_to_seconds",
  deleteAt: "delete_at",
  former: "former",
  posterSeconds: "poster_seconds",
} as const satisfies Record<keyof VideoRow, string>;

const replacementColumns = {
  id: "id",
  version: "version",
  uploadId: "upload_id",
  state: "state",
  percent: "percent",
  errorCode: "error_code",
  errorMessage: "error_message",
  sourceName: "source_name",
  sourceSizeBytes: "source_size_bytes",
  sourceKey: "source_key",
  sourceEtag: "source_etag",
  instant: "instant",
  durationSeconds: "duration_seconds",
  width: "width",
  height: "height",
  frameRate: "frame_rate",
  encoding: "encoding",
  priority: "priority",
  overlapSeconds: "overlap_seconds",
  createdAt: "created_at",
  updatedAt: "updated_at",
} as const satisfies Record<keyof ReplacementRow, string>;

const playbackIdColumns = {
  id: "id",
  videoId: "video_id",
  policy: "policy",
  createdAt: "created_at",
  access: "access",
  revision: "revision",
} as const satisfies Record<keyof PlaybackIdRow, string>;

const uploadColumns = {
  id: "id",
  videoId: "video_id",
  state: "state",
  sizeBytes: "size_bytes",
  errorCode: "error_code",
  createdAt: "created_at",
  expiresAt: "expires_at",
  completedAt: "completed_at",
  maxSizeBytes: "max_size_bytes",
  maxDurationSeconds: "max_duration_seconds",
  allowedOrigins: "allowed_origins",
  replaces: "replaces",
} as const satisfies Record<keyof UploadRow, string>;

const importColumns = {
  id: "id",
  uploadId: "upload_id",
  videoId: "video_id",
  url: "url",
  createdAt: "created_at",
} as const satisfies Record<keyof ImportRow["import"], string>;

export function videoSnapshot(videoId: string): Snapshot {
  const ids = `(SELECT json_group_array(${asJson(playbackIdColumns, "p")}) FROM
    (SELECT * FROM playback_ids WHERE video_id = v.id ORDER BY created_at, id) p)`;
  const tags =
    "(SELECT json_group_array(tag) FROM (SELECT tag FROM video_tags WHERE video_id = v.id ORDER BY tag))";
  const replacement = `(SELECT ${asJson(replacementColumns, "r")} FROM replacements r WHERE r.id = v.id)`;
  return {
    from: `(SELECT json_object('row', ${asJson(videoColumns, "v")}, 'ids', json(${ids}), 'tags', json(${tags}),
      'replacement', json(${replacement}))
      AS resource FROM videos v WHERE v.id = ?)`,
    bindings: [videoId],
  };
}

export function uploadSnapshot(uploadId: string): Snapshot {
  return {
    from: `(SELECT ${asJson(uploadColumns, "u")} AS resource FROM uploads u WHERE u.id = ?)`,
    bindings: [uploadId],
  };
}

/** Of an upload that fetches its bytes; of any other there is none. */
export function importSnapshot(uploadId: string): Snapshot {
  const rows = `'import', ${asJson(importColumns, "i")}, 'upload', ${asJson(uploadColumns, "u")}`;
  return {
    from: `(SELECT json_object(${rows}) AS resource FROM uploads u JOIN imports i ON i.upload_id = u.id
      WHERE u.id = ?)`,
    bindings: [uploadId],
  };
}

/** As it is shown. */
export function chaptersSnapshot(videoId: string, language: string): Snapshot {
  return {
    from: `(SELECT json_object('videoId', video_id, 'language', language, 'chapters', json(list)) AS resource
      FROM chapters WHERE video_id = ? AND language = ?)`,
    bindings: [videoId, language],
  };
}

/** Own rows only: what `videoSnapshot` made. */
export function readVideoSnapshot(resource: string): StoredVideo {
  const { row, ids, tags, replacement } = JSON.parse(resource) as {
    row: readonly Partial<VideoRow>[];
    // Absent from what was told before there were any.
    replacement?: readonly Partial<ReplacementRow>[] | null;
    ids: readonly (readonly Partial<PlaybackIdRow>[])[];
    tags: readonly string[];
  };
  return {
    row: joined<VideoRow>(row),
    ids: ids.map((id) => joined<PlaybackIdRow>(id)),
    tags,
    replacement: replacement == null ? null : joined<ReplacementRow>(replacement),
  };
}

/** Own rows only: what `uploadSnapshot` made. */
export function readUploadSnapshot(resource: string): UploadRow {
  return joined<UploadRow>(JSON.parse(resource) as readonly Partial<UploadRow>[]);
}

/** Own rows only: what `importSnapshot` made. */
export function readImportSnapshot(resource: string): ImportRow {
  const rows = JSON.parse(resource) as {
    import: readonly Partial<ImportRow["import"]>[];
    upload: readonly Partial<UploadRow>[];
  };
  return {
    import: joined<ImportRow["import"]>(rows.import),
    upload: joined<UploadRow>(rows.upload),
  };
}

/** D1: a function of SQL takes 32 arguments at most, and `json_object` two a column. */
const columnsAtOnce = 15;

function asJson(columns: Readonly<Record<string, string>>, table: string): string {
  const pairs = Object.entries(columns).map(([name, column]) => `'${name}', ${table}.${column}`);
  const parts = Array.from({ length: Math.ceil(pairs.length / columnsAtOnce) }, (_, part) =>
    pairs.slice(part * columnsAtOnce, (part + 1) * columnsAtOnce),
  );
  return `json_array(${parts.map((part) => `json_object(${part.join(", ")})`).join(", ")})`;
}

function joined<Row>(parts: readonly Partial<Row>[]): Row {
  return Object.assign({}, ...parts) as Row;
}
