// A session that goes on: whoever still watches gets another in its place before it is over.
import type { SessionCall } from "./call.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import { mintSession, renewedClaims, sessionExpiresAtMs } from "./session.ts";

/** Who still watches when half of the session is over gets another in its place; null where there is time yet. */
export async function renewSession(memory: PlaybackIsolate, call: SessionCall): Promise<string | null> {
  const { record, env, nowMs, session } = call;
  const latestMs = Math.min(
    sessionExpiresAtMs(nowMs, record.durationSeconds ?? 0),
    record.access.availableUntilMs ?? Infinity,
  );
  const claims = renewedClaims(session, nowMs, latestMs);
  if (claims === null) return null;
  const keys = memory.keyring.peek(env.SESSION_KEYS) ?? (await memory.keyring.of(env.SESSION_KEYS));
  return mintSession(claims, record.playbackId, keys);
}
