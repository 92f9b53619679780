-- Videos, the versions of their media, playback ids, uploads, API keys, and the outbox.
-- Times are integer milliseconds since the epoch. JSON columns are parsed at the rim.

CREATE TABLE videos (
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL DEFAULT '',
  creator TEXT,
  metadata TEXT NOT NULL DEFAULT '{}',
  state TEXT NOT NULL CHECK (state IN ('awaitingUpload', 'uploaded', 'processing', 'ready', 'error')),
  playable INTEGER NOT NULL DEFAULT 0,
  percent REAL NOT NULL DEFAULT 0,
  error_code TEXT,
  error_message TEXT,
  -- The version that plays, or that will: it counts up when a source is replaced or encoded anew.
  version INTEGER NOT NULL DEFAULT 1,
  -- Part of every cache key; counting it up is the purge that is true everywhere.
  generation INTEGER NOT NULL DEFAULT 1,
  segment_fragments INTEGER NOT NULL DEFAULT 2 CHECK (segment_fragments IN (1, 2, 3)),
  source_name TEXT,
  source_size_bytes INTEGER,
  duration_seconds REAL,
  width INTEGER,
  height INTEGER,
  frame_rate TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX videos_by_state ON videos (state, id);
CREATE INDEX videos_by_creator ON videos (creator, id);

CREATE TABLE playback_ids (
  id TEXT PRIMARY KEY,
  video_id TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
  policy TEXT NOT NULL CHECK (policy IN ('public', 'signed', 'drm')),
  created_at INTEGER NOT NULL
);
CREATE INDEX playback_ids_by_video ON playback_ids (video_id);

CREATE TABLE versions (
  video_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('encoding', 'sealed')),
  gop_ticks INTEGER NOT NULL,
  gop_timescale INTEGER NOT NULL,
  -- JSON array of timeline Format values, written with the first chunk.
  formats TEXT NOT NULL,
  -- JSON {poster: {attempt, width, height}, thumbnails: {attempt}} once the images task is done.
  images TEXT,
  created_at INTEGER NOT NULL,
  sealed_at INTEGER,
  PRIMARY KEY (video_id, version)
) WITHOUT ROWID;

-- One row per published chunk: all tracks of the version at once, so no viewer sees half a chunk.
CREATE TABLE chunks (
  video_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  chunk INTEGER NOT NULL,
  -- The chunk's part of every track's index (workers/timeline/index-format.ts).
  index_blob BLOB NOT NULL,
  published_at INTEGER NOT NULL,
  PRIMARY KEY (video_id, version, chunk)
);

CREATE TABLE uploads (
  id TEXT PRIMARY KEY,
  video_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'completed', 'cancelled', 'expired', 'failed')),
  -- NULL while the client has deferred the length.
  size_bytes INTEGER,
  error_code TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  completed_at INTEGER
);
CREATE INDEX uploads_by_expiry ON uploads (state, expires_at);
CREATE INDEX uploads_by_video ON uploads (video_id);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  -- SHA-256 of the secret, hex. The secret is 32 random bytes, so a fast hash is enough.
  secret_hash TEXT NOT NULL UNIQUE,
  -- JSON array of scopes.
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER
);

-- What must be sent after a commit. A row leaves when its consumer is done, not when it was sent:
-- a queue may lose what a restart interrupts, and a sweep sends again what is still here.
CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  queue TEXT NOT NULL CHECK (queue IN ('transcode', 'erase')),
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  sends INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX outbox_by_due ON outbox (due_at);
