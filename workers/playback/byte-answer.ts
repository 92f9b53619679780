// Answers of bytes: segments and pictures, with ranges and conditions.
import { cacheControl, contentTypes, corsHeaders, type CacheTier } from "./headers.ts";
import { decideRange, matchesIfNoneMatch, type RangeDecision } from "./range.ts";
import { serverTiming } from "./text-answer.ts";

export type ByteKind = "video" | "audio" | "jpeg" | "preview";

export interface ByteAnswer {
  readonly kind: ByteKind;
  /** Of one viewer, whose token is in the URL. */
  readonly isOwn?: boolean;
  readonly sizeBytes: number;
  /** Strong: equal tags are equal bytes. */
  readonly etag: string;
}

type SatisfiableRange = RangeDecision & { readonly kind: "whole" | "partial" };

export type ByteDecision =
  | { readonly kind: "respond"; readonly response: Response }
  /** The bytes are wanted: all of them, or a part. */
  | { readonly kind: "send"; readonly range: SatisfiableRange };

const baseHeaders = {
  video: byteHeaders(contentTypes.video, cacheControl.segment),
  audio: byteHeaders(contentTypes.audio, cacheControl.segment),
  jpeg: byteHeaders(contentTypes.jpeg, cacheControl.image),
  preview: byteHeaders(contentTypes.video, cacheControl.image),
} as const satisfies Record<ByteKind, Headers>;
const ownHeaders = {
  ...baseHeaders,
  jpeg: byteHeaders(contentTypes.jpeg, cacheControl.ownImage),
  preview: byteHeaders(contentTypes.video, cacheControl.ownImage),
} as const satisfies Record<ByteKind, Headers>;

function byteHeaders(contentType: string, policy: string): Headers {
  return new Headers({
    ...corsHeaders,
    "Accept-Ranges": "bytes",
    "Cache-Control": policy,
    "Content-Type": contentType,
  });
}

/** Everything that can be said from the headers alone, before any byte is read. */
export function decideBytes(request: Request, answer: ByteAnswer): ByteDecision {
  const { sizeBytes, etag } = answer;
  const { headers: asked } = request;
  if (matchesIfNoneMatch(asked.get("If-None-Match"), etag)) {
    return { kind: "respond", response: respond(answer, 304, null) };
  }
  if (request.method === "HEAD") {
    const response = respond(answer, 200, null);
    response.headers.set("Content-Length", String(sizeBytes));
    return { kind: "respond", response };
  }
  const range = decideRange(asked.get("Range"), asked.get("If-Range"), sizeBytes, etag);
  if (range.kind !== "unsatisfiable") return { kind: "send", range };
  // RFC 9110 15.5.17: the answer SHOULD tell the current length.
  const headers = { ...corsHeaders, "Content-Range": `bytes */${sizeBytes}`, "Cache-Control": "no-store" };
  return { kind: "respond", response: new Response(null, { status: 416, headers }) };
}

export function respondBytes(
  answer: ByteAnswer,
  range: SatisfiableRange,
  body: ReadableStream | Uint8Array,
  tier: CacheTier,
): Response {
  const response = respond(answer, range.kind === "whole" ? 200 : 206, body);
  const { headers } = response;
  headers.set("Server-Timing", serverTiming(tier));
  if (range.kind === "whole") {
    headers.set("Content-Length", String(answer.sizeBytes));
  } else {
    const { offsetBytes, sizeBytes } = range;
    headers.set("Content-Length", String(sizeBytes));
    headers.set("Content-Range", `bytes ${offsetBytes}-${offsetBytes + sizeBytes - 1}/${answer.sizeBytes}`);
  }
  return response;
}

function respond(
  { kind, etag, isOwn = false }: ByteAnswer,
  status: number,
  body: ReadableStream | Uint8Array | null,
): Response {
  const response = new Response(body, { status, headers: (isOwn ? ownHeaders : baseHeaders)[kind] });
  response.headers.set("ETag", etag);
  return response;
}
