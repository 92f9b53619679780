import { and, desc, eq, isNull } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { runnerTokens } from "#workers/storage/schema.ts";
import type { TaskKind } from "./board.ts";
import type { NewRunnerTokenBody, RunnerToken } from "./runner-token-contract.ts";
import type { NewRunnerToken } from "./runner-token.ts";

type RunnerTokenRow = typeof runnerTokens.$inferSelect;

export async function insertRunnerToken(
  db: D1Database,
  made: NewRunnerToken,
  body: NewRunnerTokenBody,
  nowMs: number,
): Promise<RunnerToken> {
  const row: RunnerTokenRow = {
    id: made.id,
    name: body.name,
    secretHash: made.secretHash,
    kinds: body.kinds === undefined ? null : JSON.stringify(body.kinds),
    videoId: body.videoId ?? null,
    creator: body.creator ?? null,
    createdAt: nowMs,
    expiresAt: body.expiresAt === undefined ? null : Date.parse(body.expiresAt),
    lastUsedAt: null,
    revokedAt: null,
  };
  await drizzle(db).insert(runnerTokens).values(row);
  return toRunnerToken(row);
}

/** Newest first. As many as there are machines: one page. */
export async function listRunnerTokens(db: D1Database): Promise<readonly RunnerToken[]> {
  const rows = await drizzle(db)
    .select()
    .from(runnerTokens)
    .where(isNull(runnerTokens.revokedAt))
    .orderBy(desc(runnerTokens.id));
  return rows.map(toRunnerToken);
}

/** Null: there is none, or none any more. */
export async function findRunnerToken(db: D1Database, id: string): Promise<RunnerToken | null> {
  const row = await drizzle(db)
    .select()
    .from(runnerTokens)
    .where(and(eq(runnerTokens.id, id), isNull(runnerTokens.revokedAt)))
    .get();
  return row === undefined ? null : toRunnerToken(row);
}

/** False where there is no such token, or none any more. */
export async function revokeRunnerToken(db: D1Database, id: string, nowMs: number): Promise<boolean> {
  const revoked = await drizzle(db)
    .update(runnerTokens)
    .set({ revokedAt: nowMs })
    .where(and(eq(runnerTokens.id, id), isNull(runnerTokens.revokedAt)))
    .returning({ id: runnerTokens.id });
  return revoked.length > 0;
}

function toRunnerToken(row: RunnerTokenRow): RunnerToken {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    id: row.id,
    name: row.name,
    // Own column only: the value is what `insertRunnerToken` wrote.
    kinds: row.kinds === null ? null : (JSON.parse(row.kinds) as TaskKind[]),
    videoId: row.videoId,
    creator: row.creator,
    createdAt: new Date(row.createdAt).toISOString(),
    expiresAt: time(row.expiresAt),
    lastUsedAt: time(row.lastUsedAt),
  };
}
