-- Film whose length is known and whose video does not say it yet: of several that end at once, those fit that fit together.
ALTER TABLE quota_holds ADD COLUMN seconds REAL NOT NULL DEFAULT 0;
