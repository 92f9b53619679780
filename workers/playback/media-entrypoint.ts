// What Workers Cache stands before, where it is enabled: canonical URLs only, asked for by our own code after the
// viewer was let in, and reachable by nobody else. Always a whole 200: the platform caches no 206, and cuts ranges
// out of what it has.
import { WorkerEntrypoint } from "cloudflare:workers";
import type { Env } from "#workers/env.ts";
import type { ByteSpan } from "#workers/storage/objects.ts";
import { openSource, type ByteSource } from "./segment-source.ts";

/** What is to be read when the cache has nothing. In a header: the key of the entry is the URL alone. */
interface Wanted {
  readonly source: ByteSource;
  readonly sizeBytes: number;
  readonly contentType: string;
}

const wantedHeader = "Sluice-Wanted";
/** The platform's cache serves a year-old entry as gladly as a new one: the generation is in the URL. */
const policy = "public, max-age=31536000, immutable";

export class Media extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    // Own text: only behindCache calls this entrypoint, which no route leads to.
    const wanted = JSON.parse(request.headers.get(wantedHeader) ?? "null") as Wanted | null;
    if (wanted === null) return new Response(null, { status: 400, headers: { "Cache-Control": "no-store" } });
    const { source, sizeBytes, contentType } = wanted;
    const body = await openSource(this.env.MEDIA, source, { offsetBytes: 0, sizeBytes });
    if (body === null) return new Response(null, { status: 404, headers: { "Cache-Control": "no-store" } });
    const [videoId] = new URL(request.url).pathname.split("/").filter((part) => part !== "");
    return new Response(body.pipeThrough(new FixedLengthStream(sizeBytes)), {
      headers: {
        "Content-Type": contentType,
        "Content-Length": String(sizeBytes),
        "Cache-Control": policy,
        "Cache-Tag": `video-${videoId}`,
      },
    });
  }
}

export interface BehindCache {
  readonly body: ReadableStream | Uint8Array;
  readonly hit: boolean;
}

interface MediaExports {
  readonly Media: { fetch(request: Request): Promise<Response> };
}

/** Null: the bytes are gone. */
export async function readBehindCache(
  exports: unknown,
  key: string,
  wanted: Wanted,
  span: ByteSpan | null,
): Promise<BehindCache | null> {
  const headers = new Headers({ [wantedHeader]: JSON.stringify(wanted) });
  if (span !== null)
    headers.set("Range", `bytes=${span.offsetBytes}-${span.offsetBytes + span.sizeBytes - 1}`);
  const response = await (exports as MediaExports).Media.fetch(new Request(key, { headers }));
  const hit = response.headers.get("CF-Cache-Status") === "HIT";
  if (response.status === 404) return null;
  if (!response.ok || response.body === null)
    throw new Error(`the media entrypoint answered ${response.status}`);
  if (span === null || response.status === 206) return { body: response.body, hit };
  // Nothing stands before the entrypoint here, or it keeps no ranges: cut it.
  const whole = await response.arrayBuffer();
  return { body: new Uint8Array(whole, span.offsetBytes, span.sizeBytes), hit };
}
