import { createRoute } from "@hono/zod-openapi";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { newId } from "#workers/ids.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { requireScope } from "./require-scope.ts";
import type { SigningAlgorithm } from "./signing-key.ts";
import {
  createdSigningKeySchema,
  jwksSchema,
  newSigningKeySchema,
  rotateSchema,
  signingKeyListSchema,
  signingKeyParams,
  signingKeySchema,
  type CreatedSigningKey,
} from "./signing-key-contract.ts";
import {
  generateKey,
  importJwk,
  importPem,
  importSecret,
  type NewMaterial,
  type PrivatePart,
} from "./signing-key-material.ts";
import { endSigningKey } from "./signing-key-revocation.ts";
import {
  countVerifyingKeys,
  findSigningKey,
  insertSigningKey,
  listPublicJwks,
  listVerifyingKeys,
  replaceSigningKey,
  signingKeyRow,
  toSigningKey,
  type SigningKeyRow,
} from "./signing-key-store.ts";
import { maxTokenSeconds } from "./token-lifetime.ts";

/** The JWK Set and the list are one page each. */
const maxVerifyingKeys = 100;
const jwksSeconds = 300;

const tags = ["signingKeys"];
const admin = { tags, middleware: requireScope("admin") };
const adminJson = { tags, middleware: [requireScope("admin"), jsonBody] };
const created = {
  description: "The new key, with its private part: the only time it is shown.",
  content: { "application/json": { schema: createdSigningKeySchema } },
};
const bodyProblems = ["invalidJson", "bodyTooLarge", "unsupportedMediaType", "unprocessable"] as const;

const create = createRoute({
  ...adminJson,
  method: "post",
  path: "/v1/signing-keys",
  operationId: "createSigningKey",
  summary: "Make a signing key, or bring a public key of your own",
  request: { body: { required: true, content: { "application/json": { schema: newSigningKeySchema } } } },
  responses: { 201: created, ...problems("unauthenticated", "forbidden", "conflict", ...bodyProblems) },
});

const list = createRoute({
  ...admin,
  method: "get",
  path: "/v1/signing-keys",
  operationId: "listSigningKeys",
  summary: "List the signing keys that verify, newest first",
  responses: {
    200: { description: "All of them.", content: { "application/json": { schema: signingKeyListSchema } } },
    ...problems("unauthenticated", "forbidden"),
  },
});

