import { z } from "@hono/zod-openapi";
import { scopes } from "./scope.ts";

const keyFields = {
  id: z.string().openapi({ example: "key_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" }),
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable().openapi({ description: "To the minute." }),
};

export const apiKeySchema = z.object(keyFields).openapi("ApiKey");
export type ApiKey = z.infer<typeof apiKeySchema>;

export const createdApiKeySchema = z
  .object({
    ...keyFields,
    token: z.string().openapi({ description: "The key itself. Shown once; only its hash is kept." }),
  })
  .openapi("CreatedApiKey");

export const newApiKeySchema = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    scopes: z
      .array(z.enum(scopes))
      .min(1)
      .refine((granted) => new Set(granted).size === granted.length, "A scope is named twice"),
  })
  .openapi("NewApiKey", { example: { name: "website", scopes: ["uploads:write", "videos:read"] } });

export const apiKeyListSchema = z.object({ data: z.array(apiKeySchema) }).openapi("ApiKeyList");

export const keyParams = z.object({
  keyId: z
    .string()
    .openapi({ param: { name: "keyId", in: "path" }, example: "key_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" }),
});
