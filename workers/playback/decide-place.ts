// May this be watched from where the request comes: by the rules of the playback id and of the token, each of which
// must allow it, and by the network that the token is bound to.
import { bindingOf } from "#workers/access/ip-binding.ts";
import { parseIpBlock } from "#workers/access/ip-block.ts";
import { isRestricted, judgeRestrictions, type Restrictions } from "#workers/access/restrictions.ts";
import { viewerIpOf, viewerPlaceOf } from "#workers/access/viewer-place.ts";
import { ok, type Result } from "#workers/result.ts";
import type { Refusal } from "./call.ts";
import type { Trail } from "./decision.ts";
import { unbound, type SessionBinding } from "./session.ts";

export function decidePlace(
  request: Request,
  restrictions: Restrictions,
  of: "playbackId" | "token",
  trail: Trail,
): Result<null, Refusal> {
  if (!isRestricted(restrictions)) {
    trail.skip("place", { of });
    return ok(null);
  }
  const place = viewerPlaceOf(request);
  const { kind, by } = judgeRestrictions(restrictions, place);
  const input = { of, ...place, by };
  if (kind === "refused") {
    const isPage = by === "originNotAllowed" || by === "originMissing";
    return trail.refuse("place", isPage ? "originNotAllowed" : "notAllowedHere", input);
  }
  trail.pass("place", input);
  return ok(null);
}

/** What the session will be bound to. `block`: the token's claim, which was read as one. */
export function decideBinding(
  request: Request,
  block: string | null,
  trail: Trail,
): Result<SessionBinding, Refusal> {
  if (block === null) return ok(unbound);
  const ip = viewerIpOf(request.headers);
  const parsed = parseIpBlock(block);
  const binding = parsed === null ? null : bindingOf(ip, parsed);
  if (binding === null) return trail.refuse("binding", "boundElsewhere", { ip, block });
  trail.pass("binding", { ip, block });
  return ok(binding);
}
