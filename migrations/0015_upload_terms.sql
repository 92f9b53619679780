-- What the maker of an upload URL allows whoever has it. NULL: what the deployment allows.
ALTER TABLE uploads ADD COLUMN max_size_bytes INTEGER;
ALTER TABLE uploads ADD COLUMN max_duration_seconds REAL;
-- JSON array of origins; empty: pages of any.
ALTER TABLE uploads ADD COLUMN allowed_origins TEXT NOT NULL DEFAULT '[]';
