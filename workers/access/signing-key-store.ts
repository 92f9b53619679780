// The table `signing_keys`, as the API writes and reads it. The edge path has its own reading (signing-keys.ts).
import { and, desc, eq, gt, isNull, ne, or } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { signingKeys } from "#workers/storage/schema.ts";
import { seal } from "./sealing.ts";
import { signingKeyState } from "./signing-key.ts";
import type { SigningKey } from "./signing-key-contract.ts";
import type { NewMaterial } from "./signing-key-material.ts";

export type SigningKeyRow = typeof signingKeys.$inferSelect;

export interface NewSigningKey {
  readonly id: string;
  readonly name: string;
  readonly origin: SigningKeyRow["origin"];
  readonly material: NewMaterial;
}

export async function signingKeyRow(
  key: NewSigningKey,
  sealingKey: string,
  nowMs: number,
): Promise<SigningKeyRow> {
  const { id, name, origin, material } = key;
  return {
    id,
    name,
    alg: material.alg,
    origin,
    publicJwk: material.alg === "HS256" ? null : JSON.stringify(material.publicJwk),
    sealedSecret: material.alg === "HS256" ? await seal(sealingKey, id, material.secret) : null,
    createdAt: nowMs,
    retiresAt: null,
    replacedBy: null,
    revokedAt: null,
  };
}

export async function insertSigningKey(db: D1Database, row: SigningKeyRow): Promise<void> {
  await insertion(db, row).run();
}

/** The Worker's own key, made at the first need. Where several isolates make it at once, the first one's stays. */
export async function insertManagedKey(db: D1Database, row: SigningKeyRow): Promise<void> {
  await insertion(db, row, "WHERE true ON CONFLICT DO NOTHING").run();
}

/** Plain SQL: an error of drizzle's holds the values, and what is sealed has no business in a log. */
function insertion(db: D1Database, row: SigningKeyRow, condition = ""): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO signing_keys (id, name, alg, origin, public_jwk, sealed_secret, created_at)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 ${condition}`,
    )
    .bind(row.id, row.name, row.alg, row.origin, row.publicJwk, row.sealedSecret, row.createdAt);
}

export async function findSigningKey(db: D1Database, id: string): Promise<SigningKeyRow | null> {
  const row = await drizzle(db).select().from(signingKeys).where(eq(signingKeys.id, id)).get();
  return row ?? null;
}

export async function findManagedKey(db: D1Database): Promise<SigningKeyRow | null> {
  const row = await drizzle(db)
    .select()
    .from(signingKeys)
    .where(
      and(eq(signingKeys.origin, "managed"), isNull(signingKeys.retiresAt), isNull(signingKeys.revokedAt)),
    )
    .get();
  return row ?? null;
}

const verifiesAt = (nowMs: number) =>
  and(isNull(signingKeys.revokedAt), or(isNull(signingKeys.retiresAt), gt(signingKeys.retiresAt, nowMs)));

/** Newest first. The routes keep their number small, so they are one page. */
export async function listVerifyingKeys(db: D1Database, nowMs: number): Promise<readonly SigningKeyRow[]> {
  return drizzle(db).select().from(signingKeys).where(verifiesAt(nowMs)).orderBy(desc(signingKeys.id));
}

export async function countVerifyingKeys(db: D1Database, nowMs: number): Promise<number> {
  return drizzle(db).$count(signingKeys, verifiesAt(nowMs));
}

/** The public keys that verify, as a JWK Set lists them. */
export async function listPublicJwks(
  db: D1Database,
  nowMs: number,
): Promise<readonly Record<string, unknown>[]> {
  const rows = await drizzle(db)
    .select()
    .from(signingKeys)
    .where(and(verifiesAt(nowMs), ne(signingKeys.alg, "HS256")))
    .orderBy(desc(signingKeys.id));
  return rows.map(({ id, alg, publicJwk }) => ({ ...parseJwk(publicJwk), kid: id, alg, use: "sig" }));
}

/**
 * Puts `next` in the place of an active key; false when it is not active, or when another rotation came first. All
 * or nothing: the later statements ask whether the first one did it.
 */
export async function replaceSigningKey(
  db: D1Database,
  id: string,
  next: SigningKeyRow,
  retiresAtMs: number,
): Promise<boolean> {
  const replaced = "EXISTS (SELECT 1 FROM signing_keys WHERE replaced_by = ?1)";
  const [retired] = await db.batch([
    db
      .prepare(
        `UPDATE signing_keys SET retires_at = ?3, replaced_by = ?1
         WHERE id = ?2 AND retires_at IS NULL AND revoked_at IS NULL`,
      )
      .bind(next.id, id, retiresAtMs),
    insertion(db, next, `WHERE ${replaced}`),
    // What was to be signed by the old key is signed by the new one.
    db
      .prepare(`UPDATE refresh_tokens SET signing_key_id = ?1 WHERE signing_key_id = ?2 AND ${replaced}`)
      .bind(next.id, id),
  ]);
  return retired !== undefined && retired.meta.changes > 0;
}

/** False when there is no such key, or it was revoked before. Refresh tokens that it would sign end with it. */
export async function revokeSigningKey(db: D1Database, id: string, nowMs: number): Promise<boolean> {
  const [revoked] = await db.batch([
    db
      .prepare("UPDATE signing_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL")
      .bind(id, nowMs),
    db.prepare("DELETE FROM refresh_tokens WHERE signing_key_id = ?1").bind(id),
  ]);
  return revoked !== undefined && revoked.meta.changes > 0;
}

export function toSigningKey(row: SigningKeyRow, nowMs: number): SigningKey {
  const { retiresAt, revokedAt } = row;
  return {
    id: row.id,
    name: row.name,
    alg: row.alg,
    origin: row.origin,
    state: signingKeyState({ retiresAtMs: retiresAt, revokedAtMs: revokedAt }, nowMs),
    publicJwk: row.publicJwk === null ? null : parseJwk(row.publicJwk),
    createdAt: new Date(row.createdAt).toISOString(),
    retiresAt: instantOf(retiresAt),
    replacedBy: row.replacedBy,
    revokedAt: instantOf(revokedAt),
  };
}

/** Own column only: written from a checked key. */
function parseJwk(text: string | null): Record<string, unknown> {
  return JSON.parse(text ?? "{}") as Record<string, unknown>;
}

function instantOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
