// Both ends of Workers Cache, where it is enabled: what its entrypoint answers when the cache has nothing, and how
// playback asks it. Always a whole 200: the platform caches no 206, and cuts ranges out of what it has.
import type { Env } from "#workers/env.ts";
import type { ByteSpan } from "#workers/storage/objects.ts";
import type * as makeBehindCache from "./make-behind-cache.ts";
import { openStored, type ByteSource } from "./segment-source.ts";

/** What is to be read when the cache has nothing. In a header: the key of the entry is the URL alone. */
interface Wanted {
  readonly source: ByteSource;
  /** Null: told when it is made. */
  readonly sizeBytes: number | null;
  readonly contentType: string;
}

const wantedHeader = "Sluice-Wanted";
/** The platform's cache serves a year-old entry as gladly as a new one: the generation is in the URL. */
const policy = "public, max-age=31536000, immutable";

/** Bytes of one segment, whole. */
interface Opened {
  readonly sizeBytes: number;
  readonly body: ReadableStream | Uint8Array;
}

/** The code that makes fragments, once one was asked for; with what it remembers. */
let making: typeof makeBehindCache | null = null;

export async function answerBehindCache(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
): Promise<Response> {
  // Own text: only behindCache calls this entrypoint, which no route leads to.
  const wanted = JSON.parse(request.headers.get(wantedHeader) ?? "null") as Wanted | null;
  if (wanted === null) return new Response(null, { status: 400, headers: { "Cache-Control": "no-store" } });
  const opened = await open(wanted, env, ctx);
  if (typeof opened === "number")
    return new Response(null, { status: opened, headers: { "Cache-Control": "no-store" } });
  const [videoId] = new URL(request.url).pathname.split("/").filter((part) => part !== "");
  return new Response(opened.body, {
    headers: {
      "Content-Type": wanted.contentType,
      "Content-Length": String(opened.sizeBytes),
      "Cache-Control": policy,
      "Cache-Tag": `video-${videoId}`,
    },
  });
}

/** A number is the status of why not. */
async function open(
  { source, sizeBytes }: Wanted,
  env: Env,
  ctx: ExecutionContext,
): Promise<Opened | number> {
  if (source.kind === "made") {
    making ??= await import("./make-behind-cache.ts");
    return making.makeBehindCache(source, { env, ctx, nowMs: Date.now() });
  }
  if (sizeBytes === null) throw new Error("stored bytes have a size");
  const stored = await openStored(env.MEDIA, source, { offsetBytes: 0, sizeBytes });
  if (stored === null) return 404;
  return { sizeBytes, body: stored.pipeThrough(new FixedLengthStream(sizeBytes)) };
}

export interface BehindCache {
  readonly body: ReadableStream | Uint8Array;
  /** Of the whole. */
  readonly sizeBytes: number;
  readonly hit: boolean;
}

interface MediaExports {
  readonly Media: { fetch(request: Request): Promise<Response> };
}

/** A number is the status of why not; 404: the bytes are gone. */
export async function readBehindCache(
  exports: unknown,
  key: string,
  wanted: Wanted,
  span: ByteSpan | null,
): Promise<BehindCache | number> {
  const headers = new Headers({ [wantedHeader]: JSON.stringify(wanted) });
  if (span !== null)
    headers.set("Range", `bytes=${span.offsetBytes}-${span.offsetBytes + span.sizeBytes - 1}`);
  const response = await (exports as MediaExports).Media.fetch(new Request(key, { headers }));
  const hit = response.headers.get("CF-Cache-Status") === "HIT";
  if (response.body === null || !response.ok) return response.status;
  const sizeBytes = wanted.sizeBytes ?? Number(response.headers.get("Content-Length"));
  if (span === null || response.status === 206) return { body: response.body, sizeBytes, hit };
  // Nothing stands before the entrypoint here, or it keeps no ranges: cut it.
  const whole = await response.arrayBuffer();
  return { body: new Uint8Array(whole, span.offsetBytes, span.sizeBytes), sizeBytes: whole.byteLength, hit };
}
