// Rows to what the API shows: field by field, so that a new column never leaks.
import type { Upload, UploadEntry } from "./contract.ts";
import type { UploadView } from "./session.ts";
import type { UploadRow } from "./store.ts";

export function toUploadEntry(row: UploadRow): UploadEntry {
  return {
    id: row.id,
    videoId: row.videoId,
    state: row.state,
    sizeBytes: row.sizeBytes,
    error: row.errorCode === null ? null : { code: row.errorCode },
    createdAt: new Date(row.createdAt).toISOString(),
    expiresAt: new Date(row.expiresAt).toISOString(),
    completedAt: row.completedAt === null ? null : new Date(row.completedAt).toISOString(),
    maxSizeBytes: row.maxSizeBytes,
    maxDurationSeconds: row.maxDurationSeconds,
    // Own rows only: what the API's contract let in.
    allowedOrigins: JSON.parse(row.allowedOrigins) as string[],
    replaces: row.replaces === 1,
  };
}

/** `live` is what the upload's object says; null once it has forgotten, a day after its end. */
export function toUpload(row: UploadRow, live: UploadView | null): Upload {
  const entry = toUploadEntry(row);
  if (live === null) return { ...entry, offsetBytes: row.state === "completed" ? (row.sizeBytes ?? 0) : 0 };
  return {
    ...entry,
    state: live.state,
    sizeBytes: live.sizeBytes,
    offsetBytes: live.offsetBytes,
    expiresAt: new Date(live.expiresAtMs).toISOString(),
  };
}

export function uploadUrl(origin: string, uploadId: string, secret: string): string {
  return `${origin}/v1/uploads/${uploadId}/${secret}`;
}
