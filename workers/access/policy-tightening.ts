// Did the owner take something away? Then sessions that were made before must not go on as if nothing had happened.
// Pure.
import { narrowCodecs } from "#workers/playback/choose-codecs.ts";
import { isInRange } from "#workers/playback/choose-languages.ts";
import type { Limits } from "./limits.ts";
import type { StreamLimit } from "./policy.ts";
import type { AccessRule, Restrictions } from "./restrictions.ts";

/** By which a playback id can be watched. */
export interface PlaybackTerms {
  readonly policy: "public" | "signed" | "drm";
  readonly restrictions: Restrictions;
  readonly limits: Limits;
  readonly streamLimit: StreamLimit | null;
}

const strictness = { public: 0, signed: 1, drm: 2 } as const;

/** True also where it can't be told: a session that is ended for nothing costs its viewer one more manifest. */
export function isTighter(before: PlaybackTerms, after: PlaybackTerms): boolean {
  return (
    strictness[after.policy] > strictness[before.policy] ||
    isTighterPlace(before.restrictions, after.restrictions) ||
    isTighterLimits(before.limits, after.limits) ||
    isTighterStreams(before.streamLimit, after.streamLimit)
  );
}

/** Order and subtitles are wishes: to change them takes nothing away. */
export function isTighterLimits(before: Limits, after: Limits): boolean {
  return (
    (after.maxHeight ?? Infinity) < (before.maxHeight ?? Infinity) ||
    (after.minHeight ?? 0) > (before.minHeight ?? 0) ||
    (after.startSeconds ?? 0) > (before.startSeconds ?? 0) ||
    (after.endSeconds ?? Infinity) < (before.endSeconds ?? Infinity) ||
    (after.audioOnly === true && before.audioOnly !== true) ||
    isTighterCodecs(before.codecs, after.codecs) ||
    isTighterLanguages(before.audioLanguages, after.audioLanguages)
  );
}

function isTighterCodecs(
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
): boolean {
  if (after === undefined) return false;
  if (before === undefined) return true;
  const [both, all] = [narrowCodecs(before, after), narrowCodecs(before, before)];
  return both.length !== all.length || both.some((name) => !all.includes(name));
}

function isTighterLanguages(before: readonly string[] | undefined, after: readonly string[] | undefined) {
  if (after === undefined) return false;
  return before === undefined || before.some((tag) => !after.some((range) => isInRange(tag, range)));
}

function isTighterPlace(before: Restrictions, after: Restrictions): boolean {
  return (
    isOtherRules(before.rules, after.rules) ||
    isTighterOrigins(before.allowedOrigins, after.allowedOrigins) ||
    (needsOrigin(after) && !needsOrigin(before))
  );
}

/** Which of two lists of rules lets more viewers in, is not worth telling. */
function isOtherRules(before: readonly AccessRule[] = [], after: readonly AccessRule[] = []): boolean {
  return after.length > 0 && JSON.stringify(after) !== JSON.stringify(before);
}

function isTighterOrigins(before: readonly string[] | undefined, after: readonly string[] | undefined) {
  if (after === undefined) return false;
  return before === undefined || before.some((host) => !after.includes(host));
}

function needsOrigin({ allowedOrigins, allowNoOrigin }: Restrictions): boolean {
  return allowedOrigins !== undefined && allowNoOrigin === false;
}

function isTighterStreams(before: StreamLimit | null, after: StreamLimit | null): boolean {
  return after !== null && (before === null || after.maxStreams < before.maxStreams);
}
