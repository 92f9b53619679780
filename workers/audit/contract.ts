import { z } from "@hono/zod-openapi";

const auditEntrySchema = z
  .object({
    id: z.string().openapi({ example: "aud_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" }),
    actor: z
      .object({
        kind: z.enum(["apiKey", "dashboard", "uploadUrl", "system"]).openapi({
          description:
            "`dashboard`: by the session of one. `uploadUrl`: by whoever has the URL of an upload. `system`: at a time " +
            "that was set, or because a webhook took nothing.",
          example: "apiKey",
        }),
        keyId: z.string().nullable().openapi({
          description: "Null where there was none.",
          example: "key_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4",
        }),
        name: z
          .string()
          .nullable()
          .openapi({ description: "Of the key, as it was then.", example: "website" }),
      })
      .openapi("AuditActor"),
    operationId: z.string().openapi({ example: "patchVideo" }),
    method: z.string().openapi({ example: "PATCH" }),
    path: z.string().openapi({ example: "/v1/videos/vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" }),
    resourceIds: z.array(z.string()).openapi({
      description: "In the path, and of what was made.",
      example: ["vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4"],
    }),
    status: z.int().openapi({ example: 200 }),
    code: z.string().nullable().openapi({ description: "Of a refusal.", example: null }),
    requestId: z.string().openapi({ example: "5f0c1c1e-6b1c-4a8e-9a35-0f7d0b8f8f0e" }),
    address: z.string().nullable().openapi({
      description: "The network, unless AUDIT_ADDRESS says otherwise.",
      example: "203.0.113.0/24",
    }),
    userAgent: z.string().nullable().openapi({ example: "curl/8.5.0" }),
    createdAt: z.iso.datetime().openapi({ example: "2026-12-01T18:00:00.000Z" }),
  })
  .openapi("AuditEntry");
export type AuditEntryView = z.infer<typeof auditEntrySchema>;

export const auditListSchema = z
  .object({
    data: z.array(auditEntrySchema),
    nextCursor: z.string().nullable().openapi({ description: "For the next page; null on the last." }),
  })
  .openapi("AuditLog");

export const auditFilterSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(200).optional().openapi({ description: "`nextCursor` of the page before." }),
  keyId: z.string().min(1).max(64).optional(),
  operationId: z.string().min(1).max(64).optional(),
  resourceId: z.string().min(1).max(64).optional().openapi({ description: "The id of a video, a key …" }),
  createdAfter: z.iso.datetime({ offset: true }).optional(),
  createdBefore: z.iso.datetime({ offset: true }).optional(),
});
export type AuditFilter = Omit<z.infer<typeof auditFilterSchema>, "cursor">;
