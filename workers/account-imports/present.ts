// Rows to what the API shows: field by field, so that a new column never leaks.
import type { AccountImport, BroughtVideo } from "./contract.ts";
import type { AccountImportRow, Counts, Settings, VideoRow } from "./store.ts";

const none: Counts = { listed: 0, waiting: 0, brought: 0, skipped: 0, failed: 0 };

export function toAccountImport(row: AccountImportRow, counts: Counts = none): AccountImport {
  // Own column only: what the contract let in.
  const { dryRun } = JSON.parse(row.settings) as Settings;
  const { listed, waiting, brought, skipped, failed } = counts;
  return {
    id: row.id,
    provider: row.provider,
    account: row.account,
    state: row.state,
    dryRun,
    counts: { listed, waiting, brought, skipped, failed },
    // Written by advance.ts alone.
    error:
      row.error_code === null
        ? null
        : { code: row.error_code as NonNullable<AccountImport["error"]>["code"] },
    createdAt: new Date(row.created_at).toISOString(),
    completedAt: row.completed_at === null ? null : new Date(row.completed_at).toISOString(),
  };
}

export function toBroughtVideo(row: VideoRow): BroughtVideo {
  return {
    providerVideoId: row.provider_video_id,
    title: row.title,
    state: row.state,
    videoId: row.video_id,
    importId: row.import_id,
    error: row.error_code === null ? null : { code: row.error_code },
  };
}
