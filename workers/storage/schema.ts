// The tables of migrations/, for drizzle. A test compares them with what the migrations make. Only lazily
// loaded code imports this: the edge path speaks plain SQL.
import { integer, primaryKey, real, sqliteTable, text, blob } from "drizzle-orm/sqlite-core";
import type { SegmentFragments } from "#workers/timeline/timeline.ts";

export const videos = sqliteTable("videos", {
  id: text("id").primaryKey(),
  title: text("title").notNull().default(""),
  creator: text("creator"),
  metadata: text("metadata").notNull().default("{}"),
  state: text("state", { enum: ["awaitingUpload", "uploaded", "processing", "ready", "error"] }).notNull(),
  playable: integer("playable").notNull().default(0),
  percent: real("percent").notNull().default(0),
  errorCode: text("error_code"),
  errorMessage: text("error_message"),
  version: integer("version").notNull().default(1),
  generation: integer("generation").notNull().default(1),
  segmentFragments: integer("segment_fragments").$type<SegmentFragments>().notNull().default(2),
  sourceName: text("source_name"),
  sourceSizeBytes: integer("source_size_bytes"),
  durationSeconds: real("duration_seconds"),
  width: integer("width"),
  height: integer("height"),
  frameRate: text("frame_rate"),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
  availableFrom: integer("available_from"),
  availableUntil: integer("available_until"),
  playback: text("playback").notNull().default("{}"),
  encoding: text("encoding").notNull().default("standard"),
  priority: text("priority", { enum: ["high", "normal", "low"] })
    .notNull()
    .default("normal"),
  sourceKey: text("source_key"),
  sourceEtag: text("source_etag"),
  instant: text("instant"),
  revision: integer("revision").notNull().default(1),
  clipOf: text("clip_of"),
  clipFromSeconds: real("clip_from_seconds"),
  clipToSeconds: real("clip_to_seconds"),
  deleteAt: integer("delete_at"),
  former: text("former"),
  posterSeconds: real("poster_seconds"),
});

export const replacements = sqliteTable("replacements", {
  id: text("id").primaryKey(),
  version: integer("version").notNull(),
  uploadId: text("upload_id").notNull(),
  state: text("state", { enum: ["uploaded", "processing", "error"] }).notNull(),
  percent: real("percent").notNull().default(0),
  errorCode: text("error_code"),
  errorMessage: text("error_message"),
  sourceName: text("source_name"),
  sourceSizeBytes: integer("source_size_bytes").notNull(),
  sourceKey: text("source_key").notNull(),
  sourceEtag: text("source_etag"),
  instant: text("instant"),
  durationSeconds: real("duration_seconds"),
  width: integer("width"),
  height: integer("height"),
  frameRate: text("frame_rate"),
  encoding: text("encoding").notNull(),
  priority: text("priority", { enum: ["high", "normal", "low"] }).notNull(),
  overlapSeconds: integer("overlap_seconds").notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

export const videoTags = sqliteTable(
  "video_tags",
  { videoId: text("video_id").notNull(), tag: text("tag").notNull() },
  (table) => [primaryKey({ columns: [table.videoId, table.tag] })],
);

export const videoMetadata = sqliteTable(
  "video_metadata",
  { videoId: text("video_id").notNull(), key: text("key").notNull(), value: text("value").notNull() },
  (table) => [primaryKey({ columns: [table.videoId, table.key] })],
);

export const videoWords = sqliteTable(
  "video_words",
  { videoId: text("video_id").notNull(), word: text("word").notNull() },
  (table) => [primaryKey({ columns: [table.videoId, table.word] })],
);

export const playbackIds = sqliteTable("playback_ids", {
  id: text("id").primaryKey(),
  videoId: text("video_id").notNull(),
  policy: text("policy", { enum: ["public", "signed", "drm"] }).notNull(),
  createdAt: integer("created_at").notNull(),
  access: text("access").notNull().default("{}"),
  revision: integer("revision").notNull().default(1),
});

export const versions = sqliteTable(
  "versions",
  {
    videoId: text("video_id").notNull(),
    version: integer("version").notNull(),
    state: text("state", { enum: ["encoding", "sealed"] }).notNull(),
    gopTicks: integer("gop_ticks").notNull(),
    gopTimescale: integer("gop_timescale").notNull(),
    formats: text("formats").notNull(),
    images: text("images"),
    createdAt: integer("created_at").notNull(),
    sealedAt: integer("sealed_at"),
    kind: text("kind", { enum: ["ladder", "source"] })
      .notNull()
      .default("ladder"),
    encodeSeconds: real("encode_seconds").notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.videoId, table.version] })],
);

