// Which of the objects holds a session's record: the first byte of the session's id says, and that is random.
import { decodeBase64url } from "#workers/base64url.ts";
import type { Env } from "#workers/env.ts";
import type { RecordedSession, SessionPosition, SessionRecords } from "./session-records.ts";

/** An object bears about 1,000 requests a second; an isolate sends each of them one flush in 30 s. */
export const shardCount = 8;
const sessionIdBytes = 8;

export function shardOf(sessionIdStart: number): number {
  return sessionIdStart % shardCount;
}

export function sessionShard(env: Env, shard: number): DurableObjectStub<SessionRecords> {
  return env.SESSION_RECORDS.getByName(String(shard));
}

export async function findRecordedSession(env: Env, sessionId: string): Promise<RecordedSession | null> {
  const bytes = decodeBase64url(sessionId);
  const [start] = bytes ?? [];
  if (bytes?.byteLength !== sessionIdBytes || start === undefined) return null;
  return sessionShard(env, shardOf(start)).find(sessionId);
}

/** Each shard gives its newest; the newest of those are the page. */
export async function listRecordedSessions(
  env: Env,
  playbackId: string,
  after: SessionPosition | null,
  limit: number,
): Promise<readonly RecordedSession[]> {
  const shards = Array.from({ length: shardCount }, (_, shard) =>
    sessionShard(env, shard).list(playbackId, after, limit),
  );
  return (await Promise.all(shards)).flat().toSorted(newestFirst).slice(0, limit);
}

function newestFirst(a: RecordedSession, b: RecordedSession): number {
  if (a.issuedAtMs !== b.issuedAtMs) return b.issuedAtMs - a.issuedAtMs;
  // As SQLite compares: by bytes.
  return a.sessionId < b.sessionId ? 1 : -1;
}
