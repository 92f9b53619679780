// The public contract as OpenAPI 3.1. The routes describe themselves; what they share is here.
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ApiEnv } from "./context.ts";
import { withConventions, type Operation } from "./conventions.ts";
import { describedPaths } from "./described-paths.ts";
import type { Schema } from "./example.ts";
import { withPlainPatterns } from "./patterns.ts";
import { describedWebhooks } from "#workers/webhooks/described.ts";
import { scopes } from "#workers/access/scope.ts";

const bearerKey = "bearerKey";
const metricsToken = "metricsToken";

export function openApiDocument(api: OpenAPIHono<ApiEnv>) {
  const written = api.getOpenAPI31Document({
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
    security: [{ [bearerKey]: [] }],
  });
  const document = withPlainPatterns(written);
  const schemas = (document.components?.schemas ?? {}) as Readonly<Record<string, Schema>>;
  const paths = { ...document.paths, ...describedPaths } as Readonly<
    Record<string, Readonly<Record<string, Operation>>>
  >;
  const webhooks = describedWebhooks(schemas);
  return {
    ...document,
    tags: tagsOf({ ...paths, ...webhooks }),
    paths: Object.fromEntries(
      Object.entries(paths).map(([path, item]) => [
        path,
        Object.fromEntries(
          Object.entries(item).map(([method, operation]) => [
            method,
            withConventions(path, method, operation, schemas),
          ]),
        ),
      ]),
    ),
    webhooks,
    components: {
      ...document.components,
      securitySchemes: {
        [bearerKey]: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "sluice_{keyId}_{secret}",
          description: `An API key. Scopes: ${scopes.map((scope) => `\`${scope}\``).join(", ")}.`,
        },
        [metricsToken]: { type: "http", scheme: "bearer", description: "The secret `METRICS_TOKEN`." },
      },
    },
  };
}

const described = [
  { name: "videos", description: "The video and its playback ids." },
  { name: "uploads", description: "tus 1.0, or one plain PUT." },
  {
    name: "playback",
    description:
      "What players and sites load of a playback id. What stands under `/p/{playbackId}/s/` is named by manifests, " +
      "with a session in each URL, and is not written by hand.",
  },
  { name: "jobs", description: "Videos on the task board: being encoded, waiting, or failed." },
  { name: "events", description: "What happens to videos, as it happens." },
  { name: "signingKeys", description: "Keys that sign playback tokens." },
  { name: "playbackTokens", description: "What a viewer of a signed playback id presents." },
  { name: "revocations", description: "Taking back what lets somebody watch." },
  { name: "playbackSessions", description: "What players told while they played." },
  { name: "auditLog", description: "Who changed what, when, from where." },
  { name: "apiKeys", description: "Who may call this API." },
  { name: "captions", description: "Texts of a video: uploaded, or out of its source." },
  { name: "audioTracks", description: "Sounds of a video: of its source, or in files of their own." },
  { name: "chapters", description: "Named places in a video." },
  { name: "downloads", description: "Renditions as files." },
  { name: "clips", description: "Parts of a video as videos of their own." },
  { name: "creators", description: "What each may have, and has." },
  { name: "imports", description: "Files fetched from where they are." },
  { name: "encodingProfiles", description: "How videos are encoded." },
  { name: "webhooks", description: "What happens, sent to you: endpoints and their deliveries." },
  { name: "sentEvents", description: "What a webhook of yours is sent, signed by Standard Webhooks." },
  { name: "runnerTokens", description: "What outside runners present." },
  { name: "operations", description: "How the deployment is." },
];

/** Those that are used, in this order; one that nobody has described is there by its name, and fails the tests. */
function tagsOf(paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>) {
  const used = new Set(
    Object.values(paths).flatMap((item) => Object.values(item).flatMap(({ tags = [] }) => tags)),
  );
  const known = described.filter(({ name }) => used.has(name));
  return [
    ...known,
    ...[...used].filter((tag) => !known.some(({ name }) => name === tag)).map((name) => ({ name })),
  ];
}
