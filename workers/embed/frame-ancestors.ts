// Which pages may frame the embed page of a video. Pure.
import type { Restrictions } from "#workers/access/restrictions.ts";

/**
 * CSP 3, 2.3.1: a host-source without a scheme is of the page's own or a more secure one, and without a port of the
 * default one alone. Ours have neither and mean every port.
 */
export function frameAncestors({ allowedOrigins }: Pick<Restrictions, "allowedOrigins">): string {
  if (allowedOrigins === undefined) return "*";
  return allowedOrigins.length === 0 ? "'none'" : allowedOrigins.map((host) => `${host}:*`).join(" ");
}

export type Framing = "framed" | "alone" | "unknown";

/** As the browser says it. Fetch Metadata: absent where it does not speak it. */
export function framingOf(headers: Headers): Framing {
  const destination = headers.get("Sec-Fetch-Dest");
  if (destination === null) return "unknown";
  return destination === "iframe" || destination === "frame" ? "framed" : "alone";
}
