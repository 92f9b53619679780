// Signing keys as the API shows and takes them.
import { z } from "@hono/zod-openapi";
import { signingAlgorithms } from "./signing-key.ts";

const signingKeyId = z.string().openapi({ example: "sig_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" });

const jwkSchema = z
  .record(z.string(), z.unknown())
  .openapi({ description: "A JSON Web Key (RFC 7517).", example: { kty: "OKP", crv: "Ed25519", x: "…" } });

const keyFields = {
  id: signingKeyId.openapi({ description: "Also the `kid` of its tokens." }),
  name: z.string(),
  alg: z.enum(signingAlgorithms),
  origin: z.enum(["generated", "imported", "managed"]).openapi({
    description: "`managed`: the Worker's own, made at the first token that it mints.",
  }),
  state: z.enum(["active", "retiring", "retired", "revoked"]).openapi({
    description: "`active` signs and verifies, `retiring` still verifies, the others do neither.",
  }),
  publicJwk: jwkSchema.nullable().openapi({ description: "Null for HS256." }),
  createdAt: z.iso.datetime(),
  retiresAt: z.iso.datetime().nullable().openapi({ description: "Rotated: its tokens are good until then." }),
  replacedBy: signingKeyId.nullable(),
  revokedAt: z.iso.datetime().nullable(),
};

export const signingKeySchema = z.object(keyFields).openapi("SigningKey");
export type SigningKey = z.infer<typeof signingKeySchema>;

export const createdSigningKeySchema = z
  .object({
    ...keyFields,
    privateKeyPem: z.string().nullable().openapi({ description: "PKCS #8. Null for HS256." }),
    secret: z
      .string()
      .nullable()
      .openapi({ description: "HS256: base64url of the bytes that sign. Null for key pairs." }),
    privateJwk: jwkSchema.nullable().openapi({ description: "The same as a JWK." }),
  })
  .openapi("CreatedSigningKey", {
    description: "The private part is shown this once; of imported and managed keys it is null.",
  });
export type CreatedSigningKey = z.infer<typeof createdSigningKeySchema>;

export const signingKeyListSchema = z.object({ data: z.array(signingKeySchema) }).openapi("SigningKeyList");

/** What an owner brings instead of having a key made. */
const broughtFields = {
  publicKeyPem: z.string().min(1).max(10_000).optional().openapi({ description: "SPKI." }),
  publicJwk: jwkSchema.optional(),
  secret: z
    .string()
    .min(1)
    .max(2_000)
    .optional()
    .openapi({ description: "HS256: base64url, at least 32 bytes." }),
};

const atMostOne = (given: {
  readonly [Name in keyof typeof broughtFields]?: unknown;
}): boolean =>
  [given.publicKeyPem, given.publicJwk, given.secret].filter((part) => part !== undefined).length <= 1;
const oneOnly = "At most one of publicKeyPem, publicJwk and secret";

const name = z.string().trim().max(100);

export const newSigningKeySchema = z
  .strictObject({ alg: z.enum(signingAlgorithms), name: name.default(""), ...broughtFields })
  .refine(atMostOne, oneOnly)
  .openapi("NewSigningKey", {
    description:
      "Without a key in it, one is made here. A key that is brought keeps its private part away from us.",
    example: { alg: "EdDSA", name: "website" },
  });

const longestGraceSeconds = 31_536_000;

export const rotateSchema = z
  .strictObject({
    graceSeconds: z.int().min(0).max(longestGraceSeconds).optional().openapi({
      description: "How long the old key still verifies. Default: as long as a token may live.",
    }),
    ...broughtFields,
  })
  .refine(atMostOne, oneOnly)
  .openapi("RotateSigningKey", { example: { graceSeconds: 86_400 } });

export const signingKeyParams = z.object({
  signingKeyId: signingKeyId.openapi({ param: { name: "signingKeyId", in: "path" } }),
});

export const jwksSchema = z
  .object({ keys: z.array(jwkSchema) })
  .openapi("JsonWebKeySet", { description: "RFC 7517 5." });
