// A file has arrived that is to replace a video's own. Where it plays as it came it does so from now on; else the video
// stays what it is until the file is encoded.
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { outgoing, type Outgoing, type OutboxMessage } from "#workers/outbox/outbox.ts";
import type { Unfit } from "#workers/packaging/source/source.ts";
import type { Inspected } from "#workers/sources/inspect-as-source.ts";
import {
  instantOf,
  passthroughUnfit,
  settlementOf,
  type Settlement,
} from "#workers/sources/settle-source.ts";
import { versionAfter } from "#workers/timeline/version-numbers.ts";
import { passthrough } from "#workers/transcoding/profile.ts";
import type { Replacement } from "#workers/uploads/session.ts";
import { eraseLater } from "./erase-later.ts";
import { replacedAtOnce, replacementArrived, replacementFailed, type ReplacingFile } from "./transitions.ts";

/** The version that the next file of the video gets; null when there is no such video. */
export async function nextVersion(db: D1Database, videoId: string): Promise<number | null> {
  const row = await db
    .prepare(
      `SELECT max(v.version, coalesce(r.version, 0)) AS version
       FROM videos v LEFT JOIN replacements r ON r.id = v.id WHERE v.id = ?`,
    )
    .bind(videoId)
    .first<{ version: number }>();
  return row === null ? null : versionAfter(row.version);
}

export async function settleReplacement(
  env: Pick<Env, "DB">,
  arrived: Omit<ReplacingFile, "instant" | "etag" | keyof Replacement>,
  replacement: Replacement,
  inspected: Inspected,
  nowMs: number,
): Promise<Settlement> {
  const db = env.DB;
  const { videoId, version } = arrived;
  const { timeline, file: found } = inspected;
  const file = { ...arrived, ...replacement, etag: found?.etag ?? null, instant: instantOf(timeline) };
  if (timeline.ok) {
    const { encoding, priority, overlapSeconds } = replacement;
    const profile = await profileSettings(db, encoding);
    const after = settlementOf(db, file, { encoding, priority, profile }, inspected, nowMs);
    const [setAside, forgotten] = replacedAtOnce(db, file, nowMs);
    const erased = eraseLater(db, videoId, nowMs, nowMs + overlapSeconds * 1_000);
    const first = [setAside, ...erased.map(({ statement }) => statement), forgotten];
    return { ...after, statements: [...first, ...after.statements] };
  }
  return file.encoding === passthrough
    ? unfit(db, file, timeline.reason, nowMs)
    : toBeEncoded(db, file, { videoId, version }, nowMs);
}

function toBeEncoded(
  db: D1Database,
  file: ReplacingFile,
  name: { readonly videoId: string; readonly version: number },
  nowMs: number,
): Settlement {
  const updated = emitted(db, { type: "video.updated", videoId: name.videoId }, nowMs);
  const { priority } = file;
  const sent = outgoing(db, { kind: "transcode", ...name, priority }, nowMs);
  return settled([replacementArrived(db, file, nowMs)], [updated], [sent.statement], sent.message);
}

function unfit(db: D1Database, file: ReplacingFile, reason: Unfit, nowMs: number): Settlement {
  const { videoId } = file;
  const failed = replacementFailed(db, file, passthroughUnfit(reason), nowMs);
  const updated = emitted(db, { type: "video.updated", videoId }, nowMs);
  const erased = eraseLater(db, videoId, nowMs, nowMs);
  const statements = [replacementArrived(db, file, nowMs), failed];
  return settled(
    statements,
    [updated],
    erased.map(({ statement }) => statement),
    null,
  );
}

function settled(
  changes: readonly D1PreparedStatement[],
  told: readonly Outgoing[],
  sent: readonly D1PreparedStatement[],
  message: OutboxMessage | null,
): Settlement {
  return { statements: [...changes, ...told.map(({ statement }) => statement), ...sent], message, told };
}

async function profileSettings(db: D1Database, encoding: string): Promise<string | null> {
  const row = await db
    .prepare("SELECT settings FROM encoding_profiles WHERE id = ?")
    .bind(encoding)
    .first<{ settings: string }>();
  return row?.settings ?? null;
}
