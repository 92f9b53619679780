// Where a player that asks for both pathways is to be: with the uploaded file until the ladder is whole, then with the
// ladder. Players are never sent back.
import { printPathways, type Pathway } from "#workers/packaging/hls/pathways.ts";
import type { Timeline } from "#workers/timeline/timeline.ts";
import type { Offer } from "./call.ts";
import { corsHeaders } from "./headers.ts";
import { besidesOf, inOwnersOrder } from "./offered-texts.ts";
import type { PlaybackRecord } from "./record.ts";

type PathwayId = "source" | "ladder";

/** Seconds until the player asks again: soon while something may change, then as the specification advises. */
const ttlSeconds = { awaiting: 5, settled: 300 } as const;

export function answerSteering(request: Request, record: PlaybackRecord): Response {
  const body = JSON.stringify(steeringOf(record));
  return new Response(request.method === "HEAD" ? null : body, {
    headers: {
      ...corsHeaders,
      // draft-pantos-content-steering 7: the media type of a steering manifest.
      "Content-Type": "application/vnd.apple.steering-list",
      "Cache-Control": "no-store",
      "Content-Length": String(body.length),
    },
  });
}

/** A steering manifest of version 1: names of members as the specification has them. */
export function steeringOf({ media, other }: PlaybackRecord) {
  const awaits = media?.kind === "source" && other !== null;
  const first: PathwayId = media?.kind ?? "ladder";
  const pathways: readonly PathwayId[] =
    first === "ladder" && other?.kind === "source" ? ["ladder", "source"] : [first];
  return {
    VERSION: 1,
    TTL: awaits ? ttlSeconds.awaiting : ttlSeconds.settled,
    "PATHWAY-PRIORITY": pathways,
  };
}

/** The file as it is, and the ladder that the player is moved to when the steering says so. */
export function printSteeredManifest(
  [timeline, later]: readonly [Timeline, Timeline],
  [now, next]: readonly [Offer, Offer],
  record: PlaybackRecord,
  folder: string,
): string {
  const pathways = [
    pathwayOf("source", timeline, now, record, folder),
    pathwayOf("ladder", later, next, record, folder),
  ];
  return printPathways(pathways, {
    title: record.title,
    steeringUri: `${folder}steering`,
    ...(record.chaptersAtMs === null ? {} : { chaptersUri: `${folder}chapters.json` }),
  });
}

function pathwayOf(
  id: PathwayId,
  timeline: Timeline,
  { media, choice }: Offer,
  record: PlaybackRecord,
  folder: string,
): Pathway {
  const iFrames = choice.iFrames && media.kind === "ladder";
  const ownFolder = `${folder}${media.version}-`;
  const form = timeline.complete ? "whole" : "growing";
  return {
    id,
    timeline: inOwnersOrder(timeline, record, choice.namesLanguages),
    g: choice.g,
    iFrames,
    trackPath: (track) => `${ownFolder}${track}`,
    ...besidesOf(record, ownFolder, form, choice.defaultSubtitles),
  };
}
