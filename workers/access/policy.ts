// What the owner of a video decided about its playback, as the edge path reads it with the playback record.
import { noLimits, type Limits } from "./limits.ts";
import type { Restrictions } from "./restrictions.ts";

/** What happens when a viewer who is at the limit starts another stream. */
export const streamLimitActions = ["evictOldest", "refuseNewest"] as const;
export type StreamLimitAction = (typeof streamLimitActions)[number];

/** As many as a session has room for. */
export const maxStreams = 255;

export interface StreamLimit {
  readonly maxStreams: number;
  readonly action: StreamLimitAction;
}

/** The owner's settings of one playback id, as its row keeps them. What is not set is not there. */
export interface OwnAccess {
  readonly restrictions?: Restrictions;
  readonly limits?: Limits;
  readonly streamLimit?: StreamLimit;
  /** Whoever may watch may also have the video as a file. */
  readonly downloads?: boolean;
  /** Counts how often they have become narrower; none is 0. Sessions tell by which of them they were minted. */
  readonly termsVersion?: number;
}

export interface PlaybackAccess {
  readonly restrictions: Restrictions;
  /** Of the video and of the playback id: what both allow. */
  readonly limits: Limits;
  /** For viewers whose token says nothing else. Null: no limit, and no cost. */
  readonly streamLimit: StreamLimit | null;
  readonly downloads: boolean;
  /** Embargo and expiry of the video. */
  readonly availableFromMs: number | null;
  readonly availableUntilMs: number | null;
  /** As `OwnAccess` counts them. */
  readonly termsVersion: number;
}

export const openAccess: PlaybackAccess = {
  restrictions: {},
  limits: noLimits,
  streamLimit: null,
  downloads: false,
  availableFromMs: null,
  availableUntilMs: null,
  termsVersion: 0,
};

/** `availableUntilMs` is the first moment at which nobody may watch any more. */
export function availabilityAt(
  { availableFromMs, availableUntilMs }: PlaybackAccess,
  nowMs: number,
): "available" | "notYet" | "over" {
  if (availableUntilMs !== null && nowMs >= availableUntilMs) return "over";
  return availableFromMs !== null && nowMs < availableFromMs ? "notYet" : "available";
}

/** Of the setting DEFAULT_MAX_STREAMS, for those to whom neither token nor playback id sets a limit. Null: none. */
export function defaultStreamLimit(setting: string): StreamLimit | null {
  const streams = /^\d{1,3}$/.test(setting) ? Number(setting) : Number.NaN;
  // A limit that is misspelled must not be one that is not there.
  if (!(streams <= maxStreams)) throw new Error(`DEFAULT_MAX_STREAMS is a whole number up to ${maxStreams}`);
  return streams === 0 ? null : { maxStreams: streams, action: "evictOldest" };
}
