-- Texts that a source carries, each as a WebVTT object of its version: what players are offered by language.
CREATE TABLE subtitles (
  video_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  -- t0, t1 …: its order among the source's text streams.
  id TEXT NOT NULL,
  -- BCP 47.
  language TEXT NOT NULL,
  title TEXT NOT NULL,
  is_default INTEGER NOT NULL,
  is_forced INTEGER NOT NULL,
  -- Names the object, with the id.
  attempt INTEGER NOT NULL,
  PRIMARY KEY (video_id, version, id)
) WITHOUT ROWID;
