// The header of draft-ietf-httpapi-idempotency-key-header-07. Pure.

const maxLength = 255;

/**
 * 2.1: "Idempotency-Key is an Item Structured Header [...] Its value MUST be a String". Most clients send it bare, so
 * both are taken, and mean the same. Null: neither.
 */
export function parseIdempotencyKey(header: string): string | null {
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header);
  const key = quoted === null ? header : (quoted[1] ?? "").replaceAll(/\\(["\\])/g, "$1");
  const isBare = quoted !== null || !header.includes('"');
  return isBare && key.length > 0 && key.length <= maxLength && /^[\x20-\x7e]+$/.test(key) ? key : null;
}

/** Of an answer that would be another at the next try, nothing is kept: the fault is the caller's to mend, or ours. */
export function isLasting(status: number, headers: Headers): boolean {
  if (status >= 200 && status < 300) return true;
  return [404, 409, 410].includes(status) && !headers.has("Retry-After");
}
