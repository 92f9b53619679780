// The committed document by itself: whole, and its examples what its schemas say.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { eventSchema } from "#workers/events/contract.ts";
import { eventTypes } from "#workers/events/event-types.ts";
import { embeddedIdIn } from "#workers/embed/embed-page.ts";
import { matchPlaybackPath, type PictureName, type PlaybackRoute } from "#workers/playback/path.ts";

type NamedByManifests = "steering" | "text" | "sessionChapters" | "media" | "iframes" | "init" | "segment";

interface Media {
  readonly schema?: object;
  readonly example?: unknown;
}
interface Response {
  readonly description: string;
  readonly headers?: object;
  readonly content?: Readonly<Record<string, Media>>;
}
interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Response>>;
}

const text = readFileSync(join(import.meta.dirname, "../../openapi.json"), "utf8");
const document = JSON.parse(text) as {
  readonly openapi: string;
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly webhooks: Readonly<Record<string, { readonly post: Operation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(
    ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation, path] as const,
  ),
);

/** References as JSON Schema has them in one document. */
const defs: unknown = JSON.parse(
  JSON.stringify(document.components.schemas).replaceAll("#/components/schemas/", "#/$defs/"),
);
const judgeOf = (schema: object) =>
  z.fromJSONSchema({
    ...(JSON.parse(JSON.stringify(schema).replaceAll("#/components/schemas/", "#/$defs/")) as object),
    $defs: defs,
  } as never);

describe.each(operations)("%s", (_, operation, path) => {
  it("has a name, a summary, a tag that is described, and every parameter of its path", () => {
    expect(operation.operationId).toMatch(/^[a-z][a-zA-Z]+$/);
    expect(operation.summary).toMatch(/./);
    const tags = document.tags.flatMap(({ name, description }) => (description === undefined ? [] : name));
    expect(tags).toEqual(expect.arrayContaining([...(operation.tags ?? ["untagged"])]));
    const named = (operation.parameters ?? []).flatMap((parameter) =>
      parameter.in === "path" ? parameter.name : [],
    );
    expect([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted()).toEqual(named.toSorted());
  });

  it("documents an answer that is a success, and each answer's headers", () => {
    const statuses = Object.keys(operation.responses);
    expect(statuses.some((status) => /^[12]/.test(status))).toBe(true);
    for (const response of Object.values(operation.responses))
      expect(response.headers).toHaveProperty("X-Request-Id");
  });

  it("has examples of all that is JSON, and they fit", () => {
    const bodies = [operation.requestBody, ...Object.values(operation.responses)];
    for (const [type, media] of bodies.flatMap((body) => Object.entries(body?.content ?? {}))) {
      if (!type.includes("json")) continue;
      expect(media).toHaveProperty("example");
      const judged = judgeOf(media.schema ?? {}).safeParse(media.example);
      expect(judged.success ? [] : judged.error.issues).toEqual([]);
    }
  });
});

it.each(operations)("%s shows nothing to send that will be over one day", (_, { requestBody }) => {
  const sent = JSON.stringify(Object.values(requestBody?.content ?? {}).map(({ example }) => example));
  for (const [year] of sent.matchAll(/\b\d{4}(?=-\d{2}-\d{2}T)/g))
    expect(Number(year)).toBeGreaterThanOrEqual(2040);
});

describe("what a playback id opens", () => {
  const shown = Object.keys(document.paths)
    .filter((path) => path.startsWith("/p/"))
    .map((path) => path.replaceAll(/\{\w+\}/g, "AAAAAAAAAAAAAAAAAAAAAA"));

  it("is documented by paths that are served", () => {
    for (const path of shown)
      expect([path, matchPlaybackPath(path) !== null || embeddedIdIn(path) !== null]).toEqual([path, true]);
  });

  it("is documented whole, but for what manifests name", () => {
    const kinds = shown.flatMap((path) => {
      const route = matchPlaybackPath(path)?.route;
      return route === undefined ? [] : route.kind === "picture" ? route.name : route.kind;
    });
    const byHand: Record<Exclude<PlaybackRoute["kind"], "picture" | NamedByManifests> | PictureName, true> = {
      multivariant: true,
      mpd: true,
      chapters: true,
      download: true,
      event: true,
      thumbnail: true,
      storyboard: true,
      storyboardText: true,
      preview: true,
    };
    expect(kinds.toSorted()).toEqual(Object.keys(byHand).toSorted());
  });
});

describe("the webhooks", () => {
  const events = Object.entries(document.webhooks);

  it("are the events that can be sent, every one and no other", () => {
    expect(Object.keys(document.webhooks)).toEqual(eventTypes);
  });

  it.each(events)(
    "say of %s when it is sent, with which headers, and what is made of the answer",
    (_, item) => {
      const { operationId, summary, tags, parameters = [], responses } = item.post;
      expect(operationId).toMatch(/^on[A-Z][a-zA-Z]+$/);
      expect(summary).toMatch(/./);
      expect(document.tags.map(({ name }) => name)).toContain(tags?.[0]);
      expect(parameters.map((parameter) => [parameter.in, parameter.name])).toEqual([
        ["header", "webhook-id"],
        ["header", "webhook-timestamp"],
        ["header", "webhook-signature"],
      ]);
      expect(Object.keys(responses).toSorted()).toEqual(["2XX", "410", "429", "default"]);
    },
  );

  it.each(events)("show an example of %s, which the union takes for that event", (type, item) => {
    const { schema = {}, example } = item.post.requestBody?.content["application/json"] ?? {};
    for (const judge of [judgeOf(schema), judgeOf({ $ref: "#/components/schemas/Event" })]) {
      const judged = judge.safeParse(example);
      expect(judged.success ? [] : judged.error.issues).toEqual([]);
    }
    expect(eventSchema.parse(example).type).toBe(type);
  });
});

it("refers to nothing that is not there", () => {
  for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
    expect(document.components.schemas).toHaveProperty([name]);
});
