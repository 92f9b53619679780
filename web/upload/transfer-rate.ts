// How fast bytes are going, over the last few seconds only. Pure: times are passed in.

const windowMs = 6000;
const shortestMs = 800;

interface Sample {
  readonly atMs: number;
  readonly sentBytes: number;
}

export class TransferRate {
  #samples: Sample[] = [];

  add(sentBytes: number, nowMs: number): void {
    const last = this.#samples.at(-1);
    // A retry goes back to what the server has: the old samples say nothing about the new run.
    if (last !== undefined && sentBytes < last.sentBytes) this.#samples = [];
    this.#samples.push({ atMs: nowMs, sentBytes });
    while (this.#samples.length > 2 && nowMs - (this.#samples[0]?.atMs ?? nowMs) > windowMs)
      this.#samples.shift();
  }

  reset(): void {
    this.#samples = [];
  }

  /** Null while there is too little to tell. */
  bytesPerSecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < shortestMs) return null;
    return ((last.sentBytes - first.sentBytes) * 1000) / (last.atMs - first.atMs);
  }

  secondsLeft(totalBytes: number): number | null {
    const rate = this.bytesPerSecond();
    const sentBytes = this.#samples.at(-1)?.sentBytes ?? 0;
    return rate === null || rate <= 0 ? null : (totalBytes - sentBytes) / rate;
  }
}
