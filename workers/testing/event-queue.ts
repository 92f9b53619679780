// What happens when, on a clock that jumps from one event to the next: a binary heap.
export interface TimedEvent {
  readonly atMs: number;
  readonly order: number;
  run(): Promise<void>;
}

export class EventQueue {
  readonly #heap: TimedEvent[] = [];
  #added = 0;

  get size(): number {
    return this.#heap.length;
  }

  add(atMs: number, run: () => Promise<void>): void {
    const heap = this.#heap;
    let at = heap.push({ atMs, order: this.#added++, run }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfEarlier(at, parent)) return;
      at = parent;
    }
  }

  /** The earliest; of two at once, the one that was added first. */
  take(): TimedEvent | null {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = this.#isEarlier(right, left) ? right : left;
      if (!this.#swapIfEarlier(child, at)) return first;
      at = child;
    }
  }

  #isEarlier(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return false;
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
  }

  #swapIfEarlier(child: number, parent: number): boolean {
    if (!this.#isEarlier(child, parent)) return false;
    const [one, other] = [this.#heap[child], this.#heap[parent]];
    if (one === undefined || other === undefined) return false;
    this.#heap[parent] = one;
    this.#heap[child] = other;
    return true;
  }
}
