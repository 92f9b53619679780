// Who a runner is. Rows are remembered for 4 s in the isolate: a revoked token works at most that much longer in
// other isolates, and not at all in the one that revoked it. Object URLs ask here too: they name the token that they
// were signed for.
import { bearerToken, sameSecret } from "#workers/access/secrets.ts";
import { sha256Hex } from "#workers/access/sha256.ts";
import type { Env } from "#workers/env.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import type { TaskKind } from "./board.ts";
import type { RunnerScope } from "./runner-scope.ts";
import { parseRunnerToken } from "./runner-token.ts";

interface TokenRow {
  readonly secret_hash: string;
  readonly kinds: string | null;
  readonly video_id: string | null;
  readonly creator: string | null;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
}

interface Remembered {
  readonly row: TokenRow | null;
  readonly untilMs: number;
}

const rememberMs = 4_000;
const rememberedTokens = 1_000;
const lastUsedEveryMs = 60_000;
const remembered = new Map<string, Remembered>();

/** `missing`: no Bearer credential at all. `invalid`: wrong, unknown, expired or revoked; which, is not told. */
export type RunnerRefusal = "missing" | "invalid";

/** The limits of the token, or null for the fleet's own, which has none. */
export async function authenticateRunner(
  headers: Headers,
  env: Env,
  nowMs: number,
): Promise<Result<RunnerScope | null, RunnerRefusal>> {
  if (!headers.has("Authorization")) return refuse("missing");
  const token = bearerToken(headers);
  if (token === null) return refuse("invalid");
  if (await sameSecret(token, env.RUNNER_TOKEN)) return ok(null);
  const parsed = parseRunnerToken(token);
  const row = parsed && (await standingRow(env.DB, parsed.id, nowMs));
  if (!row || !(await sameSecret(await sha256Hex(parsed.secret), row.secret_hash))) return refuse("invalid");
  return ok({
    tokenId: parsed.id,
    // Own column only: the value is what was checked when the token was made.
    kinds: row.kinds === null ? null : (JSON.parse(row.kinds) as TaskKind[]),
    videoId: row.video_id,
    creator: row.creator,
  });
}

/** Neither revoked nor expired. */
export async function runnerTokenStands(db: D1Database, tokenId: string, nowMs: number): Promise<boolean> {
  return (await standingRow(db, tokenId, nowMs)) !== null;
}

/** Called where a token is revoked. */
export function forgetRunnerToken(tokenId: string): void {
  remembered.delete(tokenId);
}

/** To the minute, at most one write a minute and token: the guard in SQL holds across isolates. */
export async function touchRunnerToken(db: D1Database, tokenId: string, nowMs: number): Promise<void> {
  const known = remembered.get(tokenId);
  if (known === undefined || known.row === null) return;
  if (nowMs - (known.row.last_used_at ?? 0) < lastUsedEveryMs) return;
  remembered.set(tokenId, { ...known, row: { ...known.row, last_used_at: nowMs } });
  await db
    .prepare(
      "UPDATE runner_tokens SET last_used_at = ?1 WHERE id = ?2 AND coalesce(last_used_at, 0) <= ?1 - ?3",
    )
    .bind(nowMs, tokenId, lastUsedEveryMs)
    .run();
}

async function standingRow(db: D1Database, tokenId: string, nowMs: number): Promise<TokenRow | null> {
  const row = await tokenRow(db, tokenId, nowMs);
  return row !== null && (row.expires_at === null || nowMs < row.expires_at) ? row : null;
}

async function tokenRow(db: D1Database, tokenId: string, nowMs: number): Promise<TokenRow | null> {
  const known = remembered.get(tokenId);
  if (known !== undefined && known.untilMs > nowMs) return known.row;
  const row = await db
    .prepare(
      `SELECT secret_hash, kinds, video_id, creator, expires_at, last_used_at
       FROM runner_tokens WHERE id = ? AND revoked_at IS NULL`,
    )
    .bind(tokenId)
    .first<TokenRow>();
  if (remembered.size >= rememberedTokens) remembered.clear();
  remembered.set(tokenId, { row, untilMs: nowMs + rememberMs });
  return row;
}
