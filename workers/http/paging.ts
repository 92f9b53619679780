// Cursors: where the last page ended, bound to the query it belongs to. Opaque to the caller; a cursor that
// was altered, or that is used with other filters, is refused rather than answered with a wrong page.
import { decodeBase64url, encodeBase64url } from "#workers/base64url.ts";

const encoder = new TextEncoder();
const digestBytes = 9;

export async function makeCursor(lastId: string, query: string): Promise<string> {
  return `${encodeBase64url(encoder.encode(lastId))}.${await digestOf(lastId, query)}`;
}

/** The id after which the page begins, or null for what is not a cursor of this query. */
export async function readCursor(cursor: string, query: string): Promise<string | null> {
  const [encoded, digest, ...rest] = cursor.split(".");
  if (encoded === undefined || digest === undefined || rest.length > 0) return null;
  const bytes = decodeBase64url(encoded);
  if (bytes === null) return null;
  const lastId = new TextDecoder().decode(bytes);
  return (await digestOf(lastId, query)) === digest ? lastId : null;
}

/** Not a secret: a list holds nothing that its caller may not see, the digest only tells mistakes. */
async function digestOf(lastId: string, query: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(JSON.stringify([lastId, query])));
  return encodeBase64url(new Uint8Array(digest, 0, digestBytes));
}
