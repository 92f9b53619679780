-- Finding videos among many, and ending them when their time is over.
ALTER TABLE videos ADD COLUMN delete_at INTEGER;
CREATE INDEX videos_by_delete_at ON videos (delete_at) WHERE delete_at IS NOT NULL;

-- What is in videos.metadata, for finding. Kept by triggers.
CREATE TABLE video_metadata (
  video_id TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (video_id, key)
) WITHOUT ROWID;
CREATE INDEX video_metadata_by_value ON video_metadata (key, value, video_id);

-- The words of titles, in lower case as far as ASCII goes. Kept by triggers.
CREATE TABLE video_words (
  video_id TEXT NOT NULL,
  word TEXT NOT NULL,
  PRIMARY KEY (video_id, word)
) WITHOUT ROWID;
CREATE INDEX video_words_by_word ON video_words (word, video_id);

-- A JSON string becomes an array of its words where each space becomes `","`.
INSERT INTO video_metadata (video_id, key, value)
  SELECT videos.id, pairs.key, pairs.value FROM videos, json_each(videos.metadata) AS pairs;
INSERT OR IGNORE INTO video_words (video_id, word)
  SELECT videos.id, words.value FROM videos, json_each('[' || replace(json_quote(
    replace(replace(replace(replace(replace(lower(title), '-', ' '), '_', ' '), '.', ' '), ',', ' '), char(9), ' ')
  ), ' ', '","') || ']') AS words WHERE words.value <> '';

CREATE TRIGGER videos_found_after_insert AFTER INSERT ON videos BEGIN
  INSERT INTO video_metadata (video_id, key, value)
    SELECT NEW.id, pairs.key, pairs.value FROM json_each(NEW.metadata) AS pairs;
  INSERT OR IGNORE INTO video_words (video_id, word)
    SELECT NEW.id, words.value FROM json_each('[' || replace(json_quote(
      replace(replace(replace(replace(replace(lower(NEW.title), '-', ' '), '_', ' '), '.', ' '), ',', ' '), char(9), ' ')
    ), ' ', '","') || ']') AS words WHERE words.value <> '';
END;

CREATE TRIGGER videos_metadata_changed AFTER UPDATE OF metadata ON videos WHEN NEW.metadata IS NOT OLD.metadata BEGIN
  DELETE FROM video_metadata WHERE video_id = NEW.id;
  INSERT INTO video_metadata (video_id, key, value)
    SELECT NEW.id, pairs.key, pairs.value FROM json_each(NEW.metadata) AS pairs;
END;

CREATE TRIGGER videos_title_changed AFTER UPDATE OF title ON videos WHEN NEW.title IS NOT OLD.title BEGIN
  DELETE FROM video_words WHERE video_id = NEW.id;
  INSERT OR IGNORE INTO video_words (video_id, word)
    SELECT NEW.id, words.value FROM json_each('[' || replace(json_quote(
      replace(replace(replace(replace(replace(lower(NEW.title), '-', ' '), '_', ' '), '.', ' '), ',', ' '), char(9), ' ')
    ), ' ', '","') || ']') AS words WHERE words.value <> '';
END;

CREATE TRIGGER videos_found_after_delete AFTER DELETE ON videos BEGIN
  DELETE FROM video_metadata WHERE video_id = OLD.id;
  DELETE FROM video_words WHERE video_id = OLD.id;
END;
