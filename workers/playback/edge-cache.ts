// The cache of this location, under canonical URLs that no viewer ever sees: nothing of a session, a token
// or a query is in a key. The generation is, so that counting it up is a purge that is true everywhere.
// An entry is always a whole 200 with its length: the cache cuts ranges itself.
import type { ByteSpan } from "#workers/storage/objects.ts";

const origin = "https://cache.invalid";

export interface CanonicalName {
  readonly videoId: string;
  readonly version: number;
  readonly generation: number;
  /** `{track}/{g}/{n}`, `{track}/init`, … */
  readonly rest: string;
}

export const canonicalKey = ({ videoId, version, generation, rest }: CanonicalName) =>
  `${origin}/${videoId}/${version}/${rest}?${generation}`;

/** The number counts shapes of the record: entries outlive the code that wrote them. */
export const recordKey = (playbackId: string) => `${origin}/record/4/${playbackId}`;

/** How far the revocations are known here, and the log of each sequence. */
export const revocationHeadKey = `${origin}/revocations`;
export const revocationLogKey = (sequence: number) => `${origin}/revocations/${sequence}`;

export const signingKeyKey = (kid: string) => `${origin}/signing-key/${kid}`;

export const historyKey = (viewer: string) => `${origin}/viewer/${viewer}`;

/** The whole entry, or the span of it. Undefined is a miss. */
export async function matchEdge(key: string, span: ByteSpan | null = null): Promise<Response | undefined> {
  if (span === null) return caches.default.match(key);
  const range = `bytes=${span.offsetBytes}-${span.offsetBytes + span.sizeBytes - 1}`;
  const hit = await caches.default.match(new Request(key, { headers: { Range: range } }));
  if (hit === undefined || hit.status === 206) return hit;
  // A cache that keeps no lengths answers the whole: cut it here.
  return new Response((await hit.arrayBuffer()).slice(span.offsetBytes, span.offsetBytes + span.sizeBytes));
}

export function putEdge(
  key: string,
  bytes: BufferSource,
  contentType: string,
  maxAgeSeconds: number,
): Promise<void> {
  return putEdgeBody(key, bytes, bytes.byteLength, contentType, maxAgeSeconds);
}

/** A stream must know its length. */
export async function putEdgeBody(
  key: string,
  body: BufferSource | ReadableStream,
  sizeBytes: number,
  contentType: string,
  maxAgeSeconds: number,
): Promise<void> {
  const headers = {
    "Content-Type": contentType,
    "Content-Length": String(sizeBytes),
    "Cache-Control": `public, max-age=${maxAgeSeconds}`,
  };
  await caches.default.put(key, new Response(body, { headers }));
}
