// A multivariant playlist of several pathways: the same film in several ways, between which a steering server moves
// players. Only for players that are known to heed it: others would list all of it as renditions of one.
import type { Timeline } from "#workers/timeline/timeline.ts";
import { printHead, sessionData, streamsOf, type StreamOptions } from "./multivariant.ts";

/** One of several ways to play the same film, between which a steering server chooses. */
export interface Pathway extends StreamOptions {
  readonly id: string;
  readonly timeline: Timeline;
}

export interface PathwaysOptions {
  readonly title: string;
  readonly chaptersUri?: string;
  /** Relative to this playlist. */
  readonly steeringUri: string;
}

/**
 * Content steering (draft-pantos-content-steering): the first pathway is where players begin, and they ask the steering
 * server which to take from then on. Each pathway has groups of its own.
 */
export function printPathways(pathways: readonly Pathway[], options: PathwaysOptions): string {
  const [first] = pathways;
  const steering = `#EXT-X-CONTENT-STEERING:SERVER-URI="${options.steeringUri}",PATHWAY-ID="${first?.id ?? ""}"`;
  const streams = pathways.flatMap((pathway) => streamsOf(pathway.timeline, pathway, pathway.id));
  return printHead(pathways, [steering, ...sessionData(options)], streams);
}