const get = createRoute({
  ...admin,
  method: "get",
  path: "/v1/signing-keys/{signingKeyId}",
  operationId: "getSigningKey",
  summary: "Get a signing key",
  request: { params: signingKeyParams },
  responses: {
    200: { description: "It.", content: { "application/json": { schema: signingKeySchema } } },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const rotate = createRoute({
  ...adminJson,
  method: "post",
  path: "/v1/signing-keys/{signingKeyId}/rotate",
  operationId: "rotateSigningKey",
  summary: "Put a new key in the place of one",
  description:
    "The new key has the algorithm and the name of the old one, which verifies until its grace ends. The next " +
    "key of an imported one must be brought as well.",
  request: {
    params: signingKeyParams,
    body: { required: true, content: { "application/json": { schema: rotateSchema } } },
  },
  responses: {
    201: created,
    ...problems("unauthenticated", "forbidden", "notFound", "conflict", ...bodyProblems),
  },
});

const revoke = createRoute({
  ...admin,
  method: "delete",
  path: "/v1/signing-keys/{signingKeyId}",
  operationId: "revokeSigningKey",
  summary: "Revoke a signing key",
  description: "Its tokens, the sessions made with them and its refresh tokens end within seconds.",
  request: { params: signingKeyParams },
  responses: {
    204: { description: "Revoked." },
    ...problems("unauthenticated", "forbidden", "notFound", "unavailable"),
  },
});

const jwks = createRoute({
  tags,
  security: [],
  method: "get",
  path: "/.well-known/jwks.json",
  operationId: "getJsonWebKeySet",
  summary: "The public keys that verify playback tokens",
  responses: {
    200: {
      description: "Keys of HS256 are secrets and not in it.",
      content: { "application/json": { schema: jwksSchema } },
    },
  },
});

export const signingKeyRoutes = apiRoutes()
  .openapi(create, async (c) => {
    const { alg, name, ...brought } = c.req.valid("json");
    const nowMs = Date.now();
    if ((await countVerifyingKeys(c.env.DB, nowMs)) >= maxVerifyingKeys) {
      return problem(c, "conflict", { detail: `At most ${maxVerifyingKeys} keys may verify: revoke some.` });
    }
    const id = newId("signingKey", nowMs);
    const made = await materialOf(alg, id, brought);
    if (!made.ok) return problem(c, "unprocessable", { errors: [made.reason] });
    const { material, privatePart } = made.value;
    const origin = privatePart === null ? "imported" : "generated";
    const row = await signingKeyRow({ id, name, origin, material }, c.env.SEALING_KEY, nowMs);
    await insertSigningKey(c.env.DB, row);
    return c.json(toCreatedSigningKey(row, privatePart, nowMs), 201);
  })
  .openapi(list, async (c) => {
    const nowMs = Date.now();
    const rows = await listVerifyingKeys(c.env.DB, nowMs);
    return c.json({ data: rows.map((row) => toSigningKey(row, nowMs)) }, 200);
  })
  .openapi(get, async (c) => {
    const row = await findSigningKey(c.env.DB, c.req.valid("param").signingKeyId);
    return row === null ? problem(c, "notFound") : c.json(toSigningKey(row, Date.now()), 200);
  })
  .openapi(rotate, async (c) => {
    const nowMs = Date.now();
    const { graceSeconds = maxTokenSeconds(c.env), ...brought } = c.req.valid("json");
    const old = await findSigningKey(c.env.DB, c.req.valid("param").signingKeyId);
    if (old === null) return problem(c, "notFound");
    const { name, alg, origin } = old;
    const bringsKey = Object.keys(brought).length > 0;
    if (bringsKey !== (origin === "imported")) {
      const detail = bringsKey ? "The next key of this one is made here." : "Bring the next key of this one.";
      return problem(c, "conflict", { detail });
    }
    const id = newId("signingKey", nowMs);
    const made = await materialOf(alg, id, brought);
    if (!made.ok) return problem(c, "unprocessable", { errors: [made.reason] });
    const { material, privatePart } = made.value;
    const next = await signingKeyRow({ id, name, origin, material }, c.env.SEALING_KEY, nowMs);
    const replaced = await replaceSigningKey(c.env.DB, old.id, next, nowMs + graceSeconds * 1_000);
    if (!replaced) {
      return problem(c, "conflict", { detail: "Only an active key is rotated, and only once." });
    }
    return c.json(toCreatedSigningKey(next, origin === "managed" ? null : privatePart, nowMs), 201);
  })
  .openapi(revoke, async (c) => {
    switch (await endSigningKey(c.env, c.req.valid("param").signingKeyId, Date.now())) {
      case "revoked":
        return c.body(null, 204);
      case "unknown":
        return problem(c, "notFound");
      case "unavailable":
        return problem(c, "unavailable", { headers: { "Retry-After": "1" } });
    }
  })
  .openapi(jwks, async (c) => {
    const keys = [...(await listPublicJwks(c.env.DB, Date.now()))];
    return c.json({ keys }, 200, {
      "Cache-Control": `public, max-age=${jwksSeconds}`,
      "Access-Control-Allow-Origin": "*",
    });
  });

interface Brought {
  readonly publicKeyPem?: string | undefined;
  readonly publicJwk?: Record<string, unknown> | undefined;
  readonly secret?: string | undefined;
}

interface MadeKey {
  readonly material: NewMaterial;
  /** Null: whoever brought the key has it. */
  readonly privatePart: PrivatePart | null;
}

interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

async function materialOf(
  alg: SigningAlgorithm,
  kid: string,
  { publicKeyPem, publicJwk, secret }: Brought,
): Promise<Result<MadeKey, Fault>> {
  if (secret !== undefined) {
    if (alg !== "HS256") return refuse({ pointer: "#/secret", detail: `${alg} has key pairs.` });
    return brought("#/secret", importSecret(secret));
  }
  if (publicKeyPem !== undefined) {
    if (alg === "HS256") return refuse({ pointer: "#/publicKeyPem", detail: "HS256 has a secret." });
    return brought("#/publicKeyPem", await importPem(alg, publicKeyPem));
  }
  if (publicJwk !== undefined) {
    if (alg === "HS256") return refuse({ pointer: "#/publicJwk", detail: "HS256 has a secret." });
    return brought("#/publicJwk", await importJwk(alg, publicJwk));
  }
  return ok(await generateKey(alg, kid));
}

function brought(pointer: string, imported: Result<NewMaterial, string>): Result<MadeKey, Fault> {
  return imported.ok
    ? ok({ material: imported.value, privatePart: null })
    : refuse({ pointer, detail: imported.reason });
}

function toCreatedSigningKey(
  row: SigningKeyRow,
  privatePart: PrivatePart | null,
  nowMs: number,
): CreatedSigningKey {
  return {
    ...toSigningKey(row, nowMs),
    privateKeyPem: privatePart?.pem ?? null,
    secret: privatePart?.secret ?? null,
    privateJwk: privatePart === null ? null : { ...privatePart.jwk },
  };
}
