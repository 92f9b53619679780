// The video's state machine, pure. workers/videos/transitions.ts is the only writer of these columns.

export type VideoState = "awaitingUpload" | "uploaded" | "processing" | "ready" | "error";

/** Why a video failed; part of the API. A page of docs/errors.md explains each. */
export type VideoErrorCode =
  | "emptyFile"
  | "unreadable"
  | "sourceTruncated"
  | "noMedia"
  | "tooLargeDimensions"
  | "durationTooLong"
  | "encodeFailed"
  | "encodeCancelled"
  | "sourceMissing"
  | "sourceTooLarge"
  /** It was to be played as it is, which it can't be. */
  | "passthroughUnfit"
  /** Of an import: its source said no, never answered, gave a page away, or is where nothing is fetched from. */
  | "importRefused"
  | "importNotReached"
  | "importNotMedia"
  | "importTargetRefused"
  | "uploadExpired"
  | "uploadCancelled";

export type VideoEvent =
  | { readonly kind: "uploadCompleted" }
  /** The file plays as it is, and nothing is to be encoded. */
  | { readonly kind: "passedThrough" }
  | { readonly kind: "planned" }
  | { readonly kind: "chunkPublished" }
  | { readonly kind: "sealed" }
  | { readonly kind: "failed"; readonly code: VideoErrorCode }
  /** Somebody wants a failed video tried again. */
  | { readonly kind: "requeued" }
  /** A video that was only to be played as it is, or could not be, is to be encoded after all. */
  | { readonly kind: "encodeWanted" };

/** States in which an event means something; in any other it is late or repeated and changes nothing. */
export function statesAccepting(event: VideoEvent["kind"]): readonly VideoState[] {
  switch (event) {
    case "uploadCompleted":
      return ["awaitingUpload"];
    case "passedThrough":
    case "planned":
      return ["uploaded"];
    case "chunkPublished":
      return ["processing"];
    case "sealed":
      return ["processing"];
    case "failed":
      return ["awaitingUpload", "uploaded", "processing"];
    case "requeued":
      return ["error"];
    case "encodeWanted":
      return ["ready", "error"];
  }
}

export function stateAfter(event: VideoEvent["kind"]): VideoState {
  switch (event) {
    case "uploadCompleted":
    case "requeued":
    case "encodeWanted":
      return "uploaded";
    case "planned":
    case "chunkPublished":
      return "processing";
    case "passedThrough":
    case "sealed":
      return "ready";
    case "failed":
      return "error";
  }
}
