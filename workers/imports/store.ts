// Imports in D1, with the uploads that they are. How far an open one is, the upload's object says.
import { and, desc, eq, lt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { imports, uploads } from "#workers/storage/schema.ts";

export type ImportRow = {
  readonly import: typeof imports.$inferSelect;
  readonly upload: typeof uploads.$inferSelect;
};

export async function findImport(db: D1Database, importId: string): Promise<ImportRow | null> {
  const [row] = await joined(db).where(eq(imports.id, importId));
  return row ?? null;
}

/** Newest first. One row more than asked tells whether there is a next page. */
export async function listImports(
  db: D1Database,
  limit: number,
  beforeId: string | null,
): Promise<{ readonly rows: readonly ImportRow[]; readonly more: boolean }> {
  const rows = await joined(db)
    .where(and(beforeId === null ? undefined : lt(imports.id, beforeId)))
    .orderBy(desc(imports.id))
    .limit(limit + 1);
  return { rows: rows.slice(0, limit), more: rows.length > limit };
}

function joined(db: D1Database) {
  return drizzle(db)
    .select({ import: imports, upload: uploads })
    .from(imports)
    .innerJoin(uploads, eq(uploads.id, imports.uploadId));
}
