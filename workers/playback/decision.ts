// What was decided about one request, and by which rules. The answer, the count, the log line and the explanation
// are all made from this one value.
import type { Result } from "#workers/result.ts";
import {
  no,
  type AboutRefusal,
  type DownloadCall,
  type ManifestCall,
  type PlaybackCall,
  type Refusal,
  type SessionCall,
  type TextCall,
  type TrackCall,
} from "./call.ts";
import type { RecordCall } from "./grant.ts";
import type { PictureName, TrackPath, TrackRoute } from "./path.ts";
import type { RefusalReason } from "./refusals.ts";
import type { SessionClaims } from "./session.ts";

export type RuleName =
  | "path"
  | "playbackId"
  | "requestRate"
  | "token"
  | "availability"
  | "place"
  | "binding"
  | "revocation"
  | "modifiers"
  | "playable"
  | "renditions"
  | "streams"
  | "session"
  | "track";

/** What a rule looked at, as the explanation shows it. Never a credential. */
export type CheckInput = string | number | boolean | null | Readonly<Record<string, unknown>>;

export interface Check {
  readonly rule: RuleName;
  readonly outcome: "passed" | "refused" | "notApplied";
  readonly input: CheckInput;
}

/** What is to be answered. */
export type Wanted =
  | { readonly kind: "preflight" }
  | { readonly kind: "manifest"; readonly call: ManifestCall }
  | { readonly kind: "picture"; readonly name: PictureName; readonly call: PlaybackCall }
  | { readonly kind: "beacon"; readonly call: SessionCall }
  | { readonly kind: "steering"; readonly call: SessionCall }
  | { readonly kind: "text"; readonly call: TextCall }
  | { readonly kind: "download"; readonly call: DownloadCall }
  /** As JSON to a session, else as WebVTT. */
  | { readonly kind: "chapters"; readonly format: "json" | "webvtt"; readonly call: RecordCall }
  /** A rendition that was told and then not made: its playlist is that of another. */
  | { readonly kind: "moved"; readonly to: Pick<TrackPath, "version" | "track"> }
  | { readonly kind: "track"; readonly call: TrackCall; readonly route: TrackRoute };

export type Decided = Result<Wanted, Refusal>;

export interface Decision {
  readonly checks: readonly Check[];
  readonly outcome: Decided;
}

/** The checks of one decision, as they are made. */
export class Trail {
  readonly checks: Check[] = [];
  #session: SessionClaims | null = null;

  pass(rule: RuleName, input: CheckInput = null): void {
    this.checks.push({ rule, outcome: "passed", input });
  }

  skip(rule: RuleName, input: CheckInput = null): void {
    this.checks.push({ rule, outcome: "notApplied", input });
  }

  /** Whatever is refused from here on is refused to this session. */
  opened(session: SessionClaims): void {
    this.#session = session;
  }

  refuse(
    rule: RuleName,
    reason: RefusalReason,
    input: CheckInput = null,
    about: AboutRefusal = {},
  ): Result<never, Refusal> {
    this.checks.push({ rule, outcome: "refused", input });
    return no(reason, this.#session, about);
  }
}
