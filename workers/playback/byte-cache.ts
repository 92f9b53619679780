// Bytes through the caches: Workers Cache where it is enabled, else the cache of this location, else the store. A miss fills the cache by a bounded
// read that all who miss meanwhile share; what is too large, or too much at once, streams without filling.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import type { ByteSpan } from "#workers/storage/objects.ts";
import type { PlaybackCall } from "./call.ts";
import { matchEdge, putEdge } from "./edge-cache.ts";
import type { FillBudget, Fill } from "./fill-budget.ts";
import type { CacheTier } from "./headers.ts";
import { openStored, type StoredBytes } from "./segment-source.ts";
import { SingleFlight, type Hold } from "./single-flight.ts";

export interface CachedBytes {
  /** Canonical URL. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly contentType: string;
  readonly source: StoredBytes;
}

type Reader = Pick<PlaybackCall, "env" | "ctx" | "nowMs">;

export interface ReadBytes {
  readonly body: ReadableStream | Uint8Array;
  readonly tier: CacheTier;
}

const maxFillBytes = 16 * 1024 * 1024;
const maxAgeSeconds = 31_536_000;

export class ByteCache {
  readonly #fills = new SingleFlight<ArrayBuffer | null>();
  readonly #budget: FillBudget;

  constructor(budget: FillBudget) {
    this.#budget = budget;
  }

  /** `span` null is the whole. Null: the bytes are gone. */
  async read(
    bytes: CachedBytes,
    span: ByteSpan | null,
    { env, ctx, nowMs }: Reader,
  ): Promise<ReadBytes | null> {
    if (env.MEDIA_CACHE === "workersCache") {
      const { readBehindCache } = await import("./behind-cache.ts");
      const read = await readBehindCache(ctx.exports, bytes.key, bytes, span);
      if (read === 404) return null;
      if (typeof read === "number") throw new Error(`the media entrypoint answered ${read}`);
      return { body: read.body, tier: read.hit ? "edge" : "origin" };
    }
    const joined = this.#fills.joinable(bytes.key, nowMs);
    if (joined !== undefined) return cut(await joined, span, "isolate");
    const hit = await matchEdge(bytes.key, span);
    if (hit !== undefined && hit.body !== null) return { body: hit.body, tier: "edge" };
    // Others missed while this one looked: the first of them reads, the rest join.
    const begun = this.#fills.joinable(bytes.key, nowMs);
    if (begun !== undefined) return cut(await begun, span, "isolate");
    const fill = bytes.sizeBytes > maxFillBytes ? null : this.#budget.take(bytes.sizeBytes, nowMs);
    if (fill === null) {
      const wanted = span ?? { offsetBytes: 0, sizeBytes: bytes.sizeBytes };
      const body = await openStored(env.MEDIA, bytes.source, wanted);
      return body === null ? null : { body, tier: "origin" };
    }
    const whole = this.#fills.run(bytes.key, nowMs, ctx, (hold) => this.#fill(env, bytes, fill, hold));
    return cut(await whole, span, "origin");
  }

  /** What would answer now, without reading it. */
  async tier(key: string): Promise<CacheTier> {
    const hit = await matchEdge(key);
    await hit?.body?.cancel();
    return hit === undefined ? "origin" : "edge";
  }

  async #fill(env: Env, bytes: CachedBytes, fill: Fill, hold: Hold): Promise<ArrayBuffer | null> {
    const release = () => this.#budget.giveBack(fill);
    try {
      const stream = await openStored(env.MEDIA, bytes.source, {
        offsetBytes: 0,
        sizeBytes: bytes.sizeBytes,
      });
      const whole = stream === null ? null : await new Response(stream).arrayBuffer();
      if (whole === null) release();
      else hold(put(bytes, whole).finally(release));
      return whole;
    } catch (error) {
      release();
      throw error;
    }
  }
}

async function put({ key, contentType }: CachedBytes, whole: ArrayBuffer): Promise<void> {
  try {
    await putEdge(key, whole, contentType, maxAgeSeconds);
  } catch (error) {
    // The viewer has the bytes; only the next one is slower.
    logError("playback.cacheFillFailed", error);
  }
}

function cut(whole: ArrayBuffer | null, span: ByteSpan | null, tier: CacheTier): ReadBytes | null {
  if (whole === null) return null;
  const body =
    span === null ? new Uint8Array(whole) : new Uint8Array(whole, span.offsetBytes, span.sizeBytes);
  return { body, tier };
}
