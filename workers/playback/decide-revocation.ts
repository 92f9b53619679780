// Was the right to this taken back? Of a session, of the token that is presented, or of the playback id itself.
import { playbackIdHash } from "#workers/access/credential-hash.ts";
import type { RevocationReason } from "#workers/access/revocation-log.ts";
import { ok, type Result } from "#workers/result.ts";
import type { Refusal } from "./call.ts";
import type { Trail } from "./decision.ts";
import type { RecordCall } from "./grant.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import type { PlaybackRecord } from "./record.ts";
import type { RefusalReason } from "./refusals.ts";
import type { RevocationSubject } from "./revocation-view.ts";

/** Of records, which live as long as they are remembered. */
const hashes = new WeakMap<PlaybackRecord, Uint8Array>();

const refusals = {
  revoked: "revoked",
  evicted: "streamEvicted",
  shared: "sessionShared",
  limited: "streamLimitReached",
  changed: "sessionOutdated",
} as const satisfies Record<RevocationReason, RefusalReason>;

export async function decideRevocation(
  memory: PlaybackIsolate,
  { record, env, ctx, nowMs }: RecordCall,
  credential: Omit<RevocationSubject, "playbackIdHash">,
  trail: Trail,
  maxAgeMs?: number,
): Promise<Result<null, Refusal>> {
  const ofId = await hashOf(record);
  const checked = memory.revocations.check({ ...credential, playbackIdHash: ofId }, env, ctx, nowMs, {
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
  });
  const verdict = checked instanceof Promise ? await checked : checked;
  switch (verdict.kind) {
    case "clear":
      trail.pass("revocation");
      return ok(null);
    case "revoked":
      return trail.refuse("revocation", refusals[verdict.reason], { by: verdict.by });
    case "unknown":
      return trail.refuse("revocation", "revocationsUnknown");
  }
}

/**
 * The record of a session that is to be minted. One that was read before its terms became narrower would give those
 * whose sessions have just been ended the old terms again. Null: it is gone.
 */
export async function findRecordOfTerms(
  memory: PlaybackIsolate,
  { record, env, ctx, nowMs }: RecordCall,
): Promise<PlaybackRecord | null> {
  const changedAtMs = await memory.revocations.termsChangedAtMs(await hashOf(record), env, ctx, nowMs);
  return changedAtMs === 0 ? record : memory.records.find(record.playbackId, env, ctx, nowMs, changedAtMs);
}

async function hashOf(record: PlaybackRecord): Promise<Uint8Array> {
  const known = hashes.get(record);
  if (known !== undefined) return known;
  const hash = await playbackIdHash(record.playbackId);
  hashes.set(record, hash);
  return hash;
}
