// When the owner takes something away: sessions that were made by the old terms end within seconds, and their players
// come back for new ones. Tokens stay good, since they are held against the terms at each use.
import type { Env } from "#workers/env.ts";
import { playbackIdHash } from "./credential-hash.ts";

export async function endOutdatedSessions(
  env: Pick<Env, "REVOCATIONS">,
  playbackIds: readonly string[],
  nowMs: number,
): Promise<void> {
  if (playbackIds.length === 0) return;
  // Those of the second that is running, too.
  const issuedBeforeSeconds = Math.floor(nowMs / 1_000) + 1;
  const hashes = await Promise.all(playbackIds.map(playbackIdHash));
  await env.REVOCATIONS.getByName("all").revoke(
    hashes.map((hash) => ({ kind: "policy", hash, issuedBeforeSeconds, reason: "changed" })),
  );
}
