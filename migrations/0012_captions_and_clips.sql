-- What hangs on a video's media: captions, chapters, what is said of its sounds; and videos that are a part of another.

-- Uploaded captions, and what was said of the texts that a source carries (`t0` …): of those NULL is "as the source says".
CREATE TABLE captions (
  video_id TEXT NOT NULL,
  -- A language, with `.captions` or `.forced` behind it where it is that; or the id of one of the source's texts.
  id TEXT NOT NULL,
  -- BCP 47.
  language TEXT,
  label TEXT,
  kind TEXT CHECK (kind IN ('subtitles', 'captions')),
  is_default INTEGER,
  is_forced INTEGER,
  is_hidden INTEGER NOT NULL DEFAULT 0,
  -- Part of every URL of it; counts up at each upload. NULL: of the source.
  revision INTEGER,
  size_bytes INTEGER,
  cues INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (video_id, id)
) WITHOUT ROWID;

CREATE TABLE chapters (
  video_id TEXT NOT NULL,
  -- BCP 47.
  language TEXT NOT NULL,
  -- JSON array of {startSeconds, title}.
  list TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (video_id, language)
) WITHOUT ROWID;

-- What the owner said of sounds: no row is as the source says.
CREATE TABLE audio_tracks (
  video_id TEXT NOT NULL,
  -- a0, a1 …, as in `versions.formats`.
  id TEXT NOT NULL,
  label TEXT,
  is_default INTEGER NOT NULL DEFAULT 0,
  position INTEGER,
  PRIMARY KEY (video_id, id)
) WITHOUT ROWID;

-- The video whose media this one plays a part of, and which part, in its seconds.
ALTER TABLE videos ADD COLUMN clip_of TEXT;
ALTER TABLE videos ADD COLUMN clip_from_seconds REAL;
ALTER TABLE videos ADD COLUMN clip_to_seconds REAL;
CREATE INDEX videos_by_clip_of ON videos (clip_of) WHERE clip_of IS NOT NULL;
