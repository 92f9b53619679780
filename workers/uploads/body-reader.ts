// Reads a request body in pieces worth a turn of the event loop, and knows since when it waits for the client.

/** A body can arrive in 4 KiB pieces; each read costs a turn, so it waits for this much. */
const leastBytes = 64 * 1024;
const mostBytes = 256 * 1024;

export class BodyReader {
  readonly #reader: ReadableStreamBYOBReader;
  #scratch = new ArrayBuffer(mostBytes);
  #stopped = false;
  #waitingSinceMs: number | null = null;

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader({ mode: "byob" });
  }

  /** The next piece, valid until the next call; "end" after the last; "cut" when the client broke off. */
  async next(): Promise<Uint8Array | "end" | "cut"> {
    this.#waitingSinceMs = Date.now();
    try {
      const { done, value } = await this.#reader.readAtLeast(leastBytes, new Uint8Array(this.#scratch));
      if (this.#stopped) return "cut";
      if (value === undefined || value.length === 0) return done ? "end" : this.next();
      this.#scratch = value.buffer;
      return value;
    } catch {
      return "cut";
    } finally {
      this.#waitingSinceMs = null;
    }
  }

  /** For how long the client has sent nothing that was waited for. */
  silentMs(nowMs: number): number {
    return this.#waitingSinceMs === null ? 0 : nowMs - this.#waitingSinceMs;
  }

  /** Ends the pending read, and with it the writer. What was read stays read. */
  stop(): void {
    this.#stopped = true;
    // The stream may be broken already; then there is nothing to stop.
    this.#reader.cancel().catch(() => undefined);
  }
}
