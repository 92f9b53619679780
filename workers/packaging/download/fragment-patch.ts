// Fragments of one track, as they are stored, become those of a track among others: number, track and time are written
// over where they stand. Bytes go through as they come; nothing is held but the first few of a fragment.

export interface FragmentPatch {
  /** Of `mfhd`. */
  readonly sequence: number;
  readonly trackId: number;
  /** Taken from the decode time. */
  readonly earlierTicks: number;
}

/** moof and mfhd (8 + 16), traf (8), the longest tfhd (40) and tfdt (20): as our writers order them. */
const headBytes = 92;

export class FragmentPatcher {
  readonly #sizes: Iterator<{ readonly sizeBytes: number; readonly patch: FragmentPatch }>;
  readonly #head = new Uint8Array(headBytes);
  #filled = 0;
  #needed = 0;
  #left = 0;
  #patch: FragmentPatch | null = null;

  /** What follows, in order: the sizes say where each fragment begins. */
  constructor(fragments: Iterable<{ readonly sizeBytes: number; readonly patch: FragmentPatch }>) {
    this.#sizes = fragments[Symbol.iterator]();
  }

  /** What of it can go on now. */
  push(bytes: Uint8Array): readonly Uint8Array[] {
    const out: Uint8Array[] = [];
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#left === 0) this.#begin();
      if (this.#filled < this.#needed) {
        const taken = rest.subarray(0, this.#needed - this.#filled);
        this.#head.set(taken, this.#filled);
        this.#filled += taken.length;
        rest = rest.subarray(taken.length);
        if (this.#filled === this.#needed) out.push(this.#finishHead());
        continue;
      }
      const passed = rest.subarray(0, this.#left);
      this.#left -= passed.length;
      out.push(passed);
      rest = rest.subarray(passed.length);
    }
    return out;
  }

  #begin(): void {
    const next = this.#sizes.next();
    if (next.done === true) throw new Error("more bytes than fragments");
    this.#patch = next.value.patch;
    this.#left = next.value.sizeBytes;
    this.#needed = Math.min(headBytes, this.#left);
    this.#filled = 0;
  }

  #finishHead(): Uint8Array {
    this.#left -= this.#needed;
    const head = this.#head.slice(0, this.#needed);
    if (this.#patch !== null) patchHead(head, this.#patch);
    return head;
  }
}

const typeAt = (bytes: Uint8Array, offset: number) =>
  String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));

/** Throws where the stored bytes are not what the index says. */
function patchHead(head: Uint8Array<ArrayBuffer>, { sequence, trackId, earlierTicks }: FragmentPatch): void {
  const view = new DataView(head.buffer);
  const mfhd = 8;
  const traf = mfhd + 16;
  const tfhd = traf + 8;
  const tfdt = head.length > tfhd + 8 ? tfhd + view.getUint32(tfhd) : head.length;
  if (tfdt + 20 > head.length || typeAt(head, 0) !== "moof" || typeAt(head, mfhd) !== "mfhd")
    throw new Error("a stored fragment does not begin as ours do");
  if (typeAt(head, tfhd) !== "tfhd" || typeAt(head, tfdt) !== "tfdt")
    throw new Error("a stored fragment has no tfhd or tfdt where ours do");
  view.setUint32(mfhd + 12, sequence);
  view.setUint32(tfhd + 12, trackId);
  if (earlierTicks === 0) return;
  // 14496-12 8.8.12: 64 bits where the version is 1.
  if (view.getUint8(tfdt + 8) === 1) {
    const ticks = view.getBigUint64(tfdt + 12) - BigInt(earlierTicks);
    view.setBigUint64(tfdt + 12, ticks < 0n ? 0n : ticks);
  } else view.setUint32(tfdt + 12, Math.max(0, view.getUint32(tfdt + 12) - earlierTicks));
}
