// Which runners ask for work, for whoever asks how the fleet is. A row each, written once a minute at most.
import type { ClaimRequest } from "./contract.ts";

const writeEveryMs = 60_000;
const listedMs = 15 * 60_000;
const keptMs = 7 * 86_400_000;

/** Per isolate: most of what would be written again was written by it. */
const written = new Map<string, number>();
const rememberedRunners = 1_000;

export interface SeenRunner {
  readonly id: string;
  readonly release: string | null;
  readonly protocol: string;
  readonly ffmpegVersion: string | null;
  readonly codecs: readonly string[];
  readonly seenAtMs: number;
}

export async function sawRunner(
  db: D1Database,
  claim: Pick<ClaimRequest, "runnerId" | "instance" | "release" | "ffmpegVersion" | "codecs">,
  protocol: string,
  nowMs: number,
): Promise<void> {
  const { runnerId, instance = runnerId, release = null, ffmpegVersion, codecs } = claim;
  await write(db, { id: instance, release, protocol, ffmpegVersion, codecs, seenAtMs: nowMs });
}

/** One that was refused for its protocol: nothing else of it can be read. Of its name the token is all that is known. */
export async function sawStranger(
  db: D1Database,
  id: string,
  protocol: string,
  nowMs: number,
): Promise<void> {
  await write(db, { id, release: null, protocol, ffmpegVersion: null, codecs: [], seenAtMs: nowMs });
}

async function write(db: D1Database, runner: SeenRunner): Promise<void> {
  const { id, release, protocol, ffmpegVersion, codecs, seenAtMs } = runner;
  if (seenAtMs - (written.get(id) ?? 0) < writeEveryMs) return;
  if (written.size >= rememberedRunners) written.clear();
  written.set(id, seenAtMs);
  await db
    .prepare(
      `INSERT INTO runners (id, release, protocol, ffmpeg_version, codecs, seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
       ON CONFLICT (id) DO UPDATE SET release = ?2, protocol = ?3, ffmpeg_version = ?4, codecs = ?5, seen_at = ?6
         WHERE seen_at < ?6`,
    )
    .bind(id, release, protocol, ffmpegVersion, codecs.join(" "), seenAtMs)
    .run();
}

/** Those that were heard of in the last quarter of an hour. */
export async function seenRunners(db: D1Database, nowMs: number): Promise<readonly SeenRunner[]> {
  const rows = await db
    .prepare("SELECT * FROM runners WHERE seen_at > ? ORDER BY seen_at DESC LIMIT 100")
    .bind(nowMs - listedMs)
    .all<{
      id: string;
      release: string | null;
      protocol: string;
      ffmpeg_version: string | null;
      codecs: string;
      seen_at: number;
    }>();
  return rows.results.map((row) => ({
    id: row.id,
    release: row.release,
    protocol: row.protocol,
    ffmpegVersion: row.ffmpeg_version,
    codecs: row.codecs === "" ? [] : row.codecs.split(" "),
    seenAtMs: row.seen_at,
  }));
}

export function sweepRunners(db: D1Database, nowMs: number): D1PreparedStatement {
  return db.prepare("DELETE FROM runners WHERE seen_at < ?").bind(nowMs - keptMs);
}
