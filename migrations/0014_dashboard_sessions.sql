-- Who is signed in to the dashboard: an API key, by a browser. The session's own id is kept as its hash alone.
CREATE TABLE dashboard_sessions (
  id_hash TEXT PRIMARY KEY,
  key_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- Put off while it is used.
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX dashboard_sessions_by_expiry ON dashboard_sessions (expires_at);
