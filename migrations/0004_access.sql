-- What the owner of a video decided about its playback: limits and a window of the video, rules of each playback id,
-- and tags, by which videos are found and purged.

ALTER TABLE videos ADD COLUMN available_from INTEGER;
ALTER TABLE videos ADD COLUMN available_until INTEGER;
-- JSON Limits (workers/access/limits.ts).
ALTER TABLE videos ADD COLUMN playback TEXT NOT NULL DEFAULT '{}';
-- JSON OwnAccess (workers/access/policy.ts).
ALTER TABLE playback_ids ADD COLUMN access TEXT NOT NULL DEFAULT '{}';

CREATE TABLE video_tags (
  video_id TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  PRIMARY KEY (video_id, tag)
) WITHOUT ROWID;
CREATE INDEX video_tags_by_tag ON video_tags (tag, video_id);
