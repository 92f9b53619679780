// Where a film that is kept as spans is cut: at key frames that its index names, and what of the file each fragment
// then is.
import { ok, refuse, type Result } from "#workers/result.ts";
import { edgeFinder } from "./fragment-edges.ts";
import type { ByteRange, Unfit, UnfitCode } from "./source.ts";

export interface CutPoint {
  /** From the film's start. */
  readonly seconds: number;
  /** Where a span that begins here begins in the file. */
  readonly offsetBytes: number;
  /** How far beyond that the span before must reach. */
  readonly overlapBytes: number;
}

export interface SpanCut {
  /** Which of the points begin fragments. */
  readonly points: readonly number[];
  readonly spans: readonly ByteRange[];
}

const mostGopSeconds = 10;
const mostSpanBytes = 28 * 2 ** 20;
const mostFilmSeconds = 24 * 3600;
const mostBps = 20_000_000;

/** `points` are all key frames known, in order; the first begins the film. */
export function cutFilm(
  points: readonly CutPoint[],
  endSeconds: number,
  endBytes: number,
): Result<SpanCut, Unfit> {
  if (endSeconds > mostFilmSeconds) return unfit("durationTooLong", "The file lasts longer than a day.");
  const finder = edgeFinder();
  let lastSeconds = points[0]?.seconds ?? 0;
  for (const [index, { seconds }] of points.entries()) {
    if (seconds - lastSeconds > mostGopSeconds) return gopTooLong();
    finder.sync(index, seconds);
    lastSeconds = seconds;
  }
  if (endSeconds - lastSeconds > mostGopSeconds) return gopTooLong();
  const edges = finder.end(endSeconds).map(({ position }) => position);
  const spans = edges.map((position, index): ByteRange => {
    const offsetBytes = points[position]?.offsetBytes ?? 0;
    const next = points[edges[index + 1] ?? -1];
    const end = next ? Math.min(endBytes, next.offsetBytes + next.overlapBytes) : endBytes;
    return { offsetBytes, sizeBytes: end - offsetBytes };
  });
  if (spans.length === 0 || spans.some(({ sizeBytes }) => sizeBytes <= 0)) {
    return unfit("malformed", "The file's index contradicts itself.");
  }
  const mediaBytes = endBytes - (spans[0]?.offsetBytes ?? 0);
  if ((mediaBytes * 8) / Math.max(1, endSeconds) > mostBps) {
    return unfit("bitrateTooHigh", `The film has more than ${mostBps / 1e6} Mbit/s on average.`);
  }
  if (spans.some(({ sizeBytes }) => sizeBytes > mostSpanBytes)) {
    return unfit("bitrateTooHigh", "A stretch of the film that is played as one is too large.");
  }
  return ok({ points: edges, spans });
}

const gopTooLong = () =>
  unfit(
    "gopTooLong",
    `Key frames, or the index's entries for them, are more than ${mostGopSeconds} s apart.`,
  );

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
