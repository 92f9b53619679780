// Refresh tokens: `sluice_{tokenId}_{family}{secret}`. All of one family have the same first half; the second is new
// each time and good once. Only hashes are kept. Whoever comes with the right family and another secret has a token
// that was spent: it was copied, and nobody can tell who is the thief, so the family ends (RFC 9700 4.14.2).
import { isId, randomToken } from "#workers/ids.ts";
import { sameSecret } from "./secrets.ts";
import { sha256Hex } from "./sha256.ts";
import type { Grants } from "./token-mint.ts";

const familyBytes = 18;
const secretBytes = 30;
/** Base64url of a multiple of 3 bytes. */
const familyCharacters = (familyBytes / 3) * 4;

export interface RefreshFamily {
  readonly tokenId: string;
  readonly playbackId: string;
  readonly viewerId: string | null;
  readonly signingKeyId: string;
  readonly grants: Grants;
  readonly tokenSeconds: number;
  readonly refreshSeconds: number;
}

export interface IssuedRefreshToken {
  /** Shown once. */
  readonly refreshToken: string;
  readonly expiresAtMs: number;
}

export async function beginRefreshFamily(
  db: D1Database,
  family: RefreshFamily,
  nowMs: number,
): Promise<IssuedRefreshToken> {
  const [half, secret] = [randomToken(familyBytes), randomToken(secretBytes)];
  const expiresAtMs = nowMs + family.refreshSeconds * 1_000;
  await db
    .prepare(
      `INSERT INTO refresh_tokens (token_id, family_hash, secret_hash, playback_id, viewer_id, signing_key_id,
         grants, token_seconds, refresh_seconds, created_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .bind(
      family.tokenId,
      await sha256Hex(half),
      await sha256Hex(secret),
      family.playbackId,
      family.viewerId,
      family.signingKeyId,
      JSON.stringify(family.grants),
      family.tokenSeconds,
      family.refreshSeconds,
      nowMs,
      expiresAtMs,
    )
    .run();
  return { refreshToken: textOf(family.tokenId, half, secret), expiresAtMs };
}

/** A refresh token that is good now, as long as nobody else spends it first. */
export interface HeldRefreshToken extends RefreshFamily {
  readonly familyHalf: string;
  readonly secretHash: string;
}

interface RefreshRow {
  readonly family_hash: string;
  readonly secret_hash: string;
  readonly playback_id: string;
  readonly viewer_id: string | null;
  readonly signing_key_id: string;
  readonly grants: string;
  readonly token_seconds: number;
  readonly refresh_seconds: number;
}

/** `spent`: it was good once; its family has ended. `unknown`: anything else; which, is not told. */
export async function findRefreshToken(
  db: D1Database,
  refreshToken: string,
  nowMs: number,
): Promise<HeldRefreshToken | "unknown" | "spent"> {
  const parsed = parseRefreshToken(refreshToken);
  if (parsed === null) return "unknown";
  const { tokenId, familyHalf, secret } = parsed;
  const row = await db
    .prepare("SELECT * FROM refresh_tokens WHERE token_id = ? AND expires_at > ?")
    .bind(tokenId, nowMs)
    .first<RefreshRow>();
  if (row === null || !(await sameSecret(await sha256Hex(familyHalf), row.family_hash))) return "unknown";
  if (!(await sameSecret(await sha256Hex(secret), row.secret_hash))) {
    await endRefreshTokens(db, { tokenId });
    return "spent";
  }
  return {
    tokenId,
    playbackId: row.playback_id,
    viewerId: row.viewer_id,
    signingKeyId: row.signing_key_id,
    // Own column only: what a token was signed with before.
    grants: JSON.parse(row.grants) as Grants,
    tokenSeconds: row.token_seconds,
    refreshSeconds: row.refresh_seconds,
    familyHalf,
    secretHash: row.secret_hash,
  };
}

/** Null: another request spent it meanwhile. Two that hold one token are a copy too, so the family has ended. */
export async function spendRefreshToken(
  db: D1Database,
  held: HeldRefreshToken,
  nowMs: number,
): Promise<IssuedRefreshToken | null> {
  const { tokenId, familyHalf, secretHash } = held;
  const secret = randomToken(secretBytes);
  const expiresAtMs = nowMs + held.refreshSeconds * 1_000;
  const spent = await db
    .prepare(
      "UPDATE refresh_tokens SET secret_hash = ?, expires_at = ? WHERE token_id = ? AND secret_hash = ?",
    )
    .bind(await sha256Hex(secret), expiresAtMs, tokenId, secretHash)
    .run();
  if (spent.meta.changes > 0) return { refreshToken: textOf(tokenId, familyHalf, secret), expiresAtMs };
  await endRefreshTokens(db, { tokenId });
  return null;
}

export type RefreshSubject =
  | { readonly viewerId: string }
  | { readonly tokenId: string }
  | { readonly playbackId: string }
  | { readonly signingKeyId: string };

/** How many families have ended. Part of every revocation: or the next token would be one call away. */
export async function endRefreshTokens(db: D1Database, subject: RefreshSubject): Promise<number> {
  const ended = await endRefreshTokensStatement(db, subject).run();
  return ended.meta.changes;
}

/** For a batch. */
export function endRefreshTokensStatement(db: D1Database, subject: RefreshSubject): D1PreparedStatement {
  if ("viewerId" in subject)
    return db.prepare("DELETE FROM refresh_tokens WHERE viewer_id = ?").bind(subject.viewerId);
  if ("tokenId" in subject)
    return db.prepare("DELETE FROM refresh_tokens WHERE token_id = ?").bind(subject.tokenId);
  if ("playbackId" in subject)
    return db.prepare("DELETE FROM refresh_tokens WHERE playback_id = ?").bind(subject.playbackId);
  return db.prepare("DELETE FROM refresh_tokens WHERE signing_key_id = ?").bind(subject.signingKeyId);
}

const sweepRows = 1_000;

/** Drops what has expired; what is left over goes at the next call. */
export async function sweepRefreshTokens(db: D1Database, nowMs: number): Promise<void> {
  await db
    .prepare(
      `DELETE FROM refresh_tokens WHERE token_id IN
         (SELECT token_id FROM refresh_tokens WHERE expires_at <= ? LIMIT ${sweepRows})`,
    )
    .bind(nowMs)
    .run();
}

function textOf(tokenId: string, familyHalf: string, secret: string): string {
  return `sluice_${tokenId}_${familyHalf}${secret}`;
}

function parseRefreshToken(text: string) {
  const match = /^sluice_(tok_[0-9A-Z]{26})_([A-Za-z0-9_-]{64})$/.exec(text);
  const tokenId = match?.[1];
  const halves = match?.[2];
  if (tokenId === undefined || halves === undefined || !isId("playbackToken", tokenId)) return null;
  return { tokenId, familyHalf: halves.slice(0, familyCharacters), secret: halves.slice(familyCharacters) };
}
