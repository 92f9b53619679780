import type { Result } from "#workers/result.ts";
import type { Refusal } from "./call.ts";
import type { Trail } from "./decision.ts";
import type { RecordCall } from "./grant.ts";
import { decidePlayable } from "./playable.ts";
import type { MediaVersion } from "./record.ts";

/** The version that plays now. */
export function decideMedia({ record }: RecordCall, trail: Trail): Result<MediaVersion, Refusal> {
  const playable = decidePlayable(record);
  if (!playable.ok) return trail.refuse("playable", playable.reason, record.state);
  const { version, kind, state } = playable.value;
  trail.pass("playable", { state: record.state, version, kind, versionState: state });
  return playable;
}
