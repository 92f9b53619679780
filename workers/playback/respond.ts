// Headers of every playback answer, and the answers themselves: text with its compressed twin, and bytes
// with ranges. One table of cache policies.
import { decideRange, matchesIfNoneMatch, type RangeDecision } from "./range.ts";
import type { PrintedText } from "./printed.ts";

export const corsHeaders = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers":
    "Content-Length, Content-Range, ETag, Retry-After, Server-Timing, X-Request-Id",
  "Cross-Origin-Resource-Policy": "cross-origin",
  "Timing-Allow-Origin": "*",
  "X-Content-Type-Options": "nosniff",
} as const;

export const cacheControl = {
  /** Carries a session: nobody else's. */
  manifest: "private, no-store",
  sealedPlaylist: "public, max-age=3600",
  /** At most half a target duration: the next segment is not missed by one. */
  growingPlaylist: (targetSeconds: number) => `public, max-age=${Math.max(1, Math.floor(targetSeconds / 2))}`,
  /** The name never means other bytes. */
  segment: "public, max-age=31536000, immutable",
  /** The poster's URL stays when the video is encoded anew. */
  image: "public, max-age=300",
} as const;

export const contentTypes = {
  multivariant: "application/vnd.apple.mpegurl",
  mpd: "application/dash+xml",
  video: "video/mp4",
  audio: "audio/mp4",
  jpeg: "image/jpeg",
} as const;

/** What answered, for Server-Timing and the counts: this isolate, this location, or the store. */
export type CacheTier = "isolate" | "edge" | "origin";

export function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders,
      Allow: "GET, HEAD, OPTIONS",
      "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
      "Access-Control-Allow-Headers":
        "Range, If-Range, If-None-Match, X-Request-Id, CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status",
      "Access-Control-Max-Age": "86400",
    },
  });
}

export interface TextAnswer {
  readonly text: PrintedText;
  readonly contentType: string;
  readonly cacheControl: string;
  readonly tier: CacheTier;
}

export function respondText(request: Request, answer: TextAnswer): Response {
  const { text, tier } = answer;
  const headers: Record<string, string> = {
    ...corsHeaders,
    "Cache-Control": answer.cacheControl,
    Vary: "Accept-Encoding",
    "Server-Timing": `cache;desc=${tier}`,
  };
  if (text.etag !== null) {
    headers["ETag"] = text.etag;
    if (matchesIfNoneMatch(request.headers.get("If-None-Match"), text.etag)) {
      return new Response(null, { status: 304, headers });
    }
  }
  headers["Content-Type"] = answer.contentType;
  const gzip = acceptsGzip(request.headers.get("Accept-Encoding"));
  const bytes = gzip ? text.gzip() : text.bytes;
  headers["Content-Length"] = String(bytes.length);
  const body = request.method === "HEAD" ? null : bytes;
  if (!gzip) return new Response(body, { headers });
  headers["Content-Encoding"] = "gzip";
  return new Response(body, { headers, encodeBody: "manual" });
}

/** RFC 9110 12.5.3; `*` is not taken for gzip, a q of 0 refuses it. */
export function acceptsGzip(acceptEncoding: string | null): boolean {
  if (acceptEncoding === null || !acceptEncoding.includes("gzip")) return false;
  for (const item of acceptEncoding.split(",")) {
    const [coding = "", ...parameters] = item.split(";");
    if (coding.trim().toLowerCase() !== "gzip") continue;
    return !parameters.some((parameter) => {
      const [name = "", value = ""] = parameter.split("=");
      return name.trim().toLowerCase() === "q" && Number(value) === 0;
    });
  }
  return false;
}

export interface ByteAnswer {
  readonly sizeBytes: number;
  /** Strong: equal tags are equal bytes. */
  readonly etag: string;
  readonly contentType: string;
  readonly cacheControl: string;
}

export type ByteDecision =
  | { readonly kind: "respond"; readonly response: Response }
  /** The bytes are wanted: all of them, or a part. */
  | { readonly kind: "send"; readonly range: RangeDecision & { readonly kind: "whole" | "partial" } };

/** Everything that can be said from the headers alone, before any byte is read. */
export function decideBytes(request: Request, answer: ByteAnswer): ByteDecision {
  const { sizeBytes, etag } = answer;
  const { headers: asked } = request;
  if (matchesIfNoneMatch(asked.get("If-None-Match"), etag)) {
    return { kind: "respond", response: new Response(null, { status: 304, headers: byteHeaders(answer) }) };
  }
  if (request.method === "HEAD") {
    const headers = {
      ...byteHeaders(answer),
      "Content-Type": answer.contentType,
      "Content-Length": String(sizeBytes),
    };
    return { kind: "respond", response: new Response(null, { headers }) };
  }
  const range = decideRange(asked.get("Range"), asked.get("If-Range"), sizeBytes, etag);
  if (range.kind !== "unsatisfiable") return { kind: "send", range };
  // RFC 9110 15.5.17: the answer SHOULD tell the current length.
  const headers = { ...corsHeaders, "Content-Range": `bytes */${sizeBytes}`, "Cache-Control": "no-store" };
  return { kind: "respond", response: new Response(null, { status: 416, headers }) };
}

export function respondBytes(
  answer: ByteAnswer,
  range: RangeDecision & { readonly kind: "whole" | "partial" },
  body: ReadableStream | Uint8Array,
  tier: CacheTier,
): Response {
  const headers: Record<string, string> = byteHeaders(answer);
  headers["Content-Type"] = answer.contentType;
  headers["Server-Timing"] = `cache;desc=${tier}`;
  if (range.kind === "whole") {
    headers["Content-Length"] = String(answer.sizeBytes);
    return new Response(body, { headers });
  }
  const { offsetBytes, sizeBytes } = range;
  headers["Content-Length"] = String(sizeBytes);
  headers["Content-Range"] = `bytes ${offsetBytes}-${offsetBytes + sizeBytes - 1}/${answer.sizeBytes}`;
  return new Response(body, { status: 206, headers });
}

function byteHeaders({ etag, cacheControl }: ByteAnswer): Record<string, string> {
  return { ...corsHeaders, "Accept-Ranges": "bytes", "Cache-Control": cacheControl, ETag: etag };
}
