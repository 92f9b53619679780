import { and, desc, eq, gt, isNull, not, or, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Scope } from "./scope.ts";
import { apiKeys } from "#workers/storage/schema.ts";
import type { ApiKey } from "./contract.ts";
import type { NewApiKey } from "./new-api-key.ts";

type ApiKeyRow = typeof apiKeys.$inferSelect;

export async function insertKey(db: D1Database, key: NewApiKey): Promise<void> {
  const { id, name, secret_hash: secretHash, scopes, created_at: createdAt } = key.row;
  await drizzle(db).insert(apiKeys).values({ id, name, secretHash, scopes, createdAt });
}

/** Newest first. A deployment has a handful of keys, so they are one page. */
export async function listKeys(db: D1Database): Promise<readonly ApiKey[]> {
  const rows = await drizzle(db)
    .select()
    .from(apiKeys)
    .where(isNull(apiKeys.revokedAt))
    .orderBy(desc(apiKeys.id));
  return rows.map(toApiKey);
}

/** Null: there is none, or none any more. */
export async function findKey(db: D1Database, keyId: string): Promise<ApiKey | null> {
  const row = await drizzle(db)
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.id, keyId), isNull(apiKeys.revokedAt)))
    .get();
  return row === undefined ? null : toApiKey(row);
}

const isAdmin = sql`EXISTS (SELECT 1 FROM json_each(${apiKeys.scopes}) WHERE json_each.value = 'admin')`;
const adminCount = sql<number>`(SELECT count(*) FROM api_keys k, json_each(k.scopes) s
  WHERE s.value = 'admin' AND k.revoked_at IS NULL)`;

/** The last admin key stays: without one, no key could ever be made again. Decided in one statement. */
export async function revokeKey(
  db: D1Database,
  keyId: string,
  nowMs: number,
): Promise<"revoked" | "unknown" | "lastAdmin"> {
  const live = and(eq(apiKeys.id, keyId), isNull(apiKeys.revokedAt));
  const orm = drizzle(db);
  const [revoked, left] = await orm.batch([
    orm
      .update(apiKeys)
      .set({ revokedAt: nowMs })
      .where(and(live, or(not(isAdmin), gt(adminCount, 1))))
      .returning({ id: apiKeys.id }),
    orm.select({ id: apiKeys.id }).from(apiKeys).where(live),
  ]);
  if (revoked.length > 0) return "revoked";
  return left.length > 0 ? "lastAdmin" : "unknown";
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    // Own column only: the value is what `newApiKey` wrote.
    scopes: JSON.parse(row.scopes) as Scope[],
    createdAt: new Date(row.createdAt).toISOString(),
    lastUsedAt: row.lastUsedAt === null ? null : new Date(row.lastUsedAt).toISOString(),
  };
}
