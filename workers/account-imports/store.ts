// Account imports and their videos in D1.
import type { ProviderVideo } from "./provider.ts";

export interface AccountImportRow {
  readonly id: string;
  readonly provider: "cloudflareStream" | "mux";
  readonly account: string;
  readonly sealed_secret: string | null;
  /** JSON of `Settings`. */
  readonly settings: string;
  readonly state: "listing" | "bringing" | "completed" | "failed" | "cancelled";
  readonly cursor: string | null;
  readonly error_code: string | null;
  readonly failures: number;
  readonly created_at: number;
  readonly completed_at: number | null;
}

export interface Settings {
  readonly encoding: string | null;
  readonly priority: "high" | "normal" | "low" | null;
  readonly dryRun: boolean;
}

export interface VideoRow {
  readonly account_import_id: string;
  readonly position: number;
  readonly provider_video_id: string;
  readonly title: string;
  /** JSON of the provider's video. */
  readonly about: string;
  readonly state: "waiting" | "preparing" | "importing" | "brought" | "skipped" | "failed";
  readonly error_code: string | null;
  readonly video_id: string | null;
  readonly import_id: string | null;
}

export interface Counts {
  readonly listed: number;
  readonly waiting: number;
  readonly brought: number;
  readonly skipped: number;
  readonly failed: number;
}

