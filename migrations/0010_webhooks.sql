-- Webhooks: endpoints, what happened, what of it is to be delivered where, and how each attempt went.
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  -- JSON array of choices: *, video.*, video.ready.
  events TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  disabled_reason TEXT,
  -- JSON array, newest first: {id, sealed, createdAtMs, endsAtMs}.
  secrets TEXT NOT NULL,
  -- Where it was made: the URLs that its events hold are of this origin.
  api_origin TEXT NOT NULL,
  failing_since INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);

-- The body that is sent, once for all endpoints of an origin.
CREATE TABLE webhook_events (
  id TEXT NOT NULL,
  api_origin TEXT NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id, api_origin)
) WITHOUT ROWID;
CREATE INDEX webhook_events_by_age ON webhook_events (created_at);

CREATE TABLE webhook_deliveries (
  id TEXT PRIMARY KEY,
  webhook_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  -- Begun so far: the next one is this and one.
  attempts INTEGER NOT NULL DEFAULT 0,
  -- Of them before it was last sent anew: the back-off counts from there.
  attempts_before INTEGER NOT NULL DEFAULT 0,
  -- When pending: of the next attempt, or the end of the one that is being made.
  due_at INTEGER,
  created_at INTEGER NOT NULL,
  completed_at INTEGER
);
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (webhook_id, event_id);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_by_due ON webhook_deliveries (due_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_at);

CREATE TABLE webhook_attempts (
  delivery_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  -- NULL: no answer came.
  status INTEGER,
  response_headers TEXT,
  response_body TEXT,
  -- NULL: it was a success.
  error_code TEXT,
  error_message TEXT,
  PRIMARY KEY (delivery_id, attempt)
) WITHOUT ROWID;

-- The outbox takes messages of any queue, and what an event tells of.
CREATE TABLE outbox_new (
  id TEXT PRIMARY KEY,
  queue TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  sends INTEGER NOT NULL DEFAULT 0,
  -- Of an event: the resource inside the commit of the change.
  resource TEXT
);
INSERT INTO outbox_new (id, queue, body, created_at, due_at, sends)
  SELECT id, queue, body, created_at, due_at, sends FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_new RENAME TO outbox;
CREATE INDEX outbox_by_due ON outbox (due_at);
