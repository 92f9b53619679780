// The public contract as OpenAPI 3.1. The routes describe themselves; what they share is here.
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ApiEnv } from "./context.ts";

const bearerKey = "bearerKey";

export function openApiDocument(api: OpenAPIHono<ApiEnv>) {
  const document = api.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Sluice",
      version: "1",
      description:
        "Upload video, watch it being encoded, play it as HLS and DASH. Errors are RFC 9457 problems with a " +
        "stable `code`; every answer carries `X-Request-Id`. Times are ISO 8601 UTC.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    servers: [{ url: "/" }],
    tags: [
      { name: "videos", description: "The video and its playback ids." },
      { name: "uploads", description: "tus 1.0, or one plain PUT." },
      { name: "jobs", description: "Videos on the task board: being encoded, waiting, or failed." },
      { name: "events", description: "What happens to videos, as it happens." },
      { name: "signingKeys", description: "Keys that sign playback tokens." },
      { name: "playbackTokens", description: "What a viewer of a signed playback id presents." },
      { name: "revocations", description: "Taking back what lets somebody watch." },
      { name: "playbackSessions", description: "What players told while they played." },
      { name: "apiKeys", description: "Who may call this API." },
    ],
    security: [{ [bearerKey]: [] }],
  });
  return {
    ...document,
    paths: Object.fromEntries(
      Object.entries(document.paths ?? {}).map(([path, item]) => [path, withRateLimit(item)]),
    ),
    components: {
      ...document.components,
      securitySchemes: {
        [bearerKey]: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "sluice_{keyId}_{secret}",
          description:
            "An API key. Scopes: `admin`, `videos:read`, `videos:write`, `uploads:write`, `tokens:write`, " +
            "`access:write`, `jobs:read`, `jobs:write`.",
        },
      },
    },
  };
}

const rateLimited = {
  description: "`rateLimited`: `Retry-After` says when to come back, `RateLimit-Policy` what is allowed.",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

/** Whatever asks for a key is limited by it. */
function withRateLimit(item: object): object {
  return Object.fromEntries(
    Object.entries(item).map(([method, operation]: [string, { security?: unknown; responses?: object }]) => {
      if (operation.responses === undefined || operation.security !== undefined) return [method, operation];
      return [method, { ...operation, responses: { ...operation.responses, 429: rateLimited } }];
    }),
  );
}
