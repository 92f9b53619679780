// The claims of a playback token, read from a verified payload. Hand-written: the edge path carries no schema
// library. docs/playback-tokens.md shows them to those who sign.
import type { Limits } from "./limits.ts";
import type { StreamLimit } from "./policy.ts";
import type { Restrictions } from "./restrictions.ts";

export const audiences = ["video", "thumbnail", "storyboard", "download", "drm"] as const;
export type Audience = (typeof audiences)[number];

export interface PlaybackClaims {
  /** `sub`. */
  readonly playbackId: string;
  /** `aud`, one or several. */
  readonly audiences: readonly Audience[];
  /** `exp`, required. */
  readonly expiresAtMs: number;
  readonly notBeforeMs: number | null;
  readonly issuedAtMs: number | null;
  /** `jti`. */
  readonly tokenId: string | null;
  /** `viewer`: the customer's own id of who watches. */
  readonly viewerId: string | null;
  readonly limits: Limits;
  readonly restrictions: Restrictions;
  /** `ip`: an address or CIDR block that the token, and every session made with it, is bound to. */
  readonly boundTo: string | null;
  readonly streamLimit: StreamLimit | null;
}
