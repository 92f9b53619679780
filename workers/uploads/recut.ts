// Pure. Pieces of any size in, equal parts out: what R2 multipart accepts.

/** A part that is full, or the rest at the end. */
export interface Part {
  readonly bytes: Uint8Array;
  /** Bytes at its front that arrived earlier and are stored elsewhere: left blank for the caller to fill. */
  readonly carriedBytes: number;
}

export class Recutter {
  readonly #partBytes: number;
  readonly #takeBuffer: () => Uint8Array;
  #buffer: Uint8Array | null = null;
  #filledBytes: number;
  #carriedBytes: number;

  /** `takeBuffer` gives a buffer of `partBytes`; it is called when the first byte of a part arrives. */
  constructor(partBytes: number, carriedBytes: number, takeBuffer: () => Uint8Array) {
    if (carriedBytes >= partBytes) throw new Error("What is carried over is a whole part");
    this.#partBytes = partBytes;
    this.#carriedBytes = carriedBytes;
    this.#filledBytes = carriedBytes;
    this.#takeBuffer = takeBuffer;
  }

  /** Copies what fits into the open part. Returns how many bytes it took: fewer than given when the part is full. */
  push(piece: Uint8Array): number {
    this.#buffer ??= this.#takeBuffer();
    const taken = Math.min(piece.length, this.#partBytes - this.#filledBytes);
    this.#buffer.set(taken === piece.length ? piece : piece.subarray(0, taken), this.#filledBytes);
    this.#filledBytes += taken;
    return taken;
  }

  /** The open part when it is full; the next push opens another. */
  takeFull(): Part | null {
    return this.#filledBytes === this.#partBytes ? this.#take() : null;
  }

  /** What is left, shorter than a part and maybe empty. */
  takeRest(): Part {
    return this.#take();
  }

  #take(): Part {
    const whole = this.#buffer ?? (this.#filledBytes === 0 ? new Uint8Array(0) : this.#takeBuffer());
    const part = { bytes: whole.subarray(0, this.#filledBytes), carriedBytes: this.#carriedBytes };
    this.#buffer = null;
    this.#filledBytes = 0;
    this.#carriedBytes = 0;
    return part;
  }
}
