// Rows to what the API shows: field by field, so that a new column never leaks.
import type { UploadView } from "#workers/uploads/session.ts";
import type { Import } from "./contract.ts";
import type { ImportRow } from "./store.ts";

/** `live` is what the upload's object says; null once it has forgotten, a day after its end. */
export function toImport({ import: row, upload }: ImportRow, live: UploadView | null): Import {
  const state = live?.state ?? upload.state;
  const kept = upload.state === "completed" ? (upload.sizeBytes ?? 0) : 0;
  const receivedBytes = live?.offsetBytes ?? kept;
  return {
    id: row.id,
    videoId: row.videoId,
    uploadId: row.uploadId,
    url: row.url,
    state: stateOf(state, receivedBytes),
    receivedBytes,
    sizeBytes: live?.sizeBytes ?? upload.sizeBytes,
    error: upload.errorCode === null ? null : { code: upload.errorCode },
    createdAt: new Date(row.createdAt).toISOString(),
    completedAt: upload.completedAt === null ? null : new Date(upload.completedAt).toISOString(),
  };
}

function stateOf(state: UploadView["state"], receivedBytes: number): Import["state"] {
  switch (state) {
    case "open":
      return receivedBytes === 0 ? "queued" : "fetching";
    case "expired":
      return "failed";
    case "completed":
    case "cancelled":
    case "failed":
      return state;
  }
}
