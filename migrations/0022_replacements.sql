-- A file that is to take the place of a video's own: worked on beside it, under the next version. One a video. Columns
-- of the same names as those of `videos`, which they become when it plays.
CREATE TABLE replacements (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  upload_id TEXT NOT NULL,
  state TEXT NOT NULL,
  percent REAL NOT NULL DEFAULT 0,
  error_code TEXT,
  error_message TEXT,
  source_name TEXT,
  source_size_bytes INTEGER NOT NULL,
  source_key TEXT NOT NULL,
  source_etag TEXT,
  instant TEXT,
  duration_seconds REAL,
  width INTEGER,
  height INTEGER,
  frame_rate TEXT,
  encoding TEXT NOT NULL,
  priority TEXT NOT NULL,
  overlap_seconds INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- JSON of what played before, for those who were watching it: see workers/replacements/former.ts.
ALTER TABLE videos ADD COLUMN former TEXT;
ALTER TABLE uploads ADD COLUMN replaces INTEGER NOT NULL DEFAULT 0;
