// Answers of text: playlists and manifests, with their compressed twins and conditions.
import { corsHeaders, type CacheTier } from "./headers.ts";
import { matchesIfNoneMatch } from "./range.ts";
import type { PrintedText } from "./printed.ts";

export interface TextHeaders {
  readonly plain: Headers;
  readonly gzip: Headers;
}

export interface TextAnswer {
  readonly text: PrintedText;
  readonly headers: TextHeaders;
  readonly tier: CacheTier;
}

/** Made once for a text, or for all texts without a tag of their own. */
export function textHeaders(contentType: string, cacheControl: string, etag: string | null): TextHeaders {
  const plain = new Headers({
    ...corsHeaders,
    "Content-Type": contentType,
    "Cache-Control": cacheControl,
    Vary: "Accept-Encoding",
    "Server-Timing": serverTiming("isolate"),
    ...(etag === null ? {} : { ETag: etag }),
  });
  const gzip = new Headers(plain);
  gzip.set("Content-Encoding", "gzip");
  return { plain, gzip };
}

export const serverTiming = (tier: CacheTier) => `cache;desc=${tier}`;

export function respondText(request: Request, answer: TextAnswer): Response {
  const response = textResponse(request, answer);
  if (answer.tier !== "isolate") response.headers.set("Server-Timing", serverTiming(answer.tier));
  return response;
}

function textResponse(request: Request, { text, headers }: TextAnswer): Response {
  if (text.etag !== null && matchesIfNoneMatch(request.headers.get("If-None-Match"), text.etag)) {
    return new Response(null, { status: 304, headers: headers.plain });
  }
  const packed = acceptsGzip(acceptEncodingOf(request)) ? text.gzip() : null;
  const bytes = packed ?? text.bytes;
  const init =
    packed === null ? { headers: headers.plain } : { headers: headers.gzip, encodeBody: "manual" as const };
  if (request.method !== "HEAD") return new Response(bytes, init);
  const response = new Response(null, init);
  response.headers.set("Content-Length", String(bytes.length));
  return response;
}

/** Cloudflare puts its own Accept-Encoding in the header, and what the client sent beside the request. */
function acceptEncodingOf(request: Request): string | null {
  const header = request.headers.get("Accept-Encoding");
  if (header === null) return null;
  const sent = request.cf?.["clientAcceptEncoding"];
  return typeof sent === "string" ? sent : header;
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
