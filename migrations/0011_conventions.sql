-- What all routes of the API share: answers kept for callers that ask again, revisions of what can be changed, and who
-- changed what.
CREATE TABLE idempotency_keys (
  -- SHA-256 of the caller, the route and the key that it sent.
  id TEXT PRIMARY KEY,
  -- SHA-256 of the body.
  fingerprint TEXT NOT NULL,
  -- The attempt that works at it, or did.
  holder TEXT NOT NULL,
  -- An attempt that has not answered by then has died.
  held_until INTEGER NOT NULL,
  -- Sealed. NULL while it is being worked at.
  answer TEXT,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_end ON idempotency_keys (expires_at);

CREATE TABLE audit_log (
  id TEXT PRIMARY KEY,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  -- As it was called then.
  actor_name TEXT,
  operation TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  -- JSON array of ids: in the path, and of what was made.
  resources TEXT NOT NULL,
  status INTEGER NOT NULL,
  -- Why it was refused.
  code TEXT,
  request_id TEXT NOT NULL,
  address TEXT,
  user_agent TEXT,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, id);
CREATE INDEX audit_log_by_operation ON audit_log (operation, id);

CREATE TABLE audit_resources (
  resource_id TEXT NOT NULL,
  audit_id TEXT NOT NULL,
  PRIMARY KEY (resource_id, audit_id)
) WITHOUT ROWID;
CREATE INDEX audit_resources_by_entry ON audit_resources (audit_id);

ALTER TABLE videos ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE playback_ids ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE encoding_profiles ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;

-- A purge changes nothing that anybody sees. Nor is how far its encoding is an edit: who writes a title meanwhile must
-- not be refused every few seconds.
CREATE TRIGGER videos_revision AFTER UPDATE ON videos
WHEN NEW.revision = OLD.revision AND NEW.generation = OLD.generation
  AND NOT (NEW.percent <> OLD.percent AND NEW.state = OLD.state)
BEGIN
  UPDATE videos SET revision = OLD.revision + 1 WHERE id = NEW.id;
END;

CREATE TRIGGER playback_ids_revision AFTER UPDATE ON playback_ids WHEN NEW.revision = OLD.revision
BEGIN
  UPDATE playback_ids SET revision = OLD.revision + 1 WHERE id = NEW.id;
END;

CREATE TRIGGER encoding_profiles_revision AFTER UPDATE ON encoding_profiles WHEN NEW.revision = OLD.revision
BEGIN
  UPDATE encoding_profiles SET revision = OLD.revision + 1 WHERE id = NEW.id;
END;
