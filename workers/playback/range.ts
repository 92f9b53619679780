// Which bytes to send, and whether to send any: RFC 9110 sections 13 and 14, pure. R2 answers an
// unsatisfiable Range with the whole object, so this is decided here.

export type RangeDecision =
  | { readonly kind: "whole" }
  | { readonly kind: "partial"; readonly offsetBytes: number; readonly sizeBytes: number }
  | { readonly kind: "unsatisfiable" };

const whole: RangeDecision = { kind: "whole" };
const unsatisfiable: RangeDecision = { kind: "unsatisfiable" };

/** For GET only: "GET is the only method" for which range handling is defined (RFC 9110 14.2). */
export function decideRange(
  range: string | null,
  ifRange: string | null,
  sizeBytes: number,
  etag: string,
): RangeDecision {
  if (range === null) return whole;
  // 13.1.5: the strong comparison. We send no Last-Modified, so a date never matches: the whole then.
  if (ifRange !== null && ifRange.trim() !== etag) return whole;
  const equals = range.indexOf("=");
  // 14.2: "An origin server MUST ignore a Range header field that contains a range unit it does not
  // understand." Range units are case-insensitive (14.1).
  if (equals < 0 || range.slice(0, equals).trim().toLowerCase() !== "bytes") return whole;
  const specs = range.slice(equals + 1).split(",");
  // 14.2 lets a server ignore the header; several ranges get the whole 200.
  if (specs.length !== 1) return whole;
  return decideSpec((specs[0] ?? "").trim(), sizeBytes);
}

function decideSpec(spec: string, sizeBytes: number): RangeDecision {
  const dash = spec.indexOf("-");
  const firstText = spec.slice(0, Math.max(dash, 0));
  const lastText = spec.slice(dash + 1);
  if (dash < 0 || !isDigits(firstText) || !isDigits(lastText)) return whole;
  if (firstText === "") {
    // 14.1.2: the last N bytes; "-0" can't be satisfied, "-" is no range at all.
    if (lastText === "") return whole;
    const suffix = Math.min(Number(lastText), sizeBytes);
    return suffix === 0 ? unsatisfiable : partial(sizeBytes - suffix, sizeBytes - 1);
  }
  const first = Number(firstText);
  const last = lastText === "" ? Infinity : Number(lastText);
  // 14.1.1: "An int-range is invalid if the last-pos value is present and less than first-pos": ignored.
  if (last < first) return whole;
  return first >= sizeBytes ? unsatisfiable : partial(first, Math.min(last, sizeBytes - 1));
}

function partial(first: number, last: number): RangeDecision {
  return { kind: "partial", offsetBytes: first, sizeBytes: last - first + 1 };
}

function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** 13.1.2: true when the client has it. Weak comparison: "W/" does not count. */
export function matchesIfNoneMatch(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  if (ifNoneMatch.trim() === "*") return true;
  const opaque = opaqueOf(etag);
  // Our own tags hold no comma, so a split can't cut one in two and still match.
  return ifNoneMatch.split(",").some((candidate) => opaqueOf(candidate.trim()) === opaque);
}

function opaqueOf(etag: string): string {
  return etag.startsWith("W/") ? etag.slice(2) : etag;
}
