// How a video is encoded, as the API shows and takes it: profiles, and the settings that name one.
import { z } from "@hono/zod-openapi";
import { isId } from "#workers/ids.ts";
import { builtInProfiles, isBuiltInProfile, passthrough } from "./profile.ts";

const standard = builtInProfiles.standard;

/** In the shape of an encoding; whether a custom profile exists is for its store to say. */
export const encodingSetting = z
  .string()
  .max(64)
  .refine(isEncoding, "Neither mobile, standard, premium, passthrough, nor the id of a profile")
  .openapi({
    description:
      "What is made of the file: a built-in profile (`mobile`, `standard`, `premium`), the id of one of yours, or " +
      "`passthrough`: nothing, it plays as it came or fails.",
    example: "standard",
  });

export const prioritySetting = z
  .enum(["high", "normal", "low"])
  .openapi({ description: "Which videos are encoded first. `low` waits longer, never for ever." });

function isEncoding(text: string): boolean {
  return text === passthrough || isBuiltInProfile(text) || isId("encodingProfile", text);
}

const rung = z.strictObject({
  side: z
    .int()
    .min(144)
    .max(2160)
    .multipleOf(2)
    .openapi({ description: "Lines of a landscape picture, columns of an upright one.", example: 720 }),
  maxBitrateBps: z
    .int()
    .min(100_000)
    .max(40_000_000)
    .openapi({ description: "Cap of H.264 at up to 30 frames a second.", example: 2_800_000 }),
});

const rungs = z
  .array(rung)
  .min(1)
  .max(8)
  .refine(
    (all) =>
      all.every((each, at) => {
        const before = all[at - 1];
        return before === undefined || (each.side > before.side && each.maxBitrateBps > before.maxBitrateBps);
      }),
    "Each rung is larger than the one before, and so is its bit rate",
  )
  .openapi({ description: "Ascending. None is made larger than the source." });

const name = z.string().trim().min(1).max(100);
const effort = z
  .enum(["fast", "balanced", "thorough"])
  .openapi({ description: "Work for each frame: more of it makes the same picture of fewer bits." });
const crf = z
  .int()
  .min(16)
  .max(32)
  .openapi({ description: "Constant quality of H.264 below the caps; less is better, and larger." });
const maxFrameRate = z
  .int()
  .min(24)
  .max(60)
  .openapi({ description: "Sources with more frames a second are made slower, by a whole divisor." });
const av1 = z.boolean().openapi({ description: "AV1 beside H.264, in rungs of 720 and above." });
const opus = z.boolean().openapi({ description: "Opus beside AAC." });
const perTitle = z.boolean().openapi({
  description:
    "Short trial encodes say how hard the film is: caps follow, and rungs that add nothing are left out.",
});

const settings = { rungs, effort, crf, maxFrameRate, av1, opus, perTitle };
const profileId = z.string().openapi({ example: "enc_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" });

export const newProfileSchema = z
  .strictObject({
    name,
    rungs,
    effort: effort.default(standard.effort),
    crf: crf.default(standard.crf),
    maxFrameRate: maxFrameRate.default(standard.maxFrameRate),
    av1: av1.default(standard.av1),
    opus: opus.default(standard.opus),
    perTitle: perTitle.default(standard.perTitle),
  })
  .openapi("NewEncodingProfile", {
    example: {
      name: "Lectures",
      rungs: [
        { side: 360, maxBitrateBps: 500_000 },
        { side: 1080, maxBitrateBps: 2_500_000 },
      ],
    },
  });
export type NewProfile = z.infer<typeof newProfileSchema>;

export const profilePatchSchema = z
  .strictObject({
    name: name.optional(),
    rungs: rungs.optional(),
    effort: effort.optional(),
    crf: crf.optional(),
    maxFrameRate: maxFrameRate.optional(),
    av1: av1.optional(),
    opus: opus.optional(),
    perTitle: perTitle.optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, "Nothing to change")
  .openapi("EncodingProfilePatch", {
    description: "Fields that are given are replaced, `rungs` as a whole.",
    example: { crf: 24 },
  });
export type ProfilePatch = z.infer<typeof profilePatchSchema>;

export const profileSchema = z
  .object({
    id: profileId,
    name: z.string(),
    builtIn: z.boolean(),
    ...settings,
    createdAt: z.iso.datetime().nullable().openapi({ description: "Null for a built-in one." }),
    updatedAt: z.iso.datetime().nullable(),
  })
  .openapi("EncodingProfile");
export type ProfileView = z.infer<typeof profileSchema>;

export const profileListSchema = z
  .object({
    data: z.array(profileSchema),
    nextCursor: z.string().nullable().openapi({ description: "For the next page; null on the last." }),
  })
  .openapi("EncodingProfileList");

export const profileFilterSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(200).optional().openapi({ description: "`nextCursor` of the page before." }),
});

export const profileParams = z.object({
  profileId: profileId.openapi({ param: { name: "profileId", in: "path" } }),
});