export function insertAccountImport(
  db: D1Database,
  row: Pick<AccountImportRow, "id" | "provider" | "account" | "sealed_secret" | "settings">,
  nowMs: number,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO account_imports (id, provider, account, sealed_secret, settings, state, due_at, created_at)
       VALUES (?, ?, ?, ?, ?, 'listing', ?, ?)`,
    )
    .bind(row.id, row.provider, row.account, row.sealed_secret, row.settings, nowMs, nowMs);
}

export async function findAccountImport(db: D1Database, id: string): Promise<AccountImportRow | null> {
  return db.prepare("SELECT * FROM account_imports WHERE id = ?").bind(id).first<AccountImportRow>();
}

/** Newest first; one more than asked tells whether there is a next page. */
export async function listAccountImports(
  db: D1Database,
  limit: number,
  beforeId: string | null,
): Promise<readonly AccountImportRow[]> {
  const { results } = await db
    .prepare("SELECT * FROM account_imports WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2")
    .bind(beforeId, limit + 1)
    .all<AccountImportRow>();
  return results;
}

export async function countsOf(db: D1Database, ids: readonly string[]): Promise<ReadonlyMap<string, Counts>> {
  const { results } = await db
    .prepare(
      `SELECT account_import_id AS id, count(*) AS listed, sum(state IN ('waiting', 'preparing', 'importing')) AS waiting,
         sum(state = 'brought') AS brought, sum(state = 'skipped') AS skipped, sum(state = 'failed') AS failed
       FROM account_import_videos WHERE account_import_id IN (SELECT value FROM json_each(?)) GROUP BY 1`,
    )
    .bind(JSON.stringify(ids))
    .all<Counts & { readonly id: string }>();
  return new Map(results.map(({ id, ...counts }) => [id, counts]));
}

export async function listBrought(
  db: D1Database,
  id: string,
  limit: number,
  afterPosition: number,
): Promise<readonly VideoRow[]> {
  const { results } = await db
    .prepare(
      "SELECT * FROM account_import_videos WHERE account_import_id = ? AND position > ? ORDER BY position LIMIT ?",
    )
    .bind(id, afterPosition, limit + 1)
    .all<VideoRow>();
  return results;
}

/** Nobody else goes on with it until `untilMs`. Null: it is over, or somebody does. */
export async function take(
  db: D1Database,
  id: string,
  nowMs: number,
  untilMs: number,
): Promise<AccountImportRow | null> {
  return db
    .prepare(
      `UPDATE account_imports SET due_at = ?3 WHERE id = ?1 AND completed_at IS NULL AND due_at <= ?2 RETURNING *`,
    )
    .bind(id, nowMs, untilMs)
    .first<AccountImportRow>();
}

export async function dueAccountImports(
  db: D1Database,
  nowMs: number,
  limit: number,
): Promise<readonly string[]> {
  const { results } = await db
    .prepare(
      "SELECT id FROM account_imports WHERE completed_at IS NULL AND due_at <= ? ORDER BY due_at LIMIT ?",
    )
    .bind(nowMs, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** A page of the list, and where the next one begins. What comes twice is noted once. */
export async function notePage(
  db: D1Database,
  id: string,
  videos: readonly ProviderVideo[],
  nextCursor: string | null,
): Promise<void> {
  await db.batch([
    ...slicesOf(videos).map((slice) =>
      db
        .prepare(
          `INSERT OR IGNORE INTO account_import_videos
           (account_import_id, position, provider_video_id, title, about, state, error_code)
         SELECT ?1, (SELECT coalesce(max(position), 0) FROM account_import_videos WHERE account_import_id = ?1) + key + 1,
           value ->> '$.id', value ->> '$.title', value ->> '$.about',
           CASE WHEN value ->> '$.skip' IS NULL THEN 'waiting' ELSE 'skipped' END, value ->> '$.skip'
         FROM json_each(?2)`,
        )
        .bind(id, slice),
    ),
    db
      .prepare(
        `UPDATE account_imports SET cursor = ?2, failures = 0,
           state = CASE WHEN ?2 IS NULL THEN 'bringing' ELSE 'listing' END WHERE id = ?1 AND state = 'listing'`,
      )
      .bind(id, nextCursor),
  ]);
}

/** D1 takes no parameter beyond 2 MB. */
const longestSlice = 500_000;

/** JSON arrays of the page's videos, in order. */
function slicesOf(videos: readonly ProviderVideo[]): readonly string[] {
  const slices: string[][] = [];
  let length = Infinity;
  for (const about of videos.map(whatFits)) {
    const text = JSON.stringify({ ...about, about: JSON.stringify(about) });
    if (length + text.length > longestSlice) {
      slices.push([]);
      length = 0;
    }
    slices.at(-1)?.push(text);
    length += text.length;
  }
  return slices.map((slice) => `[${slice.join(",")}]`);
}

const mostOwnEntries = 40;

/** As much of what is told there as a video may say here. */
function whatFits(video: ProviderVideo): ProviderVideo {
  const own = Object.entries(video.metadata)
    .filter(([name, value]) => name !== "" && name.length <= 64 && value.length <= 500)
    .slice(0, mostOwnEntries);
  return {
    ...video,
    title: video.title.trim().slice(0, 200),
    creator: video.creator?.trim().slice(0, 100) || null,
    metadata: Object.fromEntries(own),
  };
}

/** Imports that have ended: so have their videos. */
export async function noteEnds(db: D1Database, id: string): Promise<void> {
  await db
    .prepare(
      `UPDATE account_import_videos SET
         state = CASE u.state WHEN 'completed' THEN 'brought' ELSE 'failed' END,
         error_code = CASE u.state WHEN 'completed' THEN NULL ELSE coalesce(u.error_code, u.state) END
       FROM imports i JOIN uploads u ON u.id = i.upload_id
       WHERE account_import_id = ? AND account_import_videos.state = 'importing' AND i.id = import_id AND u.state != 'open'`,
    )
    .bind(id)
    .run();
  // Its video was deleted while it was on its way.
  await db
    .prepare(
      `UPDATE account_import_videos SET state = 'failed', error_code = 'uploadCancelled'
       WHERE account_import_id = ? AND state = 'importing' AND NOT EXISTS (SELECT 1 FROM imports WHERE id = import_id)`,
    )
    .bind(id)
    .run();
}

export async function videosIn(
  db: D1Database,
  id: string,
  states: readonly VideoRow["state"][],
  limit: number,
): Promise<readonly VideoRow[]> {
  const { results } = await db
    .prepare(
      `SELECT * FROM account_import_videos WHERE account_import_id = ?
         AND state IN (SELECT value FROM json_each(?)) ORDER BY position LIMIT ?`,
    )
    .bind(id, JSON.stringify(states), limit)
    .all<VideoRow>();
  return results;
}

export async function setVideo(
  db: D1Database,
  { account_import_id, position }: Pick<VideoRow, "account_import_id" | "position">,
  change: Pick<VideoRow, "state"> & Partial<Pick<VideoRow, "error_code" | "video_id" | "import_id">>,
): Promise<void> {
  await db
    .prepare(
      `UPDATE account_import_videos SET state = ?3, error_code = ?4, video_id = coalesce(?5, video_id),
         import_id = coalesce(?6, import_id) WHERE account_import_id = ?1 AND position = ?2`,
    )
    .bind(
      ...[account_import_id, position, change.state, change.error_code ?? null],
      ...[change.video_id ?? null, change.import_id ?? null],
    )
    .run();
}

/**
 * Those that wait and are here: by an earlier import of the account, or by a turn of this one that was cut off behind it.
 * What is on its way is waited for. Of a list that was brought before, all at once.
 */
export async function adoptHere(db: D1Database, id: string, provider: string): Promise<void> {
  await db
    .prepare(
      `UPDATE account_import_videos SET video_id = here.video_id,
         import_id = iif(here.on_its_way, here.import_id, NULL),
         state = iif(here.on_its_way, 'importing', 'skipped'),
         error_code = iif(here.on_its_way, NULL, 'alreadyBrought')
       FROM (SELECT a.position, v.id AS video_id, i.id AS import_id,
               v.state = 'awaitingUpload' AND i.id IS NOT NULL AS on_its_way
             FROM account_import_videos a
             JOIN video_metadata m ON m.key = 'importedId' AND m.value = a.provider_video_id
             JOIN video_metadata p ON p.video_id = m.video_id AND p.key = 'importedFrom' AND p.value = ?2
             JOIN videos v ON v.id = m.video_id AND v.state != 'error'
             LEFT JOIN imports i ON i.video_id = v.id
             WHERE a.account_import_id = ?1 AND a.state = 'waiting') AS here
       WHERE account_import_id = ?1 AND account_import_videos.position = here.position
         AND account_import_videos.state = 'waiting'`,
    )
    .bind(id, provider)
    .run();
}

/** Its secret goes with its end. False: it had ended. */
export async function end(
  db: D1Database,
  id: string,
  state: "completed" | "failed" | "cancelled",
  errorCode: string | null,
  nowMs: number,
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `UPDATE account_imports SET state = ?2, error_code = ?3, completed_at = ?4, sealed_secret = NULL, cursor = NULL
       WHERE id = ?1 AND completed_at IS NULL`,
    )
    .bind(id, state, errorCode, nowMs)
    .run();
  return meta.changes > 0;
}

export async function putOff(db: D1Database, id: string, failures: number, dueAtMs: number): Promise<void> {
  await db
    .prepare("UPDATE account_imports SET failures = ?, due_at = ? WHERE id = ? AND completed_at IS NULL")
    .bind(failures, dueAtMs, id)
    .run();
}
