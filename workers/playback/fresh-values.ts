// Small values of the database that requests are decided by: behind the memory of the isolate and the cache of the
// location. One read when cold, none when warm; what is not there is remembered too, or guesses would be reads.
import type { Env } from "#workers/env.ts";
import { ByteLru } from "./byte-lru.ts";
import { matchEdge, putEdge } from "./edge-cache.ts";
import { SingleFlight } from "./single-flight.ts";

/** Within `freshMs` it answers; within `staleMs` after that it answers while it is loaded again. */
export interface Freshness {
  readonly freshMs: number;
  readonly staleMs: number;
}

export interface FreshSource<T> {
  readonly memoryBytes: number;
  /** Canonical URL of the entry; no client can reach it. */
  cacheKey(name: string): string;
  /** JSON can hold what it returns. Null: there is no such thing. */
  load(env: Env, name: string): Promise<T | null>;
  freshnessOf(value: T | null): Freshness;
}

interface Remembered<T> {
  readonly value: T | null;
  readonly loadedAtMs: number;
}

export class FreshValues<T> {
  readonly #source: FreshSource<T>;
  readonly #memory: ByteLru<Remembered<T>>;
  readonly #loads = new SingleFlight<Remembered<T>>();

  constructor(source: FreshSource<T>) {
    this.#source = source;
    this.#memory = new ByteLru<Remembered<T>>(source.memoryBytes);
  }

  /** Null: there is none. A promise only when memory can't answer. What was read before `sinceMs` counts for nothing. */
  find(
    name: string,
    env: Env,
    ctx: ExecutionContext,
    nowMs: number,
    sinceMs = 0,
  ): T | null | Promise<T | null> {
    const remembered = this.#memory.get(name);
    const read = () => this.#load(name, env, ctx, nowMs, sinceMs);
    // Who needs a newer one does not join a load that began before.
    const load = () => this.#loads.run(sinceMs === 0 ? name : `${name} ${sinceMs}`, nowMs, ctx, read);
    if (remembered === undefined || remembered.loadedAtMs < sinceMs) return load().then(({ value }) => value);
    const ageMs = nowMs - remembered.loadedAtMs;
    const { freshMs, staleMs } = this.#source.freshnessOf(remembered.value);
    if (ageMs < freshMs) return remembered.value;
    if (ageMs >= freshMs + staleMs) return load().then(({ value }) => value);
    // The one that loads is kept alive by waitUntil; if it fails, what is remembered ages on.
    load().catch(() => undefined);
    return remembered.value;
  }

  async #load(
    name: string,
    env: Env,
    ctx: ExecutionContext,
    nowMs: number,
    sinceMs: number,
  ): Promise<Remembered<T>> {
    const found = await this.#readShared(name, nowMs);
    const shared = found !== null && found.loadedAtMs >= sinceMs ? found : null;
    const loaded = shared ?? { value: await this.#source.load(env, name), loadedAtMs: nowMs };
    const text = JSON.stringify(loaded);
    this.#memory.set(name, loaded, 2 * text.length);
    if (shared === null) {
      const { freshMs, staleMs } = this.#source.freshnessOf(loaded.value);
      const bytes = new TextEncoder().encode(text);
      const maxAgeSeconds = (freshMs + staleMs) / 1000;
      ctx.waitUntil(putEdge(this.#source.cacheKey(name), bytes, "application/json", maxAgeSeconds));
    }
    return loaded;
  }

  /** What another isolate of this location loaded, while it is fresh. */
  async #readShared(name: string, nowMs: number): Promise<Remembered<T> | null> {
    const hit = await matchEdge(this.#source.cacheKey(name));
    if (hit === undefined) return null;
    // Own entry under a name no client can reach: the text is what #load put there.
    const shared = await hit.json<Remembered<T>>();
    return nowMs - shared.loadedAtMs < this.#source.freshnessOf(shared.value).freshMs ? shared : null;
  }
}
