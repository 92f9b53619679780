-- Which moment a video's poster shows. NULL: the one that was chosen when it was encoded.
ALTER TABLE videos ADD COLUMN poster_seconds REAL;
