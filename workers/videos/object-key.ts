// Pure. Which objects of the bucket may be registered as sources.

/** R2's own limit. */
const longestKeyBytes = 1_024;

/** Where we write, now or in a release to come: an object there is not the owner's, and may go at any time. */
const ownPrefixes = ["videos/", "sources/", "live/"];

/** What is wrong with a key, for people; null when nothing is. */
export function keyFault(key: string): string | null {
  if (key === "") return "An object has a key";
  // A lone surrogate has no UTF-8, so no object can have this key: it would name another one.
  if (!key.isWellFormed()) return "It is not Unicode text";
  if (new TextEncoder().encode(key).byteLength > longestKeyBytes) return "A key has at most 1,024 bytes";
  if (/\p{Cc}/u.test(key)) return "It has a control character";
  const own = ownPrefixes.find((prefix) => key.startsWith(prefix));
  if (own !== undefined) return `What is under ${own} is not yours to register`;
  // WHATWG URL, path state: such segments vanish from a URL, which would then lead to another object.
  if (key.split("/").some(isDotSegment)) return "A URL can't carry a segment that is . or ..";
  return null;
}

function isDotSegment(segment: string): boolean {
  return segment === "." || segment === "..";
}

/** The last segment that is one. */
export function fileNameOf(key: string): string | null {
  return key.split("/").findLast((segment) => segment !== "") ?? null;
}
