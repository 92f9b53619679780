-- CPU seconds that the tasks of the version took, told when it is sealed.
ALTER TABLE versions ADD COLUMN encode_seconds REAL NOT NULL DEFAULT 0;
