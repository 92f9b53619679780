// Pure. What a write to an upload may do, given the upload's state.
import type { Checksum } from "./checksum.ts";
import { termsOf, type Refusal, type Session } from "./session.ts";

/** A tus PATCH, or the body of a creation. */
export interface PatchRequest {
  readonly kind: "patch";
  readonly offsetBytes: number;
  /** `Upload-Length`, when a deferred length becomes known. */
  readonly announcedBytes: number | null;
  /** Null for a chunked body. */
  readonly bodyBytes: number | null;
  readonly checksum: Checksum | null;
}

/** A plain PUT: the whole file in one body. */
export interface PutRequest {
  readonly kind: "put";
  readonly bodyBytes: number | null;
}

export type WriteRequest = PatchRequest | PutRequest;

export interface WriteLimits {
  readonly maxBodyBytes: number;
  readonly maxUploadBytes: number;
}

export type WriteDecision =
  | { readonly kind: "refuse"; readonly refusal: Refusal }
  /** Everything is there already and the request adds nothing: a repeated last request. */
  | { readonly kind: "alreadyDone" }
  | {
      readonly kind: "receive";
      /** What was received before is dropped: a PUT begins anew. */
      readonly fromBytes: number;
      /** The upload's length from now on. */
      readonly sizeBytes: number | null;
      /** More than this from the body is a refusal. */
      readonly atMostBytes: number;
      readonly overrun: Refusal;
    };

export function decideWrite(
  session: Session,
  request: WriteRequest,
  deployment: WriteLimits,
  nowMs: number,
): WriteDecision {
  if (session.direct === true) return { kind: "refuse", refusal: goesStraight };
  const { maxSizeBytes } = termsOf(session);
  const maxUploadBytes = Math.min(deployment.maxUploadBytes, maxSizeBytes ?? deployment.maxUploadBytes);
  const limits = { ...deployment, maxUploadBytes };
  const closed = closedRefusal(session, nowMs);
  if (closed !== null) return { kind: "refuse", refusal: closed };
  if (request.bodyBytes !== null && request.bodyBytes > limits.maxBodyBytes) {
    return { kind: "refuse", refusal: bodyTooLarge(limits.maxBodyBytes) };
  }
  return request.kind === "patch"
    ? decidePatch(session, request, limits)
    : decidePut(session, request, limits);
}

const goesStraight: Refusal = {
  code: "conflict",
  detail: "The parts of this upload go straight to the bucket: GET {url}/parts says where.",
};

/** Null when the upload can still be spoken to. */
export function closedRefusal(session: Session, nowMs: number): Refusal | null {
  const { phase } = session;
  if (phase.kind === "ended") {
    switch (phase.reason) {
      case "cancelled":
        return { code: "gone", detail: "The upload was cancelled." };
      case "expired":
        return expired;
      case "sourceMissing":
        return { code: "gone", detail: "The stored bytes of this upload are gone." };
      case "tooLong":
        return { code: "gone", detail: "The file lasted longer than this upload allows." };
      case "importRefused":
      case "importNotReached":
      case "importNotMedia":
      case "importTargetRefused":
      case "sourceTooLarge":
        return { code: "gone", detail: "The import failed." };
      case "emptyFile":
        return null;
    }
  }
  return phase.kind === "open" && session.expiresAtMs <= nowMs ? expired : null;
}

const expired: Refusal = { code: "uploadExpired", detail: "The upload was not finished in time." };

export function bodyTooLarge(maxBodyBytes: number): Refusal {
  return {
    code: "bodyTooLarge",
    detail:
      `One request body may hold at most ${maxBodyBytes} bytes. Send the file with tus ` +
      `(POST /v1/uploads/tus, or PATCH to the upload's URL) in chunks no larger than that.`,
  };
}

