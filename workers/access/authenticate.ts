// From a Bearer token, or the cookie of a dashboard's session, to a principal. Rows are remembered for 5 s in the isolate: a revoked key works at
// most that much longer in other isolates, and not at all in the one that revoked it.
import type { Env } from "#workers/env.ts";
import type { Principal, Scope } from "./scope.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { isOfOurPages, readSession, sessionCookieIn } from "./dashboard-session.ts";
import { parseToken } from "./new-api-key.ts";
import { bearerToken, sameSecret } from "./secrets.ts";
import { sha256Hex } from "./sha256.ts";

/**
 * `missing`: no credential at all. `invalid`: malformed, unknown, wrong, expired or revoked; which, is not told.
 * `crossSite`: a session's cookie, by a request that is not of our own pages.
 */
export type AuthenticationRefusal = "missing" | "invalid" | "crossSite";

interface KeyRow {
  readonly secret_hash: string;
  readonly scopes: string;
  readonly last_used_at: number | null;
}

interface Remembered {
  readonly row: KeyRow | null;
  readonly untilMs: number;
}

const rememberMs = 5_000;
const rememberedKeys = 500;
const lastUsedEveryMs = 60_000;
const remembered = new Map<string, Remembered>();

export async function authenticate(
  request: Request,
  env: Env,
  nowMs = Date.now(),
): Promise<Result<Principal, AuthenticationRefusal>> {
  if (!request.headers.has("Authorization")) return bySession(request, env, nowMs);
  const token = bearerToken(request.headers);
  const parsed = token === null ? null : parseToken(token);
  if (parsed === null) return refuse("invalid");

  const row = await keyRow(env.DB, parsed.keyId, nowMs);
  if (row === null || !(await sameSecret(await sha256Hex(parsed.secret), row.secret_hash)))
    return refuse("invalid");
  // Own column only: the value is what `newApiKey` wrote.
  return ok({ keyId: parsed.keyId, scopes: JSON.parse(row.scopes) as Scope[] });
}

async function bySession(
  request: Request,
  env: Env,
  nowMs: number,
): Promise<Result<Principal, AuthenticationRefusal>> {
  const cookie = sessionCookieIn(request);
  if (cookie === null) return refuse("missing");
  if (!isOfOurPages(request)) return refuse("crossSite");
  const session = await readSession(env, cookie, nowMs);
  return session === null ? refuse("invalid") : ok(session.principal);
}

/** Called where a key is revoked. */
export function forgetKey(keyId: string): void {
  remembered.delete(keyId);
}

async function keyRow(db: D1Database, keyId: string, nowMs: number): Promise<KeyRow | null> {
  const known = remembered.get(keyId);
  if (known !== undefined && known.untilMs > nowMs) return known.row;
  const row = await db
    .prepare("SELECT secret_hash, scopes, last_used_at FROM api_keys WHERE id = ? AND revoked_at IS NULL")
    .bind(keyId)
    .first<KeyRow>();
  if (remembered.size >= rememberedKeys) remembered.clear();
  remembered.set(keyId, { row, untilMs: nowMs + rememberMs });
  return row;
}

/** To the minute, at most one write a minute and key: the guard in SQL holds across isolates. */
export async function touchKey(db: D1Database, keyId: string, nowMs: number): Promise<void> {
  const known = remembered.get(keyId);
  const lastUsed = known?.row?.last_used_at ?? 0;
  if (known === undefined || known.row === null || nowMs - lastUsed < lastUsedEveryMs) return;
  remembered.set(keyId, { ...known, row: { ...known.row, last_used_at: nowMs } });
  await db
    .prepare("UPDATE api_keys SET last_used_at = ?1 WHERE id = ?2 AND coalesce(last_used_at, 0) <= ?1 - ?3")
    .bind(nowMs, keyId, lastUsedEveryMs)
    .run();
}
