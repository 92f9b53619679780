// Revocations as the API takes and shows them.
import { z } from "@hono/zod-openapi";
import { decodeBase64url, encodeBase64url } from "#workers/base64url.ts";
import { credentialHashBytes } from "./credential-hash.ts";
import { forEverSeconds, revocationKinds, revocationReasons, type Revocation } from "./revocation-log.ts";
import type { StoredRevocation } from "./revocation-rows.ts";
import { revocableKinds } from "./revocation-subject.ts";

/** The longest thing that may be pasted is a token. */
const maxIdCharacters = 4_096;

export const newRevocationSchema = z
  .strictObject({
    kind: z.enum(revocableKinds),
    id: z
      .string()
      .min(1)
      .max(maxIdCharacters)
      .openapi({
        description:
          "Of a viewer: your own id, the token's `viewer`. Of a session: its name of 11 characters, as logs print it, or " +
          "a playback URL. Of a token: its `jti`, or the token. Of a signing key: its `kid`.",
      }),
    issuedBefore: z.iso
      .datetime({ offset: true })
      .optional()
      .openapi({
        description:
          "What was issued earlier no longer holds. Default: now; for a session or a token, all of it for ever. May not " +
          "lie ahead.",
      }),
  })
  .openapi("NewRevocation", { example: { kind: "viewer", id: "u_81" } });

export const revocationSchema = z
  .object({
    kind: z.enum(revocationKinds).openapi({
      description: "`policy`: sessions that were made by rules of a playback id which have become narrower.",
    }),
    hash: z.string().openapi({
      description: "Short name of the subject, the same for the same id. Of a session: its own name.",
      example: "Wn3xZ1q0T2s",
    }),
    reason: z.enum(revocationReasons).openapi({
      description:
        "`evicted`: a newer stream took its place. `limited`: it came back and its place was taken. `shared`: several " +
        "used it. `changed`: the rules became narrower.",
    }),
    issuedBefore: z.iso.datetime().nullable().openapi({ description: "Null: whenever it was issued." }),
    revokedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().openapi({
      description: "When nothing that is meant can be valid any more, and the entry goes.",
    }),
  })
  .openapi("Revocation");
export type ShownRevocation = z.infer<typeof revocationSchema>;

export const revocationListSchema = z
  .object({
    data: z.array(revocationSchema),
    nextCursor: z.string().nullable().openapi({ description: "For the next page; null on the last." }),
  })
  .openapi("RevocationList");

/** A restored deployment takes back what the one before it took back: as listed there. */
const maxRestored = 1_000;
export const restoredRevocationsSchema = z
  .strictObject({
    data: z
      .array(revocationSchema.extend({ hash: z.string().regex(/^[A-Za-z0-9_-]{11}$/) }))
      .min(1)
      .max(maxRestored),
  })
  .openapi("RestoredRevocations", {
    example: {
      data: [
        {
          ...{ kind: "viewer", hash: "Wn3xZ1q0T2s", reason: "revoked", issuedBefore: null },
          ...{ revokedAt: "2040-12-01T18:00:00.000Z", expiresAt: "2040-12-08T19:00:00.000Z" },
        },
      ],
    },
  });
export const restoredCountSchema = z.object({ restored: z.int() }).openapi("RestoredCount");

/** Null: the hash is none. */
export function fromRevocation(shown: ShownRevocation): Revocation | null {
  const hash = decodeBase64url(shown.hash);
  if (hash === null || hash.length !== credentialHashBytes) return null;
  const { kind, reason, issuedBefore } = shown;
  const issuedBeforeSeconds =
    issuedBefore === null ? forEverSeconds : Math.ceil(Date.parse(issuedBefore) / 1_000);
  return { kind, hash, reason, issuedBeforeSeconds };
}

export const revocationPageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(200).optional().openapi({ description: "`nextCursor` of the page before." }),
});

export function toRevocation(stored: StoredRevocation): ShownRevocation {
  const { kind, hash, reason, issuedBeforeSeconds, revokedAtMs, expiresAtMs } = stored;
  return {
    kind,
    hash: encodeBase64url(hash),
    reason,
    issuedBefore:
      issuedBeforeSeconds === forEverSeconds ? null : new Date(issuedBeforeSeconds * 1_000).toISOString(),
    revokedAt: new Date(revokedAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
  };
}