function decidePatch(session: Session, request: PatchRequest, limits: WriteLimits): WriteDecision {
  const length = lengthAfter(session, request, limits);
  if (length.kind === "refuse") return length;
  const { sizeBytes } = length;
  if (request.offsetBytes !== session.offsetBytes) {
    // tus 1.0, PATCH: the offsets must match, else 409 and the resource is not modified.
    const detail = `The upload is at ${session.offsetBytes} bytes, not at ${request.offsetBytes}.`;
    return { kind: "refuse", refusal: { code: "uploadOffsetMismatch", detail } };
  }
  const leftBytes = (sizeBytes ?? limits.maxUploadBytes) - session.offsetBytes;
  const overrun = sizeBytes === null ? uploadTooLarge(limits.maxUploadBytes) : longerThanAnnounced(sizeBytes);
  if (request.bodyBytes !== null && request.bodyBytes > leftBytes)
    return { kind: "refuse", refusal: overrun };
  if (session.phase.kind !== "open") return { kind: "alreadyDone" };
  return { kind: "receive", fromBytes: session.offsetBytes, sizeBytes, ...bound(leftBytes, overrun, limits) };
}

type Length =
  | { readonly kind: "length"; readonly sizeBytes: number | null }
  | { readonly kind: "refuse"; readonly refusal: Refusal };

/** tus 1.0, Upload-Defer-Length: the length comes once, with any PATCH, and does not change after that. */
function lengthAfter(session: Session, request: PatchRequest, limits: WriteLimits): Length {
  const { announcedBytes } = request;
  if (announcedBytes === null || announcedBytes === session.sizeBytes) {
    return { kind: "length", sizeBytes: session.sizeBytes };
  }
  if (session.sizeBytes !== null) {
    const detail = `The upload's length is ${session.sizeBytes} bytes and can't be changed.`;
    return { kind: "refuse", refusal: { code: "uploadLengthMismatch", detail } };
  }
  if (announcedBytes > limits.maxUploadBytes) {
    return { kind: "refuse", refusal: uploadTooLarge(limits.maxUploadBytes) };
  }
  if (announcedBytes < session.offsetBytes) {
    const detail = `${session.offsetBytes} bytes have arrived already.`;
    return { kind: "refuse", refusal: { code: "uploadLengthMismatch", detail } };
  }
  return { kind: "length", sizeBytes: announcedBytes };
}

function decidePut(session: Session, request: PutRequest, limits: WriteLimits): WriteDecision {
  if (session.phase.kind !== "open") {
    return { kind: "refuse", refusal: { code: "conflict", detail: "The upload is complete." } };
  }
  const { sizeBytes } = session;
  if (sizeBytes !== null && request.bodyBytes !== null && request.bodyBytes !== sizeBytes) {
    const refusal =
      request.bodyBytes > sizeBytes ? longerThanAnnounced(sizeBytes) : shorterThanAnnounced(sizeBytes);
    return { kind: "refuse", refusal };
  }
  const leftBytes = sizeBytes ?? limits.maxUploadBytes;
  const overrun = sizeBytes === null ? uploadTooLarge(limits.maxUploadBytes) : longerThanAnnounced(sizeBytes);
  return { kind: "receive", fromBytes: 0, sizeBytes, ...bound(leftBytes, overrun, limits) };
}

/** A body of unknown length is held to whichever limit it meets first. */
function bound(leftBytes: number, overrun: Refusal, { maxBodyBytes }: WriteLimits) {
  return maxBodyBytes < leftBytes
    ? { atMostBytes: maxBodyBytes, overrun: bodyTooLarge(maxBodyBytes) }
    : { atMostBytes: leftBytes, overrun };
}

export function uploadTooLarge(maxUploadBytes: number) {
  return {
    code: "uploadTooLarge",
    detail: `An upload may be at most ${maxUploadBytes} bytes long.`,
  } as const satisfies Refusal;
}

function longerThanAnnounced(sizeBytes: number): Refusal {
  return { code: "uploadLengthExceeded", detail: `The upload was announced with ${sizeBytes} bytes.` };
}

export function shorterThanAnnounced(sizeBytes: number): Refusal {
  return { code: "uploadLengthMismatch", detail: `The upload was announced with ${sizeBytes} bytes.` };
}
