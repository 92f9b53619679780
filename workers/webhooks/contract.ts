// Webhooks and their deliveries as the API shows and takes them.
import { z } from "@hono/zod-openapi";
import { isEventChoice } from "#workers/events/event-types.ts";

const webhookId = z.string().openapi({ example: "hook_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" });
const deliveryId = z.string().openapi({ example: "dlv_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" });

const maxChoices = 50;
/** What a URL may have is for workers/outbound to say when it is asked; here only that it is one. */
const url = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .openapi({
    description: "`https`. Not to a private or local address.",
    example: "https://example.com/hooks/sluice",
  });
const description = z.string().trim().max(200);
const events = z
  .array(z.string().max(64).refine(isEventChoice, "There is no such event"))
  .min(1)
  .max(maxChoices)
  .refine((chosen) => new Set(chosen).size === chosen.length, "An event is named twice")
  .openapi({
    description: "Names of events, `video.*` for all of a kind, `*` for all.",
    example: ["video.*"],
  });

const secretSchema = z.object({
  id: z.string(),
  createdAt: z.iso.datetime(),
  endsAt: z.iso.datetime().nullable().openapi({ description: "It signs until then. Null: the newest one." }),
});

const disabledReasons = ["byRequest", "gone", "failing"] as const;

export const webhookSchema = z
  .object({
    id: webhookId,
    url: z.url(),
    description: z.string(),
    events: z.array(z.string()),
    enabled: z.boolean(),
    disabledReason: z.enum(disabledReasons).nullable().openapi({
      description: "`gone`: it answered 410. `failing`: nothing got through for days.",
    }),
    failingSince: z.iso.datetime().nullable().openapi({
      description: "Of the first delivery that failed since the last one that was taken.",
    }),
    secrets: z.array(secretSchema).openapi({ description: "Each signs; never shown again." }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .openapi("Webhook");
export type Webhook = z.infer<typeof webhookSchema>;

export const webhookWithSecretSchema = webhookSchema
  .extend({
    secret: z.string().openapi({
      description: "What the newest secret is: shown this once. Give it to a Standard Webhooks library.",
      example: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    }),
  })
  .openapi("WebhookWithSecret");

export const newWebhookSchema = z
  .strictObject({
    url,
    description: description.default(""),
    events: events.default(["*"]),
    enabled: z.boolean().default(true),
  })
  .openapi("NewWebhook", {
    example: { url: "https://example.com/hooks/sluice", events: ["video.*", "upload.failed"] },
  });

export const webhookPatchSchema = z
  .strictObject({
    url: url.optional(),
    description: description.optional(),
    events: events.optional(),
    enabled: z.boolean().optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, "Nothing is to be changed")
  .openapi("WebhookPatch", {
    description: "Fields that are given are replaced. Enabling forgets failures of before.",
    example: { enabled: false },
  });
export type WebhookPatch = z.infer<typeof webhookPatchSchema>;

const mostOverlapSeconds = 7 * 24 * 3_600;

export const rotationSchema = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(mostOverlapSeconds)
      .default(24 * 3_600)
      .openapi({
        description:
          "How long the secrets of before sign too: until you have given the new one to your endpoint.",
      }),
  })
  .openapi("WebhookSecretRotation", { example: { overlapSeconds: 86_400 } });

const page = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(200).optional().openapi({ description: "`nextCursor` of the page before." }),
};
const nextCursor = z.string().nullable().openapi({ description: "For the next page; null on the last." });

export const webhookQuery = z.object(page);
export const webhookListSchema = z
  .object({ data: z.array(webhookSchema), nextCursor })
  .openapi("WebhookList");

export const deliveryStates = ["pending", "delivered", "failed"] as const;

const attemptSchema = z.object({
  number: z.int().positive(),
  at: z.iso.datetime(),
  durationMs: z.int().nonnegative(),
  request: z.object({
    headers: z.record(z.string(), z.string()).openapi({ description: "Without the signature." }),
  }),
  response: z
    .object({
      status: z.int(),
      headers: z.record(z.string(), z.string()),
      body: z.string().openapi({ description: "Its beginning, as text." }),
    })
    .nullable()
    .openapi({ description: "Null where none came." }),
  error: z
    .object({ code: z.string(), message: z.string() })
    .nullable()
    .openapi({ description: "Why it was no success; null where it was." }),
});
export type DeliveryAttempt = z.infer<typeof attemptSchema>;

export const deliverySchema = z
  .object({
    id: deliveryId,
    webhookId,
    eventId: z.string(),
    type: z.string(),
    state: z.enum(deliveryStates),
    request: z.object({ body: z.string().openapi({ description: "Exactly what is signed and sent." }) }),
    attempts: z.array(attemptSchema).openapi({ description: "Oldest first." }),
    nextAttemptAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
    completedAt: z.iso.datetime().nullable(),
  })
  .openapi("WebhookDelivery");
export type Delivery = z.infer<typeof deliverySchema>;

export const deliveryListSchema = z
  .object({ data: z.array(deliverySchema), nextCursor })
  .openapi("WebhookDeliveryList");

export const deliveryQuery = z.object({
  ...page,
  state: z.enum(deliveryStates).optional(),
  type: z.string().max(64).refine(isEventChoice, "There is no such event").optional(),
});
export type DeliveryQuery = z.infer<typeof deliveryQuery>;

export const webhookParams = z.object({
  webhookId: webhookId.openapi({ param: { name: "webhookId", in: "path" } }),
});
export const deliveryParams = webhookParams.extend({
  deliveryId: deliveryId.openapi({ param: { name: "deliveryId", in: "path" } }),
});
