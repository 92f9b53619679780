-- How a video is encoded, and what of it can be played as it came: a version of kind 'source' is made of the uploaded
-- file itself. Versions count 1, 3, 5 …; the source's is the number before its ladder's.
ALTER TABLE videos ADD COLUMN encoding TEXT NOT NULL DEFAULT 'standard';
ALTER TABLE videos ADD COLUMN priority TEXT NOT NULL DEFAULT 'normal' CHECK (priority IN ('high', 'normal', 'low'));
-- An object of the owner's own that was registered: never removed. NULL: what was uploaded.
ALTER TABLE videos ADD COLUMN source_key TEXT;
ALTER TABLE videos ADD COLUMN source_etag TEXT;
-- JSON: {"state": "playable"} or {"state": "waiting", "code", "message"}. NULL: not looked at yet.
ALTER TABLE videos ADD COLUMN instant TEXT;
ALTER TABLE versions ADD COLUMN kind TEXT NOT NULL DEFAULT 'ladder' CHECK (kind IN ('ladder', 'source'));
-- 0: some tracks of the chunk are there, so that a first rendition can play, and the others follow.
ALTER TABLE chunks ADD COLUMN whole INTEGER NOT NULL DEFAULT 1;

CREATE TABLE encoding_profiles (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