export const chunks = sqliteTable(
  "chunks",
  {
    videoId: text("video_id").notNull(),
    version: integer("version").notNull(),
    chunk: integer("chunk").notNull(),
    indexBlob: blob("index_blob").notNull(),
    publishedAt: integer("published_at").notNull(),
    whole: integer("whole").notNull().default(1),
  },
  (table) => [primaryKey({ columns: [table.videoId, table.version, table.chunk] })],
);

export const subtitles = sqliteTable(
  "subtitles",
  {
    videoId: text("video_id").notNull(),
    version: integer("version").notNull(),
    id: text("id").notNull(),
    language: text("language").notNull(),
    title: text("title").notNull(),
    isDefault: integer("is_default").notNull(),
    isForced: integer("is_forced").notNull(),
    attempt: integer("attempt").notNull(),
  },
  (table) => [primaryKey({ columns: [table.videoId, table.version, table.id] })],
);

export const captions = sqliteTable(
  "captions",
  {
    videoId: text("video_id").notNull(),
    id: text("id").notNull(),
    language: text("language"),
    label: text("label"),
    kind: text("kind", { enum: ["subtitles", "captions"] }),
    isDefault: integer("is_default"),
    isForced: integer("is_forced"),
    isHidden: integer("is_hidden").notNull().default(0),
    revision: integer("revision"),
    sizeBytes: integer("size_bytes"),
    cues: integer("cues"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.videoId, table.id] })],
);

export const chapters = sqliteTable(
  "chapters",
  {
    videoId: text("video_id").notNull(),
    language: text("language").notNull(),
    list: text("list").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.videoId, table.language] })],
);

export const audioTracks = sqliteTable(
  "audio_tracks",
  {
    videoId: text("video_id").notNull(),
    id: text("id").notNull(),
    label: text("label"),
    isDefault: integer("is_default").notNull().default(0),
    position: integer("position"),
  },
  (table) => [primaryKey({ columns: [table.videoId, table.id] })],
);

export const encodingProfiles = sqliteTable("encoding_profiles", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  settings: text("settings").notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
  revision: integer("revision").notNull().default(1),
});

export const uploads = sqliteTable("uploads", {
  id: text("id").primaryKey(),
  videoId: text("video_id").notNull(),
  state: text("state", { enum: ["open", "completed", "cancelled", "expired", "failed"] }).notNull(),
  sizeBytes: integer("size_bytes"),
  errorCode: text("error_code"),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
  completedAt: integer("completed_at"),
  maxSizeBytes: integer("max_size_bytes"),
  maxDurationSeconds: real("max_duration_seconds"),
  allowedOrigins: text("allowed_origins").notNull(),
  replaces: integer("replaces").notNull().default(0),
});

export const imports = sqliteTable("imports", {
  id: text("id").primaryKey(),
  uploadId: text("upload_id").notNull(),
  videoId: text("video_id").notNull(),
  url: text("url").notNull(),
  createdAt: integer("created_at").notNull(),
});

export const apiKeys = sqliteTable("api_keys", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  secretHash: text("secret_hash").notNull(),
  scopes: text("scopes").notNull(),
  createdAt: integer("created_at").notNull(),
  lastUsedAt: integer("last_used_at"),
  revokedAt: integer("revoked_at"),
});

export const dashboardSessions = sqliteTable("dashboard_sessions", {
  idHash: text("id_hash").primaryKey(),
  keyId: text("key_id").notNull(),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
});

export const runnerTokens = sqliteTable("runner_tokens", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  secretHash: text("secret_hash").notNull(),
  kinds: text("kinds"),
  videoId: text("video_id"),
  creator: text("creator"),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at"),
  lastUsedAt: integer("last_used_at"),
  revokedAt: integer("revoked_at"),
});

export const signingKeys = sqliteTable("signing_keys", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  alg: text("alg", { enum: ["HS256", "RS256", "ES256", "EdDSA"] }).notNull(),
  origin: text("origin", { enum: ["generated", "imported", "managed"] }).notNull(),
  publicJwk: text("public_jwk"),
  sealedSecret: text("sealed_secret"),
  createdAt: integer("created_at").notNull(),
  retiresAt: integer("retires_at"),
  replacedBy: text("replaced_by"),
  revokedAt: integer("revoked_at"),
});

