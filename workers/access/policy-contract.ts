// Limits, restrictions and streams as the API takes and shows them, in tokens and in settings alike. The shapes here are
// what the contract documents; what a value may be is decided by policy-reader.ts, for claims of tokens too.
import { z } from "@hono/zod-openapi";
import type { Result } from "#workers/result.ts";
import { isIpBlock } from "./ip-block.ts";
import { renditionOrders, type Limits } from "./limits.ts";
import { isHostPattern } from "./page-host.ts";
import {
  isLanguage,
  limitsOf,
  longestSeconds,
  maxAsn,
  maxChoices,
  maxEntries,
  maxLanguageCharacters,
  maxPixels,
  maxRules,
  patterns,
  restrictionsOf,
  streamLimitOf,
} from "./policy-reader.ts";
import { maxStreams, streamLimitActions, type StreamLimit } from "./policy.ts";
import type { AccessRule, Restrictions } from "./restrictions.ts";

const pixels = z.int().min(1).max(maxPixels);
const seconds = z.number().min(0).max(longestSeconds);
const language = z
  .string()
  .min(1)
  .max(maxLanguageCharacters)
  .refine(isLanguage, "This is no language tag")
  .openapi({ description: "BCP 47.", example: "pt-BR" });
export const ipBlockSchema = z
  .string()
  .max(64)
  .refine(isIpBlock, "This is no address or CIDR block")
  .openapi({ example: "203.0.113.0/24" });

export const limitsSchema = z
  .strictObject({
    maxHeight: pixels.openapi({ description: "Of the picture's shorter side, as in 720p." }),
    minHeight: pixels,
    codecs: z
      .array(z.string().regex(patterns.codec))
      .min(1)
      .max(maxChoices)
      .openapi({ description: "First parts of codec strings.", example: ["avc1", "mp4a"] }),
    order: z.enum(renditionOrders).openapi({ description: "How renditions are listed." }),
    start: seconds.openapi({ description: "Seconds of the video at which playback begins: a clip." }),
    end: seconds,
    audioLanguages: z
      .array(language)
      .min(1)
      .max(maxChoices)
      .openapi({ description: "The first that the video has is the default; others are not offered." }),
    defaultSubtitles: language,
    audioOnly: z.boolean(),
  })
  .partial()
  .openapi("Limits", { description: "What of a video may be offered.", example: { maxHeight: 720 } });
export type WireLimits = z.infer<typeof limitsSchema>;

const action = z.enum(["allow", "block"]);
const entries = <T extends z.ZodType>(entry: T) => z.array(entry).min(1).max(maxEntries);

export const rulesSchema = z
  .array(
    z
      .discriminatedUnion("type", [
        z.strictObject({ action, type: z.literal("any") }),
        z.strictObject({
          action,
          type: z.literal("country"),
          countries: entries(z.string().regex(patterns.country)).openapi({
            description: "ISO 3166-1 alpha-2; `T1` is Tor, `XX` is unknown.",
            example: ["DE", "AT"],
          }),
        }),
        z.strictObject({
          action,
          type: z.literal("continent"),
          continents: entries(z.string().regex(patterns.continent)),
        }),
        z.strictObject({ action, type: z.literal("ip"), ips: entries(ipBlockSchema) }),
        z.strictObject({ action, type: z.literal("asn"), asns: entries(z.int().min(0).max(maxAsn)) }),
      ])
      .openapi("AccessRule"),
  )
  .min(1)
  .max(maxRules)
  .openapi({
    description:
      "The first rule that matches decides; when none does, the opposite of the last one's action.",
  });

export const originsSchema = entries(z.string().max(300).refine(isHostPattern, "This is no host")).openapi({
  description:
    "Hosts of the pages that may play; `*.example.com` is all below example.com. Ports mean nothing.",
  example: ["app.example.com", "*.example.org"],
});

export const allowNoOriginSchema = z.boolean().openapi({
  description:
    "Whether `allowedOrigins` lets a request pass that names no page, as native players do. Default true.",
});

export const restrictionsSchema = z
  .strictObject({ rules: rulesSchema, allowedOrigins: originsSchema, allowNoOrigin: allowNoOriginSchema })
  .partial()
  .openapi("Restrictions", {
    description: "Where and on which pages a video may be watched.",
    example: { rules: [{ action: "allow", type: "country", countries: ["DE", "AT", "CH"] }] },
  });

export type WireRestrictions = z.infer<typeof restrictionsSchema>;

// Without names: a schema that has one and is nullable somewhere would be documented as nullable everywhere.
const streamsFields = { max: z.int().min(1).max(maxStreams), action: z.enum(streamLimitActions) };

export const newStreamsSchema = z
  .strictObject({ ...streamsFields, action: streamsFields.action.default("evictOldest") })
  .openapi({
    description:
      "How many streams one viewer may have at once, and whether one too many ends the oldest or is refused.",
    example: { max: 2 },
  });

export const streamsSchema = z.object(streamsFields);
export type WireStreams = z.infer<typeof streamsSchema>;

/** What a request may hold, as the rest of the code knows it. */
export const limitsSetting = limitsSchema.transform(readBy(limitsOf));
export const restrictionsSetting = restrictionsSchema.transform(readBy(restrictionsOf));
export const streamsSetting = newStreamsSchema.transform(readBy(streamLimitOf));

function readBy<T>(read: (settings: unknown) => Result<T, string>) {
  return (settings: unknown, context: z.RefinementCtx): T => {
    const value = read(settings);
    if (value.ok) return value.value;
    const path = value.reason.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    context.addIssue({ code: "custom", path, message: "This can't be set" });
    return z.NEVER;
  };
}

/** Back to the names of the API. */
export function toLimits({ startSeconds, endSeconds, codecs, audioLanguages, ...same }: Limits): WireLimits {
  return {
    ...same,
    ...(codecs === undefined ? {} : { codecs: [...codecs] }),
    ...(startSeconds === undefined ? {} : { start: startSeconds }),
    ...(endSeconds === undefined ? {} : { end: endSeconds }),
    ...(audioLanguages === undefined ? {} : { audioLanguages: [...audioLanguages] }),
  };
}

export function toRestrictions({ rules, allowedOrigins, ...same }: Restrictions): WireRestrictions {
  return {
    ...same,
    ...(rules === undefined ? {} : { rules: rules.map(toRule) }),
    ...(allowedOrigins === undefined ? {} : { allowedOrigins: [...allowedOrigins] }),
  };
}

/** A copy whose lists are the contract's, which may be written to. */
function toRule(rule: AccessRule): z.infer<typeof rulesSchema>[number] {
  switch (rule.type) {
    case "any":
      return rule;
    case "country":
      return { ...rule, countries: [...rule.countries] };
    case "continent":
      return { ...rule, continents: [...rule.continents] };
    case "ip":
      return { ...rule, ips: [...rule.ips] };
    case "asn":
      return { ...rule, asns: [...rule.asns] };
  }
}

export function toStreams({ maxStreams: max, action: taken }: StreamLimit): WireStreams {
  return { max, action: taken };
}
