// Where a film is cut: at sync samples, the first at or after the nominal length since the edge before.
import { fragmentSeconds } from "./source.ts";

/** A shorter tail stays with the fragment before it: a last segment of one picture helps nobody. */
const shortestTailSeconds = 1;
/** Times are sums of divisions: an edge that falls short by less is there. */
const tolerance = 0.001;

/**
 * Fed the sync samples in order, each with a number of the caller's own (its index, its cluster). The first one
 * begins the first fragment.
 */
export function edgeFinder() {
  const positions: number[] = [];
  let lastSeconds = 0;
  return {
    sync(position: number, seconds: number): void {
      const isEdge = positions.length === 0 || seconds - lastSeconds >= fragmentSeconds - tolerance;
      if (!isEdge) return;
      positions.push(position);
      lastSeconds = seconds;
    },
    /** The positions that begin fragments, when the film ends at `seconds`. */
    end(seconds: number): readonly number[] {
      if (positions.length > 1 && seconds - lastSeconds < shortestTailSeconds) positions.pop();
      return positions;
    },
  };
}
