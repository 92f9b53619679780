// When the owner takes something away: sessions that were made by the old terms end within seconds, and their players
// come back for new ones. Tokens stay good, since they are held against the terms at each use.
import type { Env } from "#workers/env.ts";
import type { Result } from "#workers/result.ts";
import { playbackIdHash } from "./credential-hash.ts";
import { revoke, untilNowSeconds } from "./revocations-client.ts";

/** To be asked before the new terms are written: if it can't be done, nothing is to change. */
export async function endOutdatedSessions(
  env: Pick<Env, "REVOCATIONS">,
  playbackIds: readonly string[],
  nowMs: number,
): Promise<Result<unknown, "unavailable">> {
  const issuedBeforeSeconds = untilNowSeconds(nowMs);
  const hashes = await Promise.all(playbackIds.map(playbackIdHash));
  return revoke(
    env,
    hashes.map((hash) => ({ kind: "policy", hash, issuedBeforeSeconds, reason: "changed" })),
  );
}
