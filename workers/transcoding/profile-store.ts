// Custom encoding profiles in D1.
import { desc, eq, lt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { newId } from "#workers/ids.ts";
import { encodingProfiles } from "#workers/storage/schema.ts";
import type { NewProfile, ProfilePatch, ProfileView } from "./profile-contract.ts";
import {
  builtInProfiles,
  isBuiltInProfile,
  passthrough,
  type Encoding,
  type EncodingProfile,
} from "./profile.ts";

type ProfileRow = typeof encodingProfiles.$inferSelect;

export interface KnownEncoding {
  /** JSON `EncodingProfile` of a custom one. */
  readonly settings: string | null;
}

/** Null: there is no such profile. */
export async function findEncoding(db: D1Database, encoding: Encoding): Promise<KnownEncoding | null> {
  if (encoding === passthrough || isBuiltInProfile(encoding)) return { settings: null };
  return db
    .prepare("SELECT settings FROM encoding_profiles WHERE id = ?")
    .bind(encoding)
    .first<{ settings: string }>();
}

export interface StoredProfile {
  readonly profile: ProfileView;
  /** Built-in profiles have none: they never change. */
  readonly revision: number | null;
}

export async function insertProfile(
  db: D1Database,
  { name, ...profile }: NewProfile,
  nowMs: number,
): Promise<StoredProfile> {
  const settings: EncodingProfile = profile;
  const row = {
    id: newId("encodingProfile", nowMs),
    name,
    settings: JSON.stringify(settings),
    createdAt: nowMs,
    updatedAt: nowMs,
    revision: 1,
  };
  await drizzle(db).insert(encodingProfiles).values(row);
  return stored(row);
}

/** Also the built-in ones, by their names. */
export async function findProfile(db: D1Database, id: string): Promise<StoredProfile | null> {
  if (isBuiltInProfile(id)) {
    const profile = builtInProfiles[id];
    const view = { id, name: id, builtIn: true, ...shown(profile), createdAt: null, updatedAt: null };
    return { profile: view, revision: null };
  }
  const [row] = await drizzle(db).select().from(encodingProfiles).where(eq(encodingProfiles.id, id));
  return row === undefined ? null : stored(row);
}

/** Newest first; ids sort by time. One more than asked tells whether there is a next page. */
export async function listProfiles(
  db: D1Database,
  limit: number,
  beforeId: string | null,
): Promise<{ readonly profiles: readonly ProfileView[]; readonly more: boolean }> {
  const rows = await drizzle(db)
    .select()
    .from(encodingProfiles)
    .where(beforeId === null ? undefined : lt(encodingProfiles.id, beforeId))
    .orderBy(desc(encodingProfiles.id))
    .limit(limit + 1);
  return { profiles: rows.slice(0, limit).map(toView), more: rows.length > limit };
}

/** One statement, so that of two changes at once neither undoes the other. Null: there is no such profile. */
export async function patchProfile(
  db: D1Database,
  id: string,
  { name, ...changed }: ProfilePatch,
  nowMs: number,
): Promise<StoredProfile | null> {
  const { settings } = encodingProfiles;
  await drizzle(db)
    .update(encodingProfiles)
    .set({
      ...(name === undefined ? {} : { name }),
      // RFC 7396: lists are replaced, and no setting is ever null.
      settings: sql`json_patch(${settings}, ${JSON.stringify(changed)})`,
      updatedAt: nowMs,
    })
    .where(eq(encodingProfiles.id, id));
  // Not RETURNING, which tells of a row as it was before the trigger that counts its revision.
  return findProfile(db, id);
}

/** False when there is no such profile. */
export async function deleteProfile(db: D1Database, id: string): Promise<boolean> {
  const deleted = await drizzle(db)
    .delete(encodingProfiles)
    .where(eq(encodingProfiles.id, id))
    .returning({ id: encodingProfiles.id });
  return deleted.length > 0;
}

function stored(row: ProfileRow): StoredProfile {
  return { profile: toView(row), revision: row.revision };
}

function toView({ id, name, settings, createdAt, updatedAt }: ProfileRow): ProfileView {
  return {
    id,
    name,
    builtIn: false,
    // Own column only: what the contract let in.
    ...shown(JSON.parse(settings) as EncodingProfile),
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}

function shown({ rungs, effort, crf, maxFrameRate, av1, opus, perTitle }: EncodingProfile) {
  return { rungs: rungs.map((rung) => ({ ...rung })), effort, crf, maxFrameRate, av1, opus, perTitle };
}
