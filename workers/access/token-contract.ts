// Playback tokens as the API takes and gives them. Limits, rules and streams are spelled as in the token itself
// (playback-claims.ts), which is where they are read again.
import { z } from "@hono/zod-openapi";
import { audiences, maxViewerCharacters } from "./playback-claims.ts";
import {
  allowNoOriginSchema,
  ipBlockSchema,
  limitsSchema,
  newStreamsSchema,
  originsSchema,
  rulesSchema,
} from "./policy-contract.ts";

const playbackId = z.string().min(1).max(64).openapi({ example: "Wn3xZ1q0T2uLr9m5cVb7Kg" });
const instant = z.iso.datetime({ offset: true });

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
    rules: rulesSchema.optional(),
    allowedOrigins: originsSchema.optional(),
    allowNoOrigin: allowNoOriginSchema.optional(),
    boundTo: ipBlockSchema.optional().openapi({
      description: "An address or CIDR block: nobody else may use the token, or a session made with it.",
      example: "203.0.113.0/24",
    }),
    streams: newStreamsSchema.optional().openapi({
      description: "How many streams the viewer may have at once. Needs `viewerId`.",
    }),
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
