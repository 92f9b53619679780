// The audit log in D1. Ids sort by time, so pages and spans of time are ranges of the primary key.
import { and, desc, eq, gte, inArray, lt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { encodeTime } from "ulid";
import { always, type Condition } from "#workers/outbox/outbox.ts";
import { newId } from "#workers/ids.ts";
import { auditLog, auditResources } from "#workers/storage/schema.ts";
import type { AuditEntryView, AuditFilter } from "./contract.ts";
import type { AuditEntry } from "./entry.ts";

const ulidTimeLength = 10;

export async function insertAudit(db: D1Database, entry: AuditEntry, nowMs: number): Promise<void> {
  await db.batch([...audited(db, entry, nowMs, always)]);
}

/** For the batch of the change, with `ifChanged` right behind it. */
export function audited(
  db: D1Database,
  entry: AuditEntry,
  nowMs: number,
  { sql: onlyIf, bindings }: Condition,
): readonly D1PreparedStatement[] {
  const id = newId("auditEntry", nowMs);
  const { actor, operation, method, path, status, code, requestId, address, userAgent } = entry;
  const resources = JSON.stringify(entry.resources);
  return [
    db
      .prepare(
        `INSERT INTO audit_log (id, actor_kind, actor_id, operation, method, path, resources, status, code, request_id,
           address, user_agent, created_at, actor_name)
         SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT name FROM api_keys WHERE id = ?) WHERE ${onlyIf}`,
      )
      .bind(
        ...[id, actor.kind, actor.keyId, operation, method, path, resources],
        ...[status, code, requestId, address, userAgent, nowMs, actor.keyId, ...bindings],
      ),
    db
      .prepare(
        "INSERT INTO audit_resources (resource_id, audit_id) SELECT value, ?1 FROM json_each(?2) WHERE EXISTS (SELECT 1 FROM audit_log WHERE id = ?1)",
      )
      .bind(id, resources),
  ];
}

/** Newest first. One more than asked tells whether there is a next page. */
export async function listAudit(
  db: D1Database,
  { limit, keyId, operationId, resourceId, createdAfter, createdBefore }: AuditFilter,
  beforeId: string | null,
): Promise<{ readonly entries: readonly AuditEntryView[]; readonly more: boolean }> {
  const orm = drizzle(db);
  const rows = await orm
    .select()
    .from(auditLog)
    .where(
      and(
        beforeId === null ? undefined : lt(auditLog.id, beforeId),
        keyId === undefined ? undefined : eq(auditLog.actorId, keyId),
        operationId === undefined ? undefined : eq(auditLog.operation, operationId),
        resourceId === undefined
          ? undefined
          : inArray(
              auditLog.id,
              orm
                .select({ id: auditResources.auditId })
                .from(auditResources)
                .where(eq(auditResources.resourceId, resourceId)),
            ),
        createdAfter === undefined ? undefined : gte(auditLog.id, firstIdAt(Date.parse(createdAfter))),
        createdBefore === undefined ? undefined : lt(auditLog.id, firstIdAt(Date.parse(createdBefore))),
      ),
    )
    .orderBy(desc(auditLog.id))
    .limit(limit + 1);
  return { entries: rows.slice(0, limit).map(toView), more: rows.length > limit };
}

/** At most a thousand: the sweep comes every minute. */
export async function removeAuditBefore(db: D1Database, ms: number): Promise<void> {
  const old = sql`(SELECT id FROM audit_log WHERE id < ${firstIdAt(ms)} ORDER BY id LIMIT 1000)`;
  const orm = drizzle(db);
  await orm.batch([
    orm.delete(auditResources).where(sql`${auditResources.auditId} IN ${old}`),
    orm.delete(auditLog).where(sql`${auditLog.id} IN ${old}`),
  ]);
}

/** Below every id of that millisecond and of later ones. */
function firstIdAt(ms: number): string {
  return `aud_${encodeTime(Math.max(0, ms), ulidTimeLength)}`;
}

function toView(row: typeof auditLog.$inferSelect): AuditEntryView {
  return {
    id: row.id,
    actor: { kind: row.actorKind, keyId: row.actorId || null, name: row.actorName },
    operationId: row.operation,
    method: row.method,
    path: row.path,
    // Own column only: what `insertAudit` wrote.
    resourceIds: JSON.parse(row.resources) as string[],
    status: row.status,
    code: row.code,
    requestId: row.requestId,
    address: row.address,
    userAgent: row.userAgent,
    createdAt: new Date(row.createdAt).toISOString(),
  };
}
