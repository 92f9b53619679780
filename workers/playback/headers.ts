// The headers of playback: one table of cache policies, one of types, and what every answer carries.
// Answers are made from Headers that exist already: building ten anew costs more than a signature.

export const corsHeaders = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers":
    "Content-Length, Content-Range, ETag, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, X-Request-Id",
  // A page that isolates itself (COEP) may still show our pictures.
  "Cross-Origin-Resource-Policy": "cross-origin",
  "Timing-Allow-Origin": "*",
  "X-Content-Type-Options": "nosniff",
} as const;

export const cacheControl = {
  /** Carries a session: nobody else's. */
  manifest: "private, no-store",
  // Under a session, hence private: what a shared cache kept would outlive a revocation, and no one else asks for it.
  sealedPlaylist: "private, max-age=3600",
  /** At most half a target duration: the next segment is not missed by one. */
  growingPlaylist: (targetSeconds: number) =>
    `private, max-age=${Math.max(1, Math.floor(targetSeconds / 2))}`,
  /** The name never means other bytes. */
  segment: "private, max-age=31536000, immutable",
  /** The poster's URL stays when the video is encoded anew. */
  image: "public, max-age=300",
  /** Behind a token: what a shared cache kept would outlive a revocation. */
  ownImage: "private, max-age=300",
} as const;

export const contentTypes = {
  multivariant: "application/vnd.apple.mpegurl",
  mpd: "application/dash+xml",
  video: "video/mp4",
  audio: "audio/mp4",
  jpeg: "image/jpeg",
  preview: "video/mp4",
} as const;

/** What answered, for Server-Timing and the counts: this isolate, this location, or the store. */
export type CacheTier = "isolate" | "edge" | "origin";

export function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders,
      Allow: "GET, HEAD, POST, OPTIONS",
      "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
      "Access-Control-Allow-Headers":
        "Authorization, Content-Type, Range, If-Range, If-None-Match, X-Request-Id, CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status",
      "Access-Control-Max-Age": "86400",
    },
  });
}
