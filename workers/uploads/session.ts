// Pure. What a Durable Object knows of one upload, and the words it answers with.
import type { ProblemCode } from "#workers/http/problem.ts";
import { replacementKey, sourceKey } from "#workers/storage/keys.ts";
import type { Priority } from "#workers/transcoding/priority.ts";
import { noTerms, type UploadTerms } from "./terms.ts";

export type EndReason =
  | "cancelled"
  | "expired"
  | "emptyFile"
  | "sourceMissing"
  | "tooLong"
  /** Of an import: what its source was, or did. */
  | "importRefused"
  | "importNotReached"
  | "importNotMedia"
  | "importTargetRefused"
  | "sourceTooLarge";

/** Where an upload fetches its own bytes from. */
export interface Pull {
  readonly url: string;
  /** JSON of headers, sealed under `import {uploadId}`. */
  readonly sealedHeaders: string | null;
  /** For If-Range: that all parts are of one file. */
  readonly validator: string | null;
  /** Since the last byte. */
  readonly failures: number;
  /** How often the file became another in the middle. */
  readonly changes: number;
}

export type Phase =
  | { readonly kind: "open" }
  /** Every byte is durable. The object may or may not be put together yet. */
  | { readonly kind: "assembling" }
  /** The object is whole. The database may or may not know. */
  | { readonly kind: "stored" }
  | { readonly kind: "completed" }
  /** `settled` once nothing of it is left in the bucket and the database knows. */
  | { readonly kind: "ended"; readonly reason: EndReason; readonly settled: boolean };

export interface Session {
  readonly uploadId: string;
  readonly videoId: string;
  /** SHA-256 of the secret in the upload's URL, hex. */
  readonly secretHash: string;
  /** Null while the client defers it. */
  readonly sizeBytes: number | null;
  /** Bytes that are durable: whole parts in the bucket, then the tail in this object. */
  readonly offsetBytes: number;
  readonly partBytes: number;
  readonly multipartId: string | null;
  /** Part numbers only rise: see part-size.ts. */
  readonly nextPartNumber: number;
  readonly fileName: string | null;
  /** `Upload-Metadata` as it came, given back on HEAD. */
  readonly rawMetadata: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly expirySeconds: number;
  /** Absent from those that were made before there were any. */
  readonly terms?: UploadTerms;
  /** Its parts go straight to the bucket: nothing is written through here. */
  readonly direct?: boolean;
  readonly pull?: Pull;
  readonly replacement?: Replacement;
  /** The file is a sound of a video that is there: audio-tracks/added-sounds.ts has its row. */
  readonly sound?: true;
  readonly phase: Phase;
}

/** The file is to take the place of the one that the video has. */
export interface Replacement {
  readonly encoding: string;
  readonly priority: Priority;
  readonly overlapSeconds: number;
}

/** Where the file goes. */
export const objectKeyOf = (object: UploadedObject): string =>
  isBeside(object) ? replacementKey(object.videoId, object.uploadId) : sourceKey(object.videoId);

export type UploadedObject = Pick<Session, "uploadId" | "videoId" | "replacement" | "sound">;

/** Of a video that goes on as it is, whatever becomes of the file. */
export const isBeside = ({ replacement, sound }: Pick<Session, "replacement" | "sound">): boolean =>
  replacement !== undefined || sound === true;

export const termsOf = ({ terms }: Pick<Session, "terms">): UploadTerms => terms ?? noTerms;

export interface NewSession {
  readonly uploadId: string;
  readonly videoId: string;
  readonly secretHash: string;
  readonly sizeBytes: number | null;
  readonly fileName: string | null;
  readonly rawMetadata: string;
  readonly terms: UploadTerms;
  readonly direct: boolean;
  readonly pull?: Pull;
  readonly replacement?: Replacement;
  readonly sound?: true;
}

/** A refusal that a caller sees as problem+json. */
export interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
}

/** What a caller may know of an upload. */
export interface UploadView {
  readonly uploadId: string;
  readonly videoId: string;
  readonly state: "open" | "completed" | "cancelled" | "expired" | "failed";
  readonly offsetBytes: number;
  readonly sizeBytes: number | null;
  readonly expiresAtMs: number;
  readonly rawMetadata: string;
}

export type UploadReply =
  { readonly ok: true; readonly upload: UploadView } | { readonly ok: false; readonly refusal: Refusal };

/** What the URLs of a direct upload's parts are signed for. */
export interface DirectTarget {
  readonly objectKey: string;
  readonly multipartId: string;
  readonly partBytes: number;
  readonly sizeBytes: number;
  readonly expiresAtMs: number;
}

export type DirectReply =
  { readonly ok: true; readonly target: DirectTarget } | { readonly ok: false; readonly refusal: Refusal };

export type CancelReply = "cancelled" | "completed" | "unknown";

export type ExpireReply =
  { readonly kind: "unknown" | "closed" } | { readonly kind: "open"; readonly expiresAtMs: number };

export function viewOf(session: Session): UploadView {
  return {
    uploadId: session.uploadId,
    videoId: session.videoId,
    state: stateOf(session.phase),
    offsetBytes: session.offsetBytes,
    sizeBytes: session.sizeBytes,
    expiresAtMs: session.expiresAtMs,
    rawMetadata: session.rawMetadata,
  };
}

export function stateOf(phase: Phase): UploadView["state"] {
  switch (phase.kind) {
    case "open":
      return "open";
    // The client's part is done: all its bytes are safe, and what is left is retried until it succeeds.
    case "assembling":
    case "stored":
    case "completed":
      return "completed";
    case "ended":
      return endedState(phase.reason);
  }
}

export function endedState(reason: EndReason): "cancelled" | "expired" | "failed" {
  switch (reason) {
    case "cancelled":
    case "expired":
      return reason;
    case "emptyFile":
    case "sourceMissing":
    case "tooLong":
    case "importRefused":
    case "importNotReached":
    case "importNotMedia":
    case "importTargetRefused":
    case "sourceTooLarge":
      return "failed";
  }
}

/** Nothing is left to do but to be asked. */
export function isSettled(phase: Phase): boolean {
  return phase.kind === "completed" || (phase.kind === "ended" && phase.settled);
}

/** R2 drops unfinished multipart uploads after 7 days; an upload has to end, and say so, before that. */
export const longestLifeMs = 6 * 24 * 3_600_000;

/** Every write renews it: a slow line is no reason to lose an upload that moves. But for an end that was asked for. */
export function expiryAfter(
  session: Pick<Session, "createdAtMs" | "expirySeconds" | "terms">,
  nowMs: number,
): number {
  const longestMs = session.createdAtMs + longestLifeMs;
  return Math.min(termsOf(session).endsAtMs ?? nowMs + session.expirySeconds * 1_000, longestMs);
}
