// LEB128 integers up to 2^53 - 1, written and read without ever throwing on what is read.

export class ByteWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  byte(value: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = value;
  }

  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`${value} is not a safe unsigned integer`);
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** Small differences of either sign in few bytes. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

export type ReadFault = "truncated" | "outOfRange";

/** After the first fault every read answers 0 and `fault` says why: check it once per loop. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  fault: ReadFault | null = null;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  fail(fault: ReadFault): 0 {
    this.fault ??= fault;
    this.#at = this.#bytes.length;
    return 0;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) return this.fail("truncated");
    this.#at++;
    return value;
  }

  varint(max = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return this.fail("truncated");
      this.#at++;
      value += (byte & 0x7f) * scale;
      // Compared at each step, so a long run of continuation bytes ends here and not at infinity.
      if (value > max) return this.fail("outOfRange");
      if (byte < 0x80) return value;
      scale *= 0x80;
      if (scale > Number.MAX_SAFE_INTEGER) return this.fail("outOfRange");
    }
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
