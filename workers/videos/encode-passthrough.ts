// A video that was only to be played as it came is encoded after all. Whoever watches its file goes on watching it: the
// ladder comes beside it, as if it had been wanted from the beginning.
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { logError } from "#workers/http/log.ts";
import { outgoing, send, sendAll } from "#workers/outbox/outbox.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { headSource, type SourceRow } from "#workers/sources/head-source.ts";
import { predictedLadder, type EncodeSettings } from "#workers/sources/settle-source.ts";
import type { Format } from "#workers/timeline/timeline.ts";
import { passthrough } from "#workers/transcoding/profile.ts";
import { statesAccepting, type VideoState } from "./lifecycle.ts";
import { encodeWanted } from "./transitions.ts";

export type EncodeRefusal = "unknown" | "noFile" | "isEncoded" | "sourceGone";

interface Row extends SourceRow {
  readonly version: number;
  readonly state: VideoState;
  readonly encoding: string;
  readonly source_size_bytes: number | null;
  /** Of the file's own timeline; null where it does not play. */
  readonly formats: string | null;
}

export async function encodePassthrough(
  env: Env,
  videoId: string,
  settings: EncodeSettings,
  nowMs: number,
): Promise<Result<null, EncodeRefusal>> {
  const { DB, MEDIA } = env;
  const row = await DB.prepare(
    `SELECT v.version, v.state, v.encoding, v.source_key, v.source_etag, v.source_size_bytes, s.formats FROM videos v
     LEFT JOIN versions s ON s.video_id = v.id AND s.version = v.version - 1 AND s.kind = 'source'
     WHERE v.id = ?`,
  )
    .bind(videoId)
    .first<Row>();
  const refusal = row === null ? "unknown" : refusalOf(row);
  if (row === null || refusal !== null) return refuse(refusal ?? "unknown");
  if ((await headSource(MEDIA, videoId, row)) === null) return refuse("sourceGone");
  const { version } = row;
  const { encoding, priority } = settings;
  // Of two calls at once one changes the row; a message of the other says the same, and the board takes it once.
  const isWanted = {
    sql: "EXISTS (SELECT 1 FROM videos WHERE id = ? AND version = ? AND state = 'uploaded' AND encoding = ?)",
    bindings: [videoId, version, encoding],
  };
  const body = { kind: "transcode", videoId, version, priority } as const;
  const { statement, message } = outgoing(DB, body, nowMs, nowMs, isWanted);
  // Own rows only: typed values of this Worker's.
  const formats = row.formats === null ? [] : (JSON.parse(row.formats) as readonly Format[]);
  const told = emitted(DB, { type: "video.updated", videoId }, nowMs);
  const [changed] = await DB.batch([
    encodeWanted(DB, videoId, settings, nowMs),
    told.statement,
    ...(formats.length === 0 ? [] : [predictedLadder(DB, { videoId, version }, formats, settings, nowMs)]),
    statement,
  ]);
  if (changed === undefined || changed.meta.changes === 0) return refuse("isEncoded");
  await sendAll(env, [told]);
  await send(env, message).catch((error: unknown) => logError("video.sendFailed", error, { videoId }));
  return ok(null);
}

function refusalOf({ state, encoding, source_size_bytes }: Row): EncodeRefusal | null {
  if (source_size_bytes === null) return "noFile";
  if (encoding !== passthrough || !statesAccepting("encodeWanted").includes(state)) return "isEncoded";
  return null;
}
