// One playback request on its way through, and how a handler ends: an answer, or a reason to say no.
import type { Env } from "#workers/env.ts";
import { refuse } from "#workers/result.ts";
import type { Result } from "#workers/result.ts";
import type { TextEntry } from "#workers/captions/text-tracks.ts";
import type { Choice } from "./choose.ts";
import type { MediaVersion, PlaybackRecord } from "./record.ts";
import type { RefusalReason } from "./refusals.ts";
import { sessionName, type SessionClaims } from "./session.ts";

export interface Asked {
  readonly request: Request;
  readonly env: Env;
  readonly ctx: ExecutionContext;
  readonly nowMs: number;
  readonly query: string;
  /** Only the decision is wanted: nothing may be left behind by it. */
  readonly explaining: boolean;
}

export interface PlaybackCall extends Asked {
  readonly record: PlaybackRecord;
  readonly media: MediaVersion;
}

export type ManifestKind = "multivariant" | "mpd";

/** A version, and what of it this viewer is offered. */
export interface Offer {
  readonly media: MediaVersion;
  readonly choice: Choice;
}

/** A manifest, and the session that it will carry. */
export interface ManifestCall extends PlaybackCall {
  readonly kind: ManifestKind;
  readonly choice: Choice;
  /** The version that the player is to be moved to when that is there; null where there is one pathway only. */
  readonly next: Offer | null;
  readonly session: SessionClaims;
}

/** What a good session is enough for. */
export interface SessionCall extends Asked {
  readonly record: PlaybackRecord;
  readonly session: SessionClaims;
}

/** A file made of the fragments of a version. */
export interface DownloadCall extends PlaybackCall {
  readonly name: string;
  /** Which renditions, from where to where. */
  readonly choice: Choice;
}

/** A text beside the version that plays. */
export interface TextCall extends PlaybackCall {
  readonly session: SessionClaims;
  readonly entry: TextEntry;
  /** Not parsed yet. */
  readonly file: string;
}

/** What a session opened: one track of the version that plays. */
export interface TrackCall extends PlaybackCall {
  readonly session: SessionClaims;
  readonly track: string;
  /** Its place in the version's formats. */
  readonly trackIndex: number;
}

export interface Refusal {
  readonly reason: RefusalReason;
  readonly sessionId: string | null;
  readonly about: AboutRefusal;
}

/** What the reason alone does not say. */
export interface AboutRefusal {
  /** For people. */
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Answer = Result<Response, Refusal>;

export function no(
  reason: RefusalReason,
  session: SessionClaims | null = null,
  about: AboutRefusal = {},
): Result<never, Refusal> {
  return refuse({ reason, sessionId: session === null ? null : sessionName(session), about });
}
