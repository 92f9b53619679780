-- Videos of an account elsewhere, brought over one by one.
CREATE TABLE account_imports (
  id TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  account TEXT NOT NULL,
  sealed_secret TEXT,
  settings TEXT NOT NULL,
  state TEXT NOT NULL,
  cursor TEXT,
  error_code TEXT,
  failures INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  completed_at INTEGER
) WITHOUT ROWID;
CREATE INDEX account_imports_due ON account_imports (due_at) WHERE completed_at IS NULL;

CREATE TABLE account_import_videos (
  account_import_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  provider_video_id TEXT NOT NULL,
  title TEXT NOT NULL,
  about TEXT NOT NULL,
  state TEXT NOT NULL,
  error_code TEXT,
  video_id TEXT,
  import_id TEXT,
  PRIMARY KEY (account_import_id, position)
) WITHOUT ROWID;
CREATE UNIQUE INDEX account_import_videos_once ON account_import_videos (account_import_id, provider_video_id);
