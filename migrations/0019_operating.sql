-- What a doctor asks for: when things that nobody waits for happened last, and which runners there are.
CREATE TABLE heartbeats (
  name TEXT PRIMARY KEY,
  seen_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE runners (
  id TEXT PRIMARY KEY,
  -- NULL: it speaks another version of the protocol, and said nothing else.
  release TEXT,
  protocol TEXT NOT NULL,
  ffmpeg_version TEXT,
  codecs TEXT NOT NULL,
  seen_at INTEGER NOT NULL
) WITHOUT ROWID;