export const refreshTokens = sqliteTable("refresh_tokens", {
  tokenId: text("token_id").primaryKey(),
  familyHash: text("family_hash").notNull(),
  secretHash: text("secret_hash").notNull(),
  playbackId: text("playback_id").notNull(),
  viewerId: text("viewer_id"),
  signingKeyId: text("signing_key_id").notNull(),
  grants: text("grants").notNull(),
  tokenSeconds: integer("token_seconds").notNull(),
  refreshSeconds: integer("refresh_seconds").notNull(),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
});

export const webhooks = sqliteTable("webhooks", {
  id: text("id").primaryKey(),
  url: text("url").notNull(),
  description: text("description").notNull(),
  events: text("events").notNull(),
  enabled: integer("enabled").notNull(),
  disabledReason: text("disabled_reason", { enum: ["byRequest", "gone", "failing"] }),
  secrets: text("secrets").notNull(),
  apiOrigin: text("api_origin").notNull(),
  failingSince: integer("failing_since"),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

export const webhookEvents = sqliteTable(
  "webhook_events",
  {
    id: text("id").notNull(),
    apiOrigin: text("api_origin").notNull(),
    type: text("type").notNull(),
    body: text("body").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.id, table.apiOrigin] })],
);

export const webhookDeliveries = sqliteTable("webhook_deliveries", {
  id: text("id").primaryKey(),
  webhookId: text("webhook_id").notNull(),
  eventId: text("event_id").notNull(),
  type: text("type").notNull(),
  state: text("state", { enum: ["pending", "delivered", "failed"] }).notNull(),
  attempts: integer("attempts").notNull().default(0),
  attemptsBefore: integer("attempts_before").notNull().default(0),
  dueAt: integer("due_at"),
  createdAt: integer("created_at").notNull(),
  completedAt: integer("completed_at"),
});

export const webhookAttempts = sqliteTable(
  "webhook_attempts",
  {
    deliveryId: text("delivery_id").notNull(),
    attempt: integer("attempt").notNull(),
    startedAt: integer("started_at").notNull(),
    durationMs: integer("duration_ms").notNull(),
    status: integer("status"),
    responseHeaders: text("response_headers"),
    responseBody: text("response_body"),
    errorCode: text("error_code"),
    errorMessage: text("error_message"),
  },
  (table) => [primaryKey({ columns: [table.deliveryId, table.attempt] })],
);

export const idempotencyKeys = sqliteTable("idempotency_keys", {
  id: text("id").primaryKey(),
  fingerprint: text("fingerprint").notNull(),
  holder: text("holder").notNull(),
  heldUntil: integer("held_until").notNull(),
  answer: text("answer"),
  expiresAt: integer("expires_at").notNull(),
});

export const auditLog = sqliteTable("audit_log", {
  id: text("id").primaryKey(),
  actorKind: text("actor_kind", { enum: ["apiKey", "dashboard", "uploadUrl", "system"] }).notNull(),
  actorId: text("actor_id").notNull(),
  actorName: text("actor_name"),
  operation: text("operation").notNull(),
  method: text("method").notNull(),
  path: text("path").notNull(),
  resources: text("resources").notNull(),
  status: integer("status").notNull(),
  code: text("code"),
  requestId: text("request_id").notNull(),
  address: text("address"),
  userAgent: text("user_agent"),
  createdAt: integer("created_at").notNull(),
});

export const auditResources = sqliteTable(
  "audit_resources",
  { resourceId: text("resource_id").notNull(), auditId: text("audit_id").notNull() },
  (table) => [primaryKey({ columns: [table.resourceId, table.auditId] })],
);

export const videoEvents = sqliteTable("video_events", {
  sequence: integer("sequence").primaryKey(),
  videoId: text("video_id").notNull(),
  eventId: text("event_id").notNull(),
  type: text("type").notNull(),
  about: text("about").notNull(),
  createdAt: integer("created_at").notNull(),
});

export const runners = sqliteTable("runners", {
  id: text("id").primaryKey(),
  release: text("release"),
  protocol: text("protocol").notNull(),
  ffmpegVersion: text("ffmpeg_version"),
  codecs: text("codecs").notNull(),
  seenAt: integer("seen_at").notNull(),
});

export const heartbeats = sqliteTable("heartbeats", {
  name: text("name").primaryKey(),
  seenAt: integer("seen_at").notNull(),
});
