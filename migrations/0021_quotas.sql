-- How much each creator may have. NULL: as much as they like.
CREATE TABLE creator_quotas (
  creator TEXT PRIMARY KEY,
  max_minutes REAL,
  max_bytes INTEGER,
  max_simultaneous_encodes INTEGER,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What open uploads may still become: held from their creation to their end.
CREATE TABLE quota_holds (
  upload_id TEXT PRIMARY KEY,
  creator TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX quota_holds_by_creator ON quota_holds (creator);
