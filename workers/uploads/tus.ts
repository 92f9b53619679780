// Pure. tus 1.0.0 as it stands in headers: https://tus.io/protocols/resumable-upload
import { ok, refuse, type Result } from "#workers/result.ts";
import { parseChecksum, type Checksum } from "./checksum.ts";
import {
  bodyTooLarge,
  uploadTooLarge,
  type PatchRequest,
  type PutRequest,
  type WriteLimits,
} from "./decide.ts";
import { parseUploadMetadata } from "./metadata.ts";
import type { Refusal } from "./session.ts";

export const tusVersion = "1.0.0";
export const tusExtensions =
  "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination";
export const chunkType = "application/offset+octet-stream";

type HeaderReader = Pick<Headers, "get" | "has">;

export interface CreationRequest {
  readonly sizeBytes: number | null;
  readonly metadata: ReadonlyMap<string, string>;
  readonly rawMetadata: string;
  /** creation-with-upload: the body is the first chunk. */
  readonly firstChunk: PatchRequest | null;
}

/** A client that can't send PATCH or DELETE sends POST and names the method here. */
export function methodOf(method: string, headers: HeaderReader): string {
  return (headers.get("X-HTTP-Method-Override") ?? method).toUpperCase();
}

/** tus 1.0, Tus-Resumable: another version is answered 412 and must not be processed. */
export function versionRefusal(headers: HeaderReader): Refusal | null {
  const given = headers.get("Tus-Resumable");
  if (given === tusVersion) return null;
  const detail = given === null ? "Tus-Resumable is missing." : `Only tus ${tusVersion} is spoken here.`;
  return { code: "tusVersionUnsupported", detail };
}

export function readCreation(headers: HeaderReader, limits: WriteLimits): Result<CreationRequest, Refusal> {
  const size = readLength(headers, limits);
  if (!size.ok) return size;
  const rawMetadata = headers.get("Upload-Metadata") ?? "";
  const metadata = parseUploadMetadata(rawMetadata);
  if (!metadata.ok) return metadata;
  if (headers.has("Upload-Concat")) return invalid("The concatenation extension is not offered.");

  // Only a body of this type is a chunk; some clients send an empty one of another type.
  if (mediaType(headers) !== chunkType) {
    return ok({ sizeBytes: size.value, metadata: metadata.value, rawMetadata, firstChunk: null });
  }
  const body = readBodyFacts(headers, limits);
  if (!body.ok) return body;
  const firstChunk = { kind: "patch", offsetBytes: 0, announcedBytes: null, ...body.value } as const;
  return ok({ sizeBytes: size.value, metadata: metadata.value, rawMetadata, firstChunk });
}

export function readPatch(headers: HeaderReader, limits: WriteLimits): Result<PatchRequest, Refusal> {
  if (mediaType(headers) !== chunkType) {
    return refuse({ code: "unsupportedMediaType", detail: `The Content-Type of a PATCH is ${chunkType}.` });
  }
  const offsetBytes = readInteger(headers, "Upload-Offset");
  if (!offsetBytes.ok) return offsetBytes;
  if (offsetBytes.value === null) return invalid("Upload-Offset is missing.");
  const announcedBytes = readInteger(headers, "Upload-Length");
  if (!announcedBytes.ok) return announcedBytes;
  const body = readBodyFacts(headers, limits);
  if (!body.ok) return body;
  return ok({
    kind: "patch",
    offsetBytes: offsetBytes.value,
    announcedBytes: announcedBytes.value,
    ...body.value,
  });
}

export function readPut(headers: HeaderReader, limits: WriteLimits): Result<PutRequest, Refusal> {
  if (headers.has("Content-Range")) return invalid("A PUT holds the whole file; tus sends it in pieces.");
  const body = readBodyFacts(headers, limits);
  return body.ok ? ok({ kind: "put", bodyBytes: body.value.bodyBytes }) : body;
}

/** tus 1.0, creation: Upload-Length, or `Upload-Defer-Length: 1`, and never both. */
function readLength(headers: HeaderReader, limits: WriteLimits): Result<number | null, Refusal> {
  const length = readInteger(headers, "Upload-Length");
  if (!length.ok) return length;
  const deferred = headers.get("Upload-Defer-Length");
  if (deferred !== null && deferred !== "1") return invalid("Upload-Defer-Length can only be 1.");
  if ((length.value === null) === (deferred === null)) {
    return invalid("Exactly one of Upload-Length and Upload-Defer-Length is needed.");
  }
  if (length.value !== null && length.value > limits.maxUploadBytes) {
    return refuse(uploadTooLarge(limits.maxUploadBytes));
  }
  return length;
}

interface BodyFacts {
  readonly bodyBytes: number | null;
  readonly checksum: Checksum | null;
}

function readBodyFacts(headers: HeaderReader, limits: WriteLimits): Result<BodyFacts, Refusal> {
  const bodyBytes = readInteger(headers, "Content-Length");
  if (!bodyBytes.ok) return bodyBytes;
  if (bodyBytes.value !== null && bodyBytes.value > limits.maxBodyBytes) {
    return refuse(bodyTooLarge(limits.maxBodyBytes));
  }
  const header = headers.get("Upload-Checksum");
  if (header === null) return ok({ bodyBytes: bodyBytes.value, checksum: null });
  const checksum = parseChecksum(header);
  // tus 1.0, checksum: an algorithm that is not spoken is a 400.
  if (checksum === null) return invalid("Upload-Checksum is not `algorithm base64` of an algorithm offered.");
  return ok({ bodyBytes: bodyBytes.value, checksum });
}

/** Non-negative, decimal, exactly representable; anything else would be guessed at. */
function readInteger(headers: HeaderReader, name: string): Result<number | null, Refusal> {
  const text = headers.get(name);
  if (text === null) return ok(null);
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value) ? ok(value) : invalid(`${name} is not a non-negative integer.`);
}

function mediaType(headers: HeaderReader): string {
  return (headers.get("Content-Type") ?? "").split(";", 1).join("").trim().toLowerCase();
}

function invalid(detail: string) {
  return refuse<Refusal>({ code: "invalidParameter", detail });
}
