-- Keys that sign playback tokens, and what long-lived applications renew their tokens with.

CREATE TABLE signing_keys (
  -- Also the `kid` of tokens.
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  alg TEXT NOT NULL CHECK (alg IN ('HS256', 'RS256', 'ES256', 'EdDSA')),
  -- managed: the Worker's own, for tokens that it mints; never shown.
  origin TEXT NOT NULL CHECK (origin IN ('generated', 'imported', 'managed')),
  -- JSON JWK, public members only.
  public_jwk TEXT,
  -- HS256: the secret, sealed under SEALING_KEY with the id as additional data.
  sealed_secret TEXT,
  created_at INTEGER NOT NULL,
  -- Rotated: tokens of this key are good until then.
  retires_at INTEGER,
  replaced_by TEXT,
  revoked_at INTEGER,
  CHECK ((alg = 'HS256') = (sealed_secret IS NOT NULL)),
  CHECK ((alg = 'HS256') = (public_jwk IS NULL))
);
-- Isolates that mint their first token at once make one key.
CREATE UNIQUE INDEX signing_keys_managed ON signing_keys (origin)
  WHERE origin = 'managed' AND retires_at IS NULL AND revoked_at IS NULL;

-- One row a family: whoever holds the newest refresh token of it may have a token with the same grants.
CREATE TABLE refresh_tokens (
  -- The `jti` of every playback token of the family.
  token_id TEXT PRIMARY KEY,
  -- SHA-256, hex. The first half of a refresh token stays, the second is spent by its use: a good first half
  -- with another second half is a token that was spent before.
  family_hash TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  playback_id TEXT NOT NULL REFERENCES playback_ids (id) ON DELETE CASCADE,
  viewer_id TEXT,
  signing_key_id TEXT NOT NULL,
  -- JSON claims of its tokens, without their times.
  grants TEXT NOT NULL,
  token_seconds INTEGER NOT NULL,
  refresh_seconds INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX refresh_tokens_by_playback_id ON refresh_tokens (playback_id);
CREATE INDEX refresh_tokens_by_viewer ON refresh_tokens (viewer_id);
CREATE INDEX refresh_tokens_by_signing_key ON refresh_tokens (signing_key_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);
