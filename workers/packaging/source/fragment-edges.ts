// Where a film is cut: at sync samples, the first at or after the nominal length since the edge before.
import { fragmentSeconds } from "./source.ts";

/** A shorter tail stays with the fragment before it: a last segment of one picture helps nobody. */
const shortestTailSeconds = 1;
/** Times are sums of divisions: an edge that falls short by less is there. */
const tolerance = 0.001;

export interface Edge {
  /** A number of the caller's own: a sample's index, a cluster's. */
  readonly position: number;
  readonly seconds: number;
}

/** Fed the sync samples in order; the first one begins the first fragment. */
export function edgeFinder() {
  const edges: Edge[] = [];
  let lastSeconds = 0;
  return {
    sync(position: number, seconds: number): void {
      const isEdge = edges.length === 0 || seconds - lastSeconds >= fragmentSeconds - tolerance;
      if (!isEdge) return;
      edges.push({ position, seconds });
      lastSeconds = seconds;
    },
    /** What begins fragments, when the film ends at `seconds`. */
    end(seconds: number): readonly Edge[] {
      if (edges.length > 1 && seconds - lastSeconds < shortestTailSeconds) edges.pop();
      return edges;
    },
  };
}
