// Objects small enough to be held whole: init segments, posters. Memory of the isolate, then the cache of
// the location, then the store; concurrent misses are one read.
import type { Env } from "#workers/env.ts";
import { readObject } from "#workers/storage/objects.ts";
import { ByteLru } from "./byte-lru.ts";
import { matchEdge, putEdge } from "./edge-cache.ts";
import type { CacheTier } from "./headers.ts";
import { SingleFlight } from "./single-flight.ts";

export interface SmallObject {
  /** Canonical URL. */
  readonly key: string;
  readonly objectKey: string;
  readonly contentType: string;
}

export interface SmallRead {
  readonly bytes: Uint8Array;
  readonly tier: CacheTier;
}

const memoryBytes = 4 * 1024 * 1024;
const maxAgeSeconds = 31_536_000;

export class SmallObjects {
  readonly #memory = new ByteLru<Uint8Array>(memoryBytes);
  readonly #reads = new SingleFlight<SmallRead | null>();

  /** What would answer now, without reading it. */
  async tier(key: string): Promise<CacheTier> {
    if (this.#memory.get(key) !== undefined) return "isolate";
    const hit = await matchEdge(key);
    await hit?.body?.cancel();
    return hit === undefined ? "origin" : "edge";
  }

  /** Null: there is no such object. A promise only when memory can't answer. */
  read(
    object: SmallObject,
    env: Env,
    ctx: ExecutionContext,
    nowMs: number,
  ): SmallRead | Promise<SmallRead | null> {
    const bytes = this.#memory.get(object.key);
    if (bytes !== undefined) return { bytes, tier: "isolate" };
    return this.#reads.run(object.key, nowMs, ctx, async () => {
      const read = await readThroughEdge(object, ctx, () => readObject(env.MEDIA, object.objectKey));
      if (read !== null) this.#memory.set(object.key, read.bytes, read.bytes.length + 500);
      return read;
    });
  }
}

/** The entry of this location, or what `load` reads, which becomes the entry. */
export async function readThroughEdge(
  { key, contentType }: Pick<SmallObject, "key" | "contentType">,
  ctx: ExecutionContext,
  load: () => Promise<ArrayBuffer | null>,
): Promise<SmallRead | null> {
  const hit = await matchEdge(key);
  if (hit !== undefined) return { bytes: new Uint8Array(await hit.arrayBuffer()), tier: "edge" };
  const loaded = await load();
  if (loaded === null) return null;
  ctx.waitUntil(putEdge(key, loaded, contentType, maxAgeSeconds));
  return { bytes: new Uint8Array(loaded), tier: "origin" };
}
