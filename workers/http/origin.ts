/**
 * Where the caller reached us, for the absolute URLs of an answer. Behind a proxy that ends TLS the request
 * itself says `http` and an inner host. The headers are only ever reflected to whoever sent them: answers
 * that hold these URLs are `no-store`.
 */
export function originOf(request: Request): string {
  const url = new URL(request.url);
  const forwardedProto = firstOf(request.headers.get("X-Forwarded-Proto"));
  const forwardedHost = firstOf(request.headers.get("X-Forwarded-Host"));
  const protocol =
    forwardedProto === "https" || forwardedProto === "http" ? `${forwardedProto}:` : url.protocol;
  const host = forwardedHost !== null && hostShape.test(forwardedHost) ? forwardedHost : url.host;
  return `${protocol}//${host}`;
}

/** A name, an IPv4 or a bracketed IPv6 address, and maybe a port. */
const hostShape = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** A chain of proxies appends; the first value is what the client saw. */
function firstOf(header: string | null): string | null {
  return header === null ? null : (header.split(",")[0] ?? "").trim();
}
