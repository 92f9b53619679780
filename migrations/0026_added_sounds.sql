-- Sounds of a video that came in files of their own. A row stays when its sound is removed: no track is numbered twice.
CREATE TABLE added_sounds (
  id TEXT PRIMARY KEY,
  video_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  track TEXT NOT NULL,
  language TEXT NOT NULL,
  is_default INTEGER NOT NULL,
  state TEXT NOT NULL,
  error_code TEXT,
  error_message TEXT,
  source_key TEXT,
  source_size_bytes INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX added_sounds_by_track ON added_sounds (video_id, version, track);
