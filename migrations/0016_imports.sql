-- Uploads whose bytes are fetched from a URL. How far one is, and how it ended, its upload says.
CREATE TABLE imports (
  id TEXT PRIMARY KEY,
  upload_id TEXT NOT NULL UNIQUE,
  video_id TEXT NOT NULL,
  -- Without its query, which may be a credential: the whole is in the upload's object.
  url TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX imports_by_video ON imports (video_id);
