// The record of a playback session, as the API shows it: in words and whole units, not in the players' shorthand.
import { z } from "@hono/zod-openapi";

export const sessionParams = z.object({ sessionId: z.string().openapi({ example: "k3Jz0QpX2aE" }) });

export const sessionFilterSchema = z.object({
  playbackId: z.string().min(1).max(64).openapi({ example: "Wn3xZ1q0T2uLr9m5cVb7Kg" }),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(200).optional().openapi({ description: "`nextCursor` of the page before." }),
});

export const streamingFormatNames = ["hls", "dash", "smooth", "hesp", "other"] as const;
export const streamTypeNames = ["onDemand", "live", "lowLatencyLive"] as const;
export const objectTypeNames = [
  "manifest",
  "audio",
  "video",
  "muxed",
  "init",
  "captions",
  "timedText",
  "key",
  "other",
] as const;
export const playerStateNames = [
  "starting",
  "playing",
  "seeking",
  "rebuffering",
  "paused",
  "waiting",
  "ended",
  "fatalError",
  "quit",
  "preloading",
] as const;

const count = z.int().min(0);
const seconds = z.number().min(0).nullable();
const bps = z.int().min(0).nullable();

export const playbackSessionSchema = z
  .object({
    id: z.string().openapi({ description: "As the logs print it.", example: "k3Jz0QpX2aE" }),
    playbackId: z.string(),
    videoId: z.string(),
    viewerHash: z
      .string()
      .nullable()
      .openapi({ description: "Hash of the token's viewer id; null for an anonymous viewer." }),
    issuedAt: z.iso.datetime(),
    firstSeenAt: z.iso.datetime().openapi({ description: "When its player first told something." }),
    lastSeenAt: z.iso.datetime(),
    cmcdVersion: z.int(),
    requests: count.openapi({ description: "Requests that carried CMCD." }),
    events: z
      .record(z.string(), count)
      .openapi({ description: "Events, by their CMCD name.", example: { ps: 3, t: 40 } }),
    errors: count,
    streamingFormat: z.enum(streamingFormatNames).nullable(),
    streamType: z.enum(streamTypeNames).nullable(),
    objectTypes: z.array(z.enum(objectTypeNames)),
    playerState: z.enum(playerStateNames).nullable().openapi({ description: "The last that was told." }),
    positionSeconds: seconds,
    throughputBps: bps.openapi({ description: "The player's own estimate, a mean that favours the newest." }),
    lastBitrateBps: bps.openapi({ description: "Of the rendition that was asked for last." }),
    topBitrateBps: bps.openapi({ description: "Of the best rendition that the player could choose." }),
    lowestBufferSeconds: seconds.openapi({ description: "Starts and seeks apart." }),
    lastBufferSeconds: seconds,
    starvations: count.openapi({ description: "How often the buffer ran dry." }),
    startupRequests: count.openapi({ description: "Requests in haste: at the start and after seeks." }),
  })
  .openapi("PlaybackSession");
export type PlaybackSession = z.infer<typeof playbackSessionSchema>;

export const playbackSessionListSchema = z
  .object({
    data: z.array(playbackSessionSchema),
    nextCursor: z.string().nullable().openapi({ description: "For the next page; null on the last." }),
  })
  .openapi("PlaybackSessionList");
