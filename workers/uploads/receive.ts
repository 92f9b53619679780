// From the bytes of a body to parts in the bucket: one part fills while others are on their way. Holds a few
// part-sized buffers whatever the body's size.
import type { BodyReader } from "./body-reader.ts";
import type { RunningChecksum } from "./checksum.ts";
import { partsInFlight } from "./part-size.ts";
import { Recutter, type Part } from "./recut.ts";
import type { StoredPart } from "./session-store.ts";

export interface Receiving {
  /** Null for a request without a body. */
  readonly body: BodyReader | null;
  readonly partBytes: number;
  /** The length of the tail: these bytes of the open part are stored already. */
  readonly carriedBytes: number;
  readonly atMostBytes: number;
  readonly checksum: RunningChecksum | null;
  /** Stores a part. The bytes are reused after that. */
  readonly send: (part: Part) => Promise<StoredPart>;
  /** A part is stored, and so are all before it. */
  readonly onStored: (part: StoredPart) => void;
}

export interface Received {
  /** `cut`: the client broke off. `tooLong`: it sent more than it may. */
  readonly ending: "end" | "cut" | "tooLong";
  readonly receivedBytes: number;
  /** Shorter than a part. */
  readonly rest: Part;
}

export async function receive(receiving: Receiving): Promise<Received> {
  const buffers: Uint8Array[] = [];
  const recutter = new Recutter(
    receiving.partBytes,
    receiving.carriedBytes,
    () => buffers.pop() ?? new Uint8Array(receiving.partBytes),
  );
  const flight = new Flight(receiving, buffers);
  let receivedBytes = 0;
  try {
    for (;;) {
      const piece = receiving.body === null ? "end" : await receiving.body.next();
      if (typeof piece === "string") {
        await flight.land(0);
        return { ending: piece, receivedBytes, rest: recutter.takeRest() };
      }
      receivedBytes += piece.length;
      if (receivedBytes > receiving.atMostBytes) {
        return { ending: "tooLong", receivedBytes, rest: recutter.takeRest() };
      }
      await receiving.checksum?.update(piece);
      for (let left = piece; left.length > 0;) {
        left = left.subarray(recutter.push(left));
        const full = recutter.takeFull();
        if (full !== null) await flight.add(full);
      }
    }
  } finally {
    // Whoever writes next must not meet a part that is still on its way.
    await flight.settle();
  }
}

/** Parts on their way, oldest first. */
class Flight {
  readonly #receiving: Receiving;
  readonly #buffers: Uint8Array[];
  readonly #limit: number;
  readonly #parts: Promise<void>[] = [];
  #last: Promise<void> = Promise.resolve();

  constructor(receiving: Receiving, buffers: Uint8Array[]) {
    this.#receiving = receiving;
    this.#buffers = buffers;
    this.#limit = partsInFlight(receiving.partBytes);
  }

  async add(part: Part): Promise<void> {
    await this.land(this.#limit - 1);
    this.#last = this.#send(part, this.#last);
    // Awaited by land or settle; until then a failure must not count as unhandled.
    this.#last.catch(() => undefined);
    this.#parts.push(this.#last);
  }

  /** Tells of a part as soon as it and all before it are stored. */
  async #send(part: Part, before: Promise<void>): Promise<void> {
    const stored = await this.#receiving.send(part);
    this.#buffers.push(part.bytes);
    await before;
    this.#receiving.onStored(stored);
  }

  /** Waits until no more than `left` are on their way. */
  async land(left: number): Promise<void> {
    while (this.#parts.length > left) await this.#parts.shift();
  }

  async settle(): Promise<void> {
    await Promise.allSettled(this.#parts.splice(0));
  }
}
