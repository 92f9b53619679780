// LEB128 integers up to 2^53 - 1, read without ever throwing on what is read.

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
