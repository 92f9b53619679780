/** A place taken; give it back when the bytes are in the cache. */
export interface Fill {
  readonly sizeBytes: number;
  readonly takenAtMs: number;
}

const maxFills = 8;
/** An isolate has 128 MB for everything. */
const maxBytes = 32 * 1024 * 1024;
/** Longer than any request may work after its answer: whoever took the place is gone and can't give it back. */
const forgottenAfterMs = 60_000;

/** How much an isolate may hold at once to fill the cache with. */
export class FillBudget {
  readonly #fills = new Set<Fill>();
  #bytes = 0;

  /** Null: no room, so stream without filling. */
  take(sizeBytes: number, nowMs: number): Fill | null {
    for (const fill of this.#fills) {
      if (nowMs - fill.takenAtMs > forgottenAfterMs) this.giveBack(fill);
    }
    if (this.#fills.size >= maxFills || this.#bytes + sizeBytes > maxBytes) return null;
    const fill = { sizeBytes, takenAtMs: nowMs };
    this.#fills.add(fill);
    this.#bytes += sizeBytes;
    return fill;
  }

  giveBack(fill: Fill): void {
    if (this.#fills.delete(fill)) this.#bytes -= fill.sizeBytes;
  }
}
