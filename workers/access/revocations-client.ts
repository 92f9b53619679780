// How the API takes something back: the one object, asked in time, and told apart whether it has it.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { within } from "#workers/within.ts";
import { playbackIdHash } from "./credential-hash.ts";
import { forEverSeconds, type Revocation } from "./revocation-log.ts";
import type { StoredRevocation } from "./revocation-rows.ts";
import type { Revocations } from "./revocations.ts";

type Bindings = Pick<Env, "REVOCATIONS">;

const answerWithinMs = 5_000;

/** What was issued until now, this second included. */
export function untilNowSeconds(nowMs: number): number {
  return Math.floor(nowMs / 1_000) + 1;
}

/** Once it is ok, the entries are durable, and known everywhere within four seconds. Repeating it is harmless. */
export function revoke(
  env: Bindings,
  entries: readonly Revocation[],
): Promise<Result<readonly StoredRevocation[], "unavailable">> {
  return asked(env, (object) => object.revoke(entries));
}

/** Newest first. */
export function listRevocations(
  env: Bindings,
  beforeSequence: number | null,
  limit: number,
): Promise<Result<readonly StoredRevocation[], "unavailable">> {
  return asked(env, (object) => object.list(beforeSequence, limit));
}

/** Before playback ids are deleted: whoever watches by them is stopped though a location still remembers the record. */
export async function endPlaybackIds(
  env: Bindings,
  playbackIds: readonly string[],
): Promise<Result<readonly StoredRevocation[], "unavailable">> {
  if (playbackIds.length === 0) return ok([]);
  const hashes = await Promise.all(playbackIds.map(playbackIdHash));
  return revoke(
    env,
    hashes.map((hash) => ({
      kind: "playbackId",
      hash,
      issuedBeforeSeconds: forEverSeconds,
      reason: "revoked",
    })),
  );
}

async function asked(
  { REVOCATIONS }: Bindings,
  ask: (object: DurableObjectStub<Revocations>) => Promise<readonly StoredRevocation[]>,
): Promise<Result<readonly StoredRevocation[], "unavailable">> {
  try {
    return ok(await within(answerWithinMs, ask(REVOCATIONS.getByName("all"))));
  } catch (error) {
    logError("access.revocationsUnreachable", error);
    return refuse("unavailable");
  }
}
