-- What happened to each video, for a season: the board and the hub forget.
CREATE TABLE video_events (
  sequence INTEGER PRIMARY KEY,
  video_id TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  about TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX video_events_of_video ON video_events (video_id, created_at, sequence);
