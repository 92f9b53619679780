// Playback tokens as the API takes and gives them. Limits, rules and streams are spelled as in the token itself
// (playback-claims.ts), which is where they are read again.
import { z } from "@hono/zod-openapi";
import { isIpBlock } from "./ip-block.ts";
import { renditionOrders } from "./limits.ts";
import { isHostPattern } from "./page-host.ts";
import {
  audiences,
  maxChoices,
  maxEntries,
  maxRules,
  maxStreams,
  maxViewerCharacters,
  patterns,
} from "./playback-claims.ts";
import { streamLimitActions } from "./policy.ts";

const playbackId = z.string().min(1).max(64).openapi({ example: "Wn3xZ1q0T2uLr9m5cVb7Kg" });
const pixels = z.int().min(1).max(65_535);
const seconds = z.number().min(0).max(10_000_000);
const language = z.string().min(1).max(35);
const ipBlock = z.string().max(64).refine(isIpBlock, "This is no address or CIDR block");
const instant = z.iso.datetime({ offset: true });

const limitsSchema = z
  .strictObject({
    maxHeight: pixels,
    minHeight: pixels,
    codecs: z.array(z.string().regex(patterns.codec)).min(1).max(maxChoices),
    order: z.enum(renditionOrders),
    start: seconds,
    end: seconds,
    audioLanguages: z.array(language).min(1).max(maxChoices),
    defaultSubtitles: language,
    audioOnly: z.boolean(),
  })
  .partial()
  .openapi("TokenLimits", { description: "What of the video may be offered.", example: { maxHeight: 720 } });

const action = z.enum(["allow", "block"]);
const entries = <T extends z.ZodType>(entry: T) => z.array(entry).min(1).max(maxEntries);

const ruleSchema = z
  .discriminatedUnion("type", [
    z.strictObject({ action, type: z.literal("any") }),
    z.strictObject({
      action,
      type: z.literal("country"),
      countries: entries(z.string().regex(patterns.country)),
    }),
    z.strictObject({
      action,
      type: z.literal("continent"),
      continents: entries(z.string().regex(patterns.continent)),
    }),
    z.strictObject({ action, type: z.literal("ip"), ips: entries(ipBlock) }),
    z.strictObject({ action, type: z.literal("asn"), asns: entries(z.int().min(0).max(4_294_967_295)) }),
  ])
  .openapi("TokenRule", {
    description:
      "The first rule that matches decides; when none does, the opposite of the last one's action.",
  });

const oneYearSeconds = 31_536_000;
/** A refresh token that waits this long is not of an application that lives. */
const defaultRefreshSeconds = 30 * 86_400;

export const newPlaybackTokenSchema = z
  .strictObject({
    playbackId,
    audiences: z
      .array(z.enum(audiences))
      .min(1)
      .max(audiences.length)
      .refine((named) => new Set(named).size === named.length, "An audience is named twice")
      .default(["video"])
      .openapi({ description: "What the token is for." }),
    expiresInSeconds: z.int().min(1).optional().openapi({ description: "Default: an hour." }),
    expiresAt: instant.optional().openapi({ description: "Instead of `expiresInSeconds`." }),
    notBefore: instant.optional(),
    viewerId: z.string().min(1).max(maxViewerCharacters).optional().openapi({
      description: "Your own id of who watches: what limits of streams and revocations go by.",
    }),
    limits: limitsSchema.optional(),
    rules: z.array(ruleSchema).min(1).max(maxRules).optional(),
    allowedOrigins: entries(z.string().refine(isHostPattern, "This is no host")).optional().openapi({
      description: "Hosts of the pages that may play: `app.example.com`, `*.example.com`.",
    }),
    allowNoOrigin: z.boolean().optional().openapi({
      description: "Whether `allowedOrigins` lets a request pass that names no page. Default true.",
    }),
    boundTo: ipBlock.optional().openapi({
      description: "An address or CIDR block: nobody else may use the token, or a session made with it.",
      example: "203.0.113.0/24",
    }),
    streams: z
      .strictObject({
        max: z.int().min(1).max(maxStreams),
        action: z.enum(streamLimitActions).default("evictOldest"),
      })
      .optional()
      .openapi({ description: "How many streams the viewer may have at once. Needs `viewerId`." }),
    signingKeyId: z.string().min(1).max(64).optional().openapi({
      description: "An active HS256 key. Default: the Worker's own.",
    }),
    refreshable: z.boolean().default(false).openapi({
      description: "Also give a refresh token, by which an application renews the token without an API key.",
    }),
    refreshExpiresInSeconds: z
      .int()
      .min(60)
      .max(oneYearSeconds)
      .default(defaultRefreshSeconds)
      .openapi({ description: "How long a refresh token waits for its use. Default: 30 days." }),
  })
  .refine((asked) => asked.expiresAt === undefined || asked.expiresInSeconds === undefined, {
    message: "Either expiresAt or expiresInSeconds",
    path: ["expiresAt"],
  })
  .refine((asked) => asked.streams === undefined || asked.viewerId !== undefined, {
    message: "A limit of streams is of a viewer: name one",
    path: ["viewerId"],
  })
  .openapi("NewPlaybackToken", {
    example: {
      playbackId: "Wn3xZ1q0T2uLr9m5cVb7Kg",
      expiresInSeconds: 3600,
      viewerId: "u_81",
      limits: { maxHeight: 720 },
    },
  });
export type NewPlaybackToken = z.infer<typeof newPlaybackTokenSchema>;

export const playbackTokenSchema = z
  .object({
    token: z.string(),
    tokenId: z.string().openapi({ description: "The token's `jti`: what a revocation names." }),
    expiresAt: z.iso.datetime(),
    hlsUrl: z
      .url()
      .nullable()
      .openapi({ description: "With the token in it; null when it is not for `video`." }),
    dashUrl: z.url().nullable(),
    thumbnailUrl: z.url().nullable().openapi({ description: "Null when it is not for `thumbnail`." }),
    refreshToken: z.string().nullable().openapi({ description: "Shown once; only its hash is kept." }),
    refreshExpiresAt: z.iso.datetime().nullable(),
  })
  .openapi("PlaybackToken");
export type PlaybackToken = z.infer<typeof playbackTokenSchema>;

export const refreshSchema = z
  .strictObject({ refreshToken: z.string().min(1).max(200) })
  .openapi("RefreshPlaybackToken");
