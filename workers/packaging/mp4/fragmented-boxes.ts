// Top-level boxes of a fragmented MP4, wherever they lie, by few reads.
import { readBoxHeader } from "../cmaf/boxes.ts";
import type { BoundedReads } from "../source/bounded-reads.ts";

export interface FileBox {
  readonly type: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

const longestHeaderBytes = 16;

export class BoxReader {
  readonly #file: BoundedReads;
  #window: { readonly offsetBytes: number; readonly bytes: Uint8Array };

  /** `window` is what is known of the file already. */
  constructor(file: BoundedReads, window: { readonly offsetBytes: number; readonly bytes: Uint8Array }) {
    this.#file = file;
    this.#window = window;
  }

  get sizeBytes(): number {
    return this.#file.sizeBytes;
  }

  /** May end beyond the file. Null at its end, and where there is no box or no more may be read. */
  async boxAt(offsetBytes: number, windowBytes: number): Promise<FileBox | null> {
    const left = this.sizeBytes - offsetBytes;
    const bytes = await this.bytes(offsetBytes, Math.min(longestHeaderBytes, left), windowBytes);
    const box = bytes && readBoxHeader(bytes, 0);
    if (!box || !/^[\x20-\x7e]{4}$/.test(box.type)) return null;
    // 14496-12 4.2: size 0 runs to the end of the file.
    const runsToEnd = bytes.subarray(0, 4).every((byte) => byte === 0);
    return { type: box.type, offsetBytes, sizeBytes: runsToEnd ? left : box.end };
  }

  /** All of them or null. What is read beyond is kept for the next. */
  async bytes(offsetBytes: number, sizeBytes: number, windowBytes: number): Promise<Uint8Array | null> {
    const { offsetBytes: from, bytes } = this.#window;
    const isHere = offsetBytes >= from && offsetBytes + sizeBytes <= from + bytes.length;
    if (!isHere) {
      const read = await this.#file.read(offsetBytes, Math.max(sizeBytes, windowBytes));
      if (read === null) return null;
      this.#window = { offsetBytes, bytes: read };
    }
    const at = offsetBytes - this.#window.offsetBytes;
    const found = this.#window.bytes.subarray(at, at + sizeBytes);
    return found.length === sizeBytes ? found : null;
  }
}
