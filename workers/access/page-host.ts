// The host of the page that plays, as browsers tell it, and the patterns that allow hosts. Pure; no URL objects: the
// headers are read on every request of a video that is restricted to pages.

/**
 * Null: the request names no page, as those of native players. Empty: it comes from a page that hides its address
 * (`Origin: null`, of a sandboxed frame or a file), which no pattern allows.
 */
export function pageHostOf(origin: string | null, referer: string | null): string | null {
  // A page can leave out the Referer, but in a request of a script never the Origin: so that is the one to hear.
  const said = origin ?? referer;
  return said === null ? null : hostOf(said);
}

const longestHost = 253;
const endsOfHost = "/?#\\";

/** Lower case, without user, port and the dot of the root. Empty for what has no host. */
function hostOf(url: string): string {
  const scheme = url.indexOf("://");
  if (scheme < 0) return "";
  let start = scheme + 3;
  let end = start;
  while (end < url.length && !endsOfHost.includes(url.charAt(end))) {
    if (url.charAt(end) === "@") start = end + 1;
    end++;
  }
  const literal = url.charAt(start) === "[";
  const port = literal ? url.indexOf("]", start) + 1 : url.indexOf(":", start);
  if (port > start && port < end) end = port;
  if (url.charAt(end - 1) === ".") end--;
  return end - start > longestHost ? "" : url.slice(start, end).toLowerCase();
}

/** `app.example.com` is that host; `*.example.com` is every host below example.com and not itself. */
export interface HostPattern {
  readonly host: string;
  readonly below: boolean;
}

const longestPattern = 270;
const labels =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** A port is read and means nothing; a name in another script becomes its ASCII form, which is what browsers send. */
export function parseHostPattern(text: string): HostPattern | null {
  if (text.length > longestPattern) return null;
  const below = text.startsWith("*.");
  const host = asciiHost(
    text
      .slice(below ? 2 : 0)
      .replace(/:\d{1,5}$/, "")
      .replace(/\.$/, ""),
  );
  return host !== null && labels.test(host) ? { host, below } : null;
}

export function isHostPattern(text: string): boolean {
  return parseHostPattern(text) !== null;
}

/** As it is kept and shown: one spelling of each pattern. */
export function hostPatternText({ host, below }: HostPattern): string {
  return below ? `*.${host}` : host;
}

export function matchesHost(pageHost: string, { host, below }: HostPattern): boolean {
  if (!below) return pageHost === host;
  const before = pageHost.length - host.length;
  return before > 1 && pageHost.charAt(before - 1) === "." && pageHost.endsWith(host);
}

function asciiHost(host: string): string | null {
  if (/^[\x21-\x7e]*$/.test(host)) return host.toLowerCase();
  // Only letters, digits and their marks: a slash or a colon would be no part of a host to the URL parser.
  const url = `https://${host}`;
  return /^[\p{L}\p{M}\p{N}.-]+$/u.test(host) && URL.canParse(url) ? new URL(url).hostname : null;
}
