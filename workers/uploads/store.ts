// Uploads in D1: what lists and sweeps read. The truth about an open upload is in its Durable Object.
import { and, desc, eq, lt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { uploads } from "#workers/storage/schema.ts";
import type { UploadFilter } from "./contract.ts";

export type UploadRow = typeof uploads.$inferSelect;

export async function findUpload(db: D1Database, uploadId: string): Promise<UploadRow | null> {
  const [row] = await drizzle(db).select().from(uploads).where(eq(uploads.id, uploadId));
  return row ?? null;
}

/** Newest first; ids sort by time. One row more than asked tells whether there is a next page. */
export async function listUploads(
  db: D1Database,
  filter: Omit<UploadFilter, "cursor">,
  beforeId: string | null,
): Promise<{ readonly rows: readonly UploadRow[]; readonly more: boolean }> {
  const found = await drizzle(db)
    .select()
    .from(uploads)
    .where(
      and(
        filter.state === undefined ? undefined : eq(uploads.state, filter.state),
        filter.videoId === undefined ? undefined : eq(uploads.videoId, filter.videoId),
        beforeId === null ? undefined : lt(uploads.id, beforeId),
      ),
    )
    .orderBy(desc(uploads.id))
    .limit(filter.limit + 1);
  return { rows: found.slice(0, filter.limit), more: found.length > filter.limit };
}
