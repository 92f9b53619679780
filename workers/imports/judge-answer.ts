// Pure. What the answer to a request for a file, or for the next part of it, means for the import.

export type ImportEnd = "importRefused" | "importNotReached" | "importNotMedia" | "importTargetRefused";

export type Judged =
  /** RFC 9110 15.3.7: bytes from where we are. */
  | { readonly kind: "part"; readonly lengthBytes: number; readonly sizeBytes: number }
  /** The server knows no ranges, or did not want to: the whole file, of unknown length where it does not say. */
  | { readonly kind: "whole"; readonly sizeBytes: number | null }
  /** What was fetched so far is of another file. */
  | { readonly kind: "changed" }
  | { readonly kind: "later"; readonly afterSeconds: number | null }
  | { readonly kind: "empty" }
  | { readonly kind: "end"; readonly reason: ImportEnd };

export interface Asked {
  readonly offsetBytes: number;
  /** Null before the first answer. */
  readonly sizeBytes: number | null;
}

type HeaderReader = Pick<Headers, "get">;

/** A page that says "please log in", with 200, is the usual thing to be served in place of a film. */
const notMedia = /^(?:text\/html|application\/(?:xhtml\+xml|json|xml|problem\+json)|text\/xml)\b/i;

export function judgeAnswer(status: number, headers: HeaderReader, asked: Asked): Judged {
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return { kind: "later", afterSeconds: secondsOf(headers.get("Retry-After")) };
  if (status === 416) {
    const isEmpty = asked.offsetBytes === 0 && /^bytes \*\/0$/.test(headers.get("Content-Range") ?? "");
    return isEmpty ? { kind: "empty" } : { kind: "changed" };
  }
  if (status !== 200 && status !== 206) return { kind: "end", reason: "importRefused" };
  // RFC 9110 8.4: the bytes of a coded representation are others, and their ranges too.
  const coding = headers.get("Content-Encoding");
  const isCoded = coding !== null && coding !== "" && coding.toLowerCase() !== "identity";
  if (isCoded || notMedia.test(headers.get("Content-Type") ?? ""))
    return { kind: "end", reason: "importNotMedia" };
  return status === 206 ? judgePart(headers, asked) : judgeWhole(headers, asked);
}

function judgePart(headers: HeaderReader, { offsetBytes, sizeBytes }: Asked): Judged {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(headers.get("Content-Range") ?? "");
  if (match === null) return { kind: "end", reason: "importRefused" };
  const [first = 0, last = 0, total = 0] = match.slice(1).map(Number);
  if (first !== offsetBytes || last < first || last >= total) return { kind: "end", reason: "importRefused" };
  if (sizeBytes !== null && total !== sizeBytes) return { kind: "changed" };
  return { kind: "part", lengthBytes: last - first + 1, sizeBytes: total };
}

function judgeWhole(headers: HeaderReader, { offsetBytes }: Asked): Judged {
  if (offsetBytes > 0) return { kind: "changed" };
  const length = headers.get("Content-Length");
  if (length === null || !/^\d{1,15}$/.test(length)) return { kind: "whole", sizeBytes: null };
  return length === "0" ? { kind: "empty" } : { kind: "whole", sizeBytes: Number(length) };
}

/** RFC 9110 13.1.5: If-Range takes a strong entity tag; a weak one would never match. Null: nothing to compare by. */
export function validatorOf(headers: HeaderReader): string | null {
  const etag = headers.get("ETag");
  if (etag !== null && etag.startsWith('"')) return etag;
  return headers.get("Last-Modified");
}

const firstWaitSeconds = 5;
const longestWaitSeconds = 3_600;
/** About an hour and a half in all. */
export const mostFailures = 8;

export function waitSeconds(failures: number, askedSeconds: number | null): number {
  const own = firstWaitSeconds * 3 ** Math.max(0, failures - 1);
  return Math.min(longestWaitSeconds, Math.max(own, askedSeconds ?? 0));
}

/** RFC 9110 10.2.3: seconds, or a date, which nobody's clock agrees on and is left aside. */
function secondsOf(text: string | null): number | null {
  return text !== null && /^\d{1,6}$/.test(text.trim()) ? Number(text) : null;
}
