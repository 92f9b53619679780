// Who asks, and what that lets them: the token of a signed playback id, or nobody in particular for a public one.
import { noLimits, type Limits } from "#workers/access/limits.ts";
import type { Audience } from "#workers/access/playback-claims.ts";
import type { VerifiedToken } from "#workers/access/verify-token.ts";
import { ok, type Result } from "#workers/result.ts";
import { fileNumberOf } from "#workers/timeline/version-numbers.ts";
import type { Asked, Refusal } from "./call.ts";
import type { Choice } from "./choose.ts";
import { decideBinding, decidePlace } from "./decide-place.ts";
import { decideRevocation } from "./decide-revocation.ts";
import type { Trail } from "./decision.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import { narrow } from "./modifiers-narrow.ts";
import { valuesOf } from "./query.ts";
import type { PlaybackRecord } from "./record.ts";
import { anonymousClaims, credentialAgeSeconds, type SessionBinding, type SessionClaims } from "./session.ts";

export interface Grant {
  /** Null: an anonymous viewer of a public playback id. */
  readonly token: VerifiedToken | null;
  readonly limits: Limits;
  /** The network that the session will be bound to. */
  readonly binding: SessionBinding;
}

export interface RecordCall extends Asked {
  readonly record: PlaybackRecord;
}

export async function decideGrant(
  memory: PlaybackIsolate,
  call: RecordCall,
  audience: Audience,
  trail: Trail,
): Promise<Result<Grant, Refusal>> {
  const decided = await decideToken(memory, call, audience, trail);
  if (!decided.ok) return decided;
  const token = decided.value;
  const { request, record, nowMs } = call;
  const here = decidePlace(request, record.access.restrictions, "playbackId", trail);
  if (!here.ok) return here;
  const allowed = token === null ? here : decidePlace(request, token.claims.restrictions, "token", trail);
  if (!allowed.ok) return allowed;
  const bound = decideBinding(request, token?.claims.boundTo ?? null, trail);
  if (!bound.ok) return bound;
  const current = await decideRevocation(memory, call, credentialOf(token, nowMs), trail);
  if (!current.ok) return current;
  const limits = narrow(record.access.limits, token?.claims.limits ?? noLimits);
  return ok({ token, limits, binding: bound.value });
}

function credentialOf(token: VerifiedToken | null, nowMs: number) {
  if (token === null) return { session: null, issuedAtMs: nowMs };
  const { tokenHash, viewerHash, keyHash, claims } = token;
  return { session: null, tokenHash, viewerHash, keyHash, issuedAtMs: claims.issuedAtMs ?? 0 };
}

/** A token on a public playback id is not needed, but if there is one it must be good, and it counts. */
async function decideToken(
  memory: PlaybackIsolate,
  { record, query, env, ctx, nowMs }: RecordCall,
  audience: Audience,
  trail: Trail,
): Promise<Result<VerifiedToken | null, Refusal>> {
  const [token, ...more] = valuesOf(query, "token");
  if (record.policy === "drm") return trail.refuse("token", "drmUnavailable", { policy: record.policy });
  if (token === undefined) {
    if (record.policy === "signed") return trail.refuse("token", "tokenRequired", { policy: record.policy });
    trail.skip("token", { policy: record.policy });
    return ok(null);
  }
  if (more.length > 0) return trail.refuse("token", "tokenMalformed", { tokens: 1 + more.length });
  const { verifyPlaybackToken } = (memory.tokens ??= await import("#workers/access/verify-token.ts"));
  const verified = await verifyPlaybackToken(token, record.playbackId, audience, {
    findKey: (kid) => memory.signingKeys.find(kid, env, ctx, nowMs),
    env,
    nowMs,
  });
  if (!verified.ok) {
    const { reason, ...about } = verified.reason;
    // Signed, so it is the signer who reads this: which claim is wrong is no secret to them.
    const told = "claim" in about ? { detail: `The claim ${about.claim} is not what it may be.` } : {};
    return trail.refuse("token", reason, { audience, ...about }, told);
  }
  const { claims, kid } = verified.value;
  trail.pass("token", { audience, kid, tokenId: claims.tokenId, viewerId: claims.viewerId });
  return ok(verified.value);
}

/** The session of this viewer: what it may read until when, and by which credentials it can be cut off. */
export function mintClaims(
  { record, nowMs }: RecordCall,
  { token, binding }: Grant,
  { trackMask, slice }: Pick<Choice, "trackMask" | "slice">,
): SessionClaims {
  const open = anonymousClaims(nowMs, record.durationSeconds ?? 0, trackMask);
  const { availableUntilMs, streamLimit, termsVersion } = record.access;
  const expiresAtMs = Math.min(open.expiresAtMs, availableUntilMs ?? Infinity);
  const fileNumber = record.media === null ? 0 : fileNumberOf(record.media.version);
  const claims = { ...open, fileNumber, slice, binding, expiresAtMs, termsVersion };
  if (token === null) return claims;
  const { viewerHash, tokenHash, keyHash, claims: told } = token;
  return {
    ...claims,
    ...{ viewerHash, tokenHash, keyHash },
    // Nobody in particular can't have too many streams.
    streamLimit: told.viewerId === null ? null : (told.streamLimit ?? streamLimit),
    credentialAgeSeconds: credentialAgeSeconds(nowMs, told.issuedAtMs),
  };
}
