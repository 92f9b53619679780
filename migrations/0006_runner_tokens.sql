-- What runners of one's own machines present: each with its limits, and revocable for itself. The fleet's own token
-- stays a secret of the Worker.
CREATE TABLE runner_tokens (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  -- JSON array of kinds of task; NULL: all.
  kinds TEXT,
  video_id TEXT,
  creator TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  revoked_at INTEGER
);
