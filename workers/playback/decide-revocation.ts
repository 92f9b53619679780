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
  let ofId = hashes.get(record);
  if (ofId === undefined) hashes.set(record, (ofId = await playbackIdHash(record.playbackId)));
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
