// Bringing over an account, as the API shows and takes it.
import { z } from "@hono/zod-openapi";
import { newVideoFields } from "#workers/videos/contract.ts";

export const accountImportStates = ["listing", "bringing", "completed", "failed", "cancelled"] as const;
export const broughtStates = ["waiting", "preparing", "importing", "brought", "skipped", "failed"] as const;

const accountImportId = z.string().openapi({ example: "aim_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" });
const { encoding, priority } = newVideoFields;
/** They are sent as headers: visible ASCII alone. RFC 7617 2: a user-id has no colon. */
const secret = z.string().regex(/^[\x21-\x7e]{1,500}$/, "Visible ASCII");
const tokenId = z.string().regex(/^[\x21-\x39\x3b-\x7e]{1,100}$/, "Visible ASCII without a colon");

const settings = {
  encoding: encoding.removeDefault().optional(),
  priority: priority.removeDefault().optional(),
  dryRun: z.boolean().default(false).openapi({ description: "Only list what there is, and bring nothing." }),
};

export const newAccountImportSchema = z
  .discriminatedUnion("provider", [
    z.strictObject({
      provider: z.literal("cloudflareStream"),
      accountId: z.string().regex(/^[0-9a-f]{32}$/),
      apiToken: secret.openapi({
        description:
          "With the permission Stream: Edit, which making downloads asks for. Sealed, and never shown.",
      }),
      ...settings,
    }),
    z.strictObject({
      provider: z.literal("mux"),
      tokenId,
      tokenSecret: secret.openapi({
        description: "Of an access token with Mux Video read and write. Sealed, and never shown.",
      }),
      ...settings,
    }),
  ])
  .openapi("NewAccountImport", {
    example: { provider: "mux", tokenId: "0f6a8a5e-1c2d", tokenSecret: "of-your-own", dryRun: true },
  });

export const accountImportSchema = z
  .object({
    id: accountImportId,
    provider: z.enum(["cloudflareStream", "mux"]),
    account: z.string().openapi({ description: "The account's id; of Mux, the access token's." }),
    state: z.enum(accountImportStates),
    dryRun: z.boolean(),
    counts: z
      .object({
        ...{ listed: z.int(), waiting: z.int(), brought: z.int(), skipped: z.int(), failed: z.int() },
      })
      .openapi({ description: "Of its videos. `waiting` are those that are not at their end." }),
    error: z
      .object({ code: z.enum(["credentialRefused", "accountUnknown", "answerNotUnderstood", "notReached"]) })
      .nullable(),
    createdAt: z.iso.datetime(),
    completedAt: z.iso.datetime().nullable(),
  })
  .openapi("AccountImport");
export type AccountImport = z.infer<typeof accountImportSchema>;

const nextCursor = z.string().nullable().openapi({ description: "For the next page; null on the last." });

export const accountImportListSchema = z
  .object({ data: z.array(accountImportSchema), nextCursor })
  .openapi("AccountImportList");

export const broughtVideoSchema = z
  .object({
    providerVideoId: z.string(),
    title: z.string(),
    state: z.enum(broughtStates),
    videoId: z.string().nullable(),
    importId: z.string().nullable(),
    error: z
      .object({ code: z.string() })
      .nullable()
      .openapi({ description: "Why it was skipped, or came to nothing." }),
  })
  .openapi("BroughtVideo");
export type BroughtVideo = z.infer<typeof broughtVideoSchema>;

export const broughtVideoListSchema = z
  .object({ data: z.array(broughtVideoSchema), nextCursor })
  .openapi("BroughtVideoList");

export const accountImportFilter = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(200).optional().openapi({ description: "`nextCursor` of the page before." }),
});

export const accountImportParams = z.object({
  accountImportId: accountImportId.openapi({ param: { name: "accountImportId", in: "path" } }),
});
