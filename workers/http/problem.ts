// RFC 9457 answers. One table maps every stable code to its status and title; `docs/errors.md` explains
// each. Codes are added here and nowhere else.

const problems = {
  badRequest: [400, "The request could not be understood"],
  invalidJson: [400, "The body is not JSON"],
  invalidParameter: [400, "A parameter is not valid"],
  invalidCursor: [400, "The cursor is not one of ours"],
  unauthenticated: [401, "No valid credential was given"],
  forbidden: [403, "The credential does not allow this"],
  crossSiteRequest: [403, "Only pages of this site may use its sessions"],
  playbackTokenRequired: [403, "This playback id needs a token"],
  playbackTokenInvalid: [403, "The playback token is not valid"],
  playbackTokenExpired: [403, "The playback token has expired"],
  playbackTokenNotYetValid: [403, "The playback token is not valid yet"],
  refreshTokenInvalid: [403, "The refresh token is not valid"],
  modifierNotSigned: [403, "A modifier of a signed URL must be in its token"],
  noRenditionAllowed: [403, "Nothing of the video fits what is allowed"],
  notAvailableHere: [403, "The video can't be watched from here"],
  notAvailableNow: [403, "The video can't be watched now"],
  originNotAllowed: [403, "The video can't be watched on this page"],
  quotaExceeded: [403, "The creator has as much as they may"],
  uploadOriginNotAllowed: [403, "The upload can't be used by this page"],
  revoked: [403, "The right to watch was taken back"],
  streamEvicted: [403, "A newer stream of this viewer took the place"],
  streamLimitReached: [403, "This viewer has as many streams as allowed"],
  sessionShared: [403, "The playback session was shared"],
  downloadNotAllowed: [403, "The video can't be downloaded"],
  invalidSession: [403, "The playback session is not valid"],
  sessionExpired: [403, "The playback session has expired"],
  notFound: [404, "There is no such resource"],
  videoNotPlayable: [404, "The video can't be played"],
  methodNotAllowed: [405, "The method is not allowed here"],
  conflict: [409, "The resource is in another state"],
  notYetPlayable: [409, "The video can't be played yet"],
  notYetComplete: [409, "The video is still being encoded"],
  uploadOffsetMismatch: [409, "The offset is not where the upload is"],
  uploadLengthMismatch: [409, "The length is not the one announced"],
  uploadLocked: [423, "Another request is writing to this upload"],
  idempotencyKeyInUse: [409, "A request with this idempotency key is being answered"],
  leaseLost: [409, "The task has been given to another runner"],
  gone: [410, "The resource is gone"],
  uploadExpired: [410, "The upload has expired"],
  tusVersionUnsupported: [412, "This version of tus is not spoken here"],
  preconditionFailed: [412, "The resource is not as the request expects"],
  objectExists: [412, "The object exists"],
  bodyTooLarge: [413, "The body is too large"],
  uploadTooLarge: [413, "The upload is longer than allowed"],
  uploadLengthExceeded: [413, "The upload is longer than announced"],
  unsupportedMediaType: [415, "The content type is not supported"],
  rangeNotSatisfiable: [416, "The range lies outside the resource"],
  idempotencyKeyReused: [422, "The idempotency key belongs to another request"],
  unprocessable: [422, "The body does not fit its contract"],
  captionsInvalid: [422, "The captions break their format"],
  encodingProfileUnknown: [422, "There is no such encoding profile"],
  sourceObjectMissing: [422, "There is no such object to make a video of"],
  sourceObjectEmpty: [422, "The object has no bytes"],
  runnerProtocolMismatch: [426, "The runner speaks another protocol version"],
  checksumMismatch: [460, "The checksum does not match the bytes"],
  rateLimited: [429, "Too many requests"],
  notImplemented: [501, "This is not done here"],
  internal: [500, "Something broke on our side"],
  unavailable: [503, "The service can't answer now"],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof problems;
export type StatusOf<C extends ProblemCode> = (typeof problems)[C][0];

export interface ProblemOptions {
  readonly detail?: string;
  readonly requestId?: string;
  readonly headers?: Headers | Readonly<Record<string, string>>;
  /** Per-field faults, as RFC 9457 section 3 shows them. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

export const problemCodes = Object.keys(problems) as readonly ProblemCode[];

export function problemStatus(code: ProblemCode): number {
  return problems[code][0];
}

export function problemResponse(code: ProblemCode, options: ProblemOptions = {}): Response {
  const [status, title] = problems[code];
  const headers = new Headers(options.headers);
  headers.set("Content-Type", "application/problem+json");
  headers.set("X-Content-Type-Options", "nosniff");
  // A cache in front may keep a bare 404 for minutes.
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  const body = {
    type: `https://sluice.video/errors/${code}`,
    title,
    status,
    code,
    ...(options.detail === undefined ? {} : { detail: options.detail }),
    ...(options.errors === undefined ? {} : { errors: options.errors }),
    ...(options.requestId === undefined ? {} : { requestId: options.requestId }),
  };
  return new Response(JSON.stringify(body), { status, headers });
}
