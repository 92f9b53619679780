// The bytes of a made fragment: pieces of what was read of the file. Those of a small one are joined, because many pieces
// cost more than a copy; those of a large one never are, because a copy would be as much memory again, and any one piece
// that is not copied keeps all that was read. Pure but for its stream.
import type { ByteSpan } from "#workers/storage/objects.ts";

export interface Made {
  readonly sizeBytes: number;
  readonly pieces: readonly Uint8Array[];
}

const joinBytes = 1024 * 1024;
/** With what it was read from, a fragment is twice that at most where it is copied. */
const mostCopiedBytes = 8 * 1024 * 1024;

/** Neighbours become one piece up to a megabyte. */
export function joined(pieces: readonly Uint8Array[]): Made {
  const sizeBytes = pieces.reduce((sum, { length }) => sum + length, 0);
  return { sizeBytes, pieces: sizeBytes > mostCopiedBytes ? pieces : joinNeighbours(pieces) };
}

function joinNeighbours(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const runs: Uint8Array[] = [];
  for (let from = 0; from < pieces.length;) {
    let to = from;
    let runBytes = 0;
    while (to < pieces.length && (to === from || runBytes + (pieces[to]?.length ?? 0) <= joinBytes)) {
      runBytes += pieces[to]?.length ?? 0;
      to++;
    }
    runs.push(join(pieces.slice(from, to), runBytes));
    from = to;
  }
  return runs;
}

function join(pieces: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const whole = new Uint8Array(sizeBytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** What lies in the span; null is all. */
export function cutMade({ sizeBytes, pieces }: Made, span: ByteSpan | null): Made {
  if (span === null) return { sizeBytes, pieces };
  const end = span.offsetBytes + span.sizeBytes;
  const cut: Uint8Array[] = [];
  let at = 0;
  for (const piece of pieces) {
    const from = Math.max(0, span.offsetBytes - at);
    const to = Math.min(piece.length, end - at);
    if (from < to) cut.push(piece.subarray(from, to));
    at += piece.length;
  }
  return { sizeBytes: span.sizeBytes, pieces: cut };
}

/** Told its length beforehand, so that it goes out and into caches with one. */
export function bodyOf({ sizeBytes, pieces }: Made): Uint8Array | ReadableStream {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  let next = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces[next++];
      if (piece === undefined) controller.close();
      else controller.enqueue(piece);
    },
  });
  return stream.pipeThrough(new FixedLengthStream(sizeBytes));
}
