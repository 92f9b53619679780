-- Words of titles are cut at more signs: a title is found by what stands in brackets or behind a colon, too.
DROP TRIGGER videos_found_after_insert;
DROP TRIGGER videos_title_changed;

DELETE FROM video_words;
INSERT OR IGNORE INTO video_words (video_id, word)
    SELECT videos.id, words.value FROM videos, json_each('[' || replace(json_quote(
      replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(lower(title), '-', ' '), '_', ' '), '.', ' '), ',', ' '), '/', ' '), ':', ' '), ';', ' '), '(', ' '), ')', ' '), '[', ' '), ']', ' '), '!', ' '), '?', ' '), char(34), ' '), char(9), ' '), char(10), ' ')
    ), ' ', '","') || ']') AS words WHERE words.value <> '';

CREATE TRIGGER videos_found_after_insert AFTER INSERT ON videos BEGIN
  INSERT INTO video_metadata (video_id, key, value)
    SELECT NEW.id, pairs.key, pairs.value FROM json_each(NEW.metadata) AS pairs;
  INSERT OR IGNORE INTO video_words (video_id, word)
    SELECT NEW.id, words.value FROM json_each('[' || replace(json_quote(
      replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(lower(NEW.title), '-', ' '), '_', ' '), '.', ' '), ',', ' '), '/', ' '), ':', ' '), ';', ' '), '(', ' '), ')', ' '), '[', ' '), ']', ' '), '!', ' '), '?', ' '), char(34), ' '), char(9), ' '), char(10), ' ')
    ), ' ', '","') || ']') AS words WHERE words.value <> '';
END;

CREATE TRIGGER videos_title_changed AFTER UPDATE OF title ON videos WHEN NEW.title IS NOT OLD.title BEGIN
  DELETE FROM video_words WHERE video_id = NEW.id;
  INSERT OR IGNORE INTO video_words (video_id, word)
    SELECT NEW.id, words.value FROM json_each('[' || replace(json_quote(
      replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(lower(NEW.title), '-', ' '), '_', ' '), '.', ' '), ',', ' '), '/', ' '), ':', ' '), ';', ' '), '(', ' '), ')', ' '), '[', ' '), ']', ' '), '!', ' '), '?', ' '), char(34), ' '), char(9), ' '), char(10), ' ')
    ), ' ', '","') || ']') AS words WHERE words.value <> '';
END;
