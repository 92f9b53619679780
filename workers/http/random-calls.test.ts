// Whatever is called in whatever order, with good and with senseless bodies: no answer is the server's fault, no object is
// without an owner, no row without its object; and when all videos are deleted nothing of them is left.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import type { OutboxMessage } from "#workers/outbox/outbox.ts";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import { tinyFilm } from "#workers/testing/tiny-film.ts";
import { noise, patch } from "#workers/testing/tus-client.ts";
import { consumeTranscode } from "#workers/transcoding/consume.ts";
import { consumeErase } from "#workers/videos/erase.ts";
import committed from "../../openapi.json";

interface Described {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, unknown>>;
  readonly requestBody?: { readonly content: Record<string, { readonly example?: unknown }> };
}

interface Operation {
  readonly method: string;
  readonly path: string;
  /** Undefined: it takes no JSON. */
  readonly example: unknown;
  /** That the document tells of. */
  readonly statuses: ReadonlySet<string>;
}

/** It sends itself messages and waits for them. */
const leftOut = new Set(["examineDeployment"]);
const operations: readonly Operation[] = Object.entries<Partial<Record<string, Described>>>(
  committed.paths as never,
)
  .filter(([path]) => path.startsWith("/v1/") && !path.includes("{secret}") && path !== "/v1/uploads/tus")
  .flatMap(([path, item]) =>
    ["get", "post", "put", "patch", "delete"].flatMap((method) => {
      const operation = item[method];
      if (operation === undefined || leftOut.has(operation.operationId)) return [];
      const example = operation.requestBody?.content["application/json"]?.example;
      const statuses = new Set(Object.keys(operation.responses));
      return [{ method: method.toUpperCase(), path, example, statuses }];
    }),
  );

const files: readonly Uint8Array[] = [
  tinyFilm([2, 1, 3]).bytes,
  tinyFilm([4, 4]).bytes,
  noise(3_000),
  new Uint8Array(0),
  tinyFilm([2, 2]).bytes.subarray(0, 9_000),
];
const captions = [
  "WEBVTT\n\n00:01.000 --> 00:02.000\nhello\n",
  "1\n00:00:01,000 --> 00:00:02,000\nhi\n",
  "no",
];

/** By the beginnings of ids; those of playback ids have none. */
const named: Readonly<Record<string, string>> = {
  ...{ videoId: "vid_", uploadId: "upl_", importId: "imp_", accountImportId: "aim_", keyId: "key_" },
  ...{ signingKeyId: "sig_", tokenId: "rtk_", webhookId: "hook_", deliveryId: "dlv_", profileId: "enc_" },
};

/** Ids that answers showed, to be picked from. */
type Known = Map<string, string[]>;

type Step =
  | { readonly kind: "operation"; readonly at: number; readonly pick: number; readonly body: Body }
  | {
      readonly kind: "upload";
      readonly file: number;
      readonly video: number | null;
      readonly encoding: string;
      readonly cut: boolean;
    }
  | { readonly kind: "captions"; readonly pick: number; readonly text: number; readonly language: string }
  | { readonly kind: "clip"; readonly pick: number }
  | { readonly kind: "deliver" };

type Body =
  | { readonly kind: "example" }
  | { readonly kind: "bent"; readonly field: number; readonly value: unknown }
  | { readonly kind: "any"; readonly value: unknown };

const body: fc.Arbitrary<Body> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: "example" } as const) },
  fc.record({ kind: fc.constant("bent" as const), field: fc.nat(20), value: fc.jsonValue({ maxDepth: 1 }) }),
  fc.record({ kind: fc.constant("any" as const), value: fc.jsonValue({ maxDepth: 2 }) }),
);
const pick = fc.nat(1_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("operation" as const),
      at: fc.nat(operations.length - 1),
      pick,
      body,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("upload" as const),
      file: fc.nat(files.length - 1),
      video: fc.option(pick, { freq: 1 }),
      encoding: fc.constantFrom("standard", "passthrough"),
      cut: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("captions" as const),
      pick,
      text: fc.nat(captions.length - 1),
      language: fc.constantFrom("en", "de", "x!"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("clip" as const), pick }) },
  { weight: 1, arbitrary: fc.constant({ kind: "deliver" } as const) },
);

const firstUpload: Step = { kind: "upload", file: 0, video: null, encoding: "standard", cut: false };

let token: string;

const nobodys = "01JDC3Y5T8Z9Q2W4E6R8T0Y2V4";
const creators = ["ann", "bob"];
const languages = ["en", "de"];

/** Now and then of something that there is not. */
function chosen(known: Known, name: string, at: number): string {
  if (name === "creator") return creators[at % 2] ?? "";
  const prefix = name === "playbackId" ? "" : named[name];
  if (prefix === undefined) return languages[at % 2] ?? "";
  const ids = known.get(prefix) ?? [];
  return at % 7 === 0 || ids.length === 0 ? prefix + nobodys : (ids[at % ids.length] ?? "");
}

/** The answer's status, once what it made is known. */
async function take(known: Known, taken: Step): Promise<readonly number[]> {
  switch (taken.kind) {
    case "operation":
      return [await callOf(known, taken)];
    case "upload":
      return upload(known, taken);
    case "captions": {
      const id = chosen(known, "videoId", taken.pick);
      const answer = await call("PUT", `/v1/videos/${id}/captions/${encodeURIComponent(taken.language)}`, {
        token,
        body: captions[taken.text] ?? "",
        headers: { "Content-Type": "text/vtt" },
      });
      return [answer.status];
    }
    case "clip": {
      const json = { startSeconds: taken.pick % 5, endSeconds: (taken.pick % 5) + 2 };
      const answer = await call("POST", `/v1/videos/${chosen(known, "videoId", taken.pick)}/clips`, {
        token,
        json,
      });
      note(known, await answer.json());
      return [answer.status];
    }
    case "deliver":
      await deliver();
      return [];
  }
}

async function callOf(
  known: Known,
  { at, pick: seed, body: wanted }: Extract<Step, { kind: "operation" }>,
): Promise<number> {
  const operation = operations[at];
  if (operation === undefined) throw new Error("no operation");
  const path = operation.path.replaceAll(/\{([a-zA-Z]+)\}/g, (_, name: string) => chosen(known, name, seed));
  const json = operation.example === undefined ? undefined : bodyOf(operation.example, wanted, known, seed);
  const answer = await call(operation.method, path, {
    token,
    ...(json === undefined ? {} : { json }),
    ...(operation.method === "POST" && seed % 3 === 0 ? { headers: { "Idempotency-Key": `k${seed}` } } : {}),
  });
  const text = await answer.text();
  if (answer.status >= 500 && answer.status !== 501)
    throw new Error(`${operation.method} ${path} ${JSON.stringify(json)}: ${answer.status} ${text}`);
  if (!operation.statuses.has(String(answer.status)))
    throw new Error(`${operation.method} ${operation.path} does not document ${answer.status}: ${text}`);
  if (answer.headers.get("Content-Type")?.includes("json") === true) note(known, JSON.parse(text));
  return answer.status;
}

function bodyOf(example: unknown, wanted: Body, known: Known, seed: number): unknown {
  if (wanted.kind === "any") return wanted.value;
  if (typeof example !== "object" || example === null) return example;
  const own = Object.fromEntries(
    Object.entries(example).map(([name, value]) => {
      const isId = name === "playbackId" || Object.hasOwn(named, name);
      return [name, isId ? chosen(known, name, seed) : (value as unknown)];
    }),
  );
  if (wanted.kind === "example") return own;
  const names = Object.keys(own);
  const name = names[wanted.field % (names.length + 1)] ?? "other";
  return { ...own, [name]: wanted.value };
}

async function upload(
  known: Known,
  { file, video, encoding, cut }: Extract<Step, { kind: "upload" }>,
): Promise<readonly number[]> {
  const bytes = files[file] ?? new Uint8Array(0);
  const of =
    video === null
      ? {}
      : { videoId: chosen(known, "videoId", video), replace: video % 2 === 0, overlapSeconds: 0 };
  const json = { sizeBytes: bytes.length, ...of, ...(video === null || video % 2 === 0 ? { encoding } : {}) };
  const made = await call("POST", "/v1/uploads", { token, json });
  const created = await made.json<{ url?: string }>();
  note(known, created);
  if (created.url === undefined) return [made.status];
  const end = cut ? Math.floor(bytes.length / 2) : bytes.length;
  const sent = await patch(created.url, 0, new Uint8Array(bytes.subarray(0, end)));
  return [made.status, sent.status];
}

/** Ids of whatever an answer shows, but the key that asks. */
function note(known: Known, answer: unknown): void {
  for (const [, id = ""] of JSON.stringify(answer).matchAll(/"(?:id|\w+Id)":"([^"]+)"/g)) {
    const prefix = /^[a-z]+_(?=[0-9A-Z]{26}$)/.exec(id)?.[0] ?? (/^[\w-]{22}$/.test(id) ? "" : null);
    if (prefix === null || token.includes(id)) continue;
    const ids = known.get(prefix) ?? [];
    if (!ids.includes(id)) known.set(prefix, [...ids, id]);
  }
}

/** Whatever waits in the outbox, whenever it is due. */
async function deliver(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const { results } = await env.DB.prepare("SELECT body FROM outbox WHERE queue != 'event'").all<{
      body: string;
    }>();
    if (results.length === 0) return;
    const bodies = results.map(({ body: text }) => JSON.parse(text) as OutboxMessage);
    await consume(consumeTranscode, bodies, "transcode");
    await consume(consumeErase, bodies, "erase");
  }
}

async function consume(consumer: typeof consumeErase, bodies: readonly OutboxMessage[], kind: string) {
  const nothing = () => undefined;
  const messages = bodies
    .filter((each) => each.kind === kind)
    .map((each) => ({
      id: each.outboxId,
      timestamp: new Date(),
      body: each,
      attempts: 1,
      ack: nothing,
      retry: nothing,
    }));
  const ctx = createExecutionContext();
  const batch = { queue: `sluice-${kind}`, messages, ackAll: nothing, retryAll: nothing };
  await consumer(batch as unknown as Parameters<typeof consumeErase>[0], env, ctx);
  await waitOnExecutionContext(ctx);
}

const column = async (sql: string): Promise<ReadonlySet<string>> =>
  new Set((await env.DB.prepare(sql).all<{ v: string }>()).results.map(({ v }) => v));

/** What is wrong between rows and objects, now that every message was delivered. */
async function disorder(): Promise<readonly string[]> {
  const videos = await column(
    "SELECT id AS v FROM videos UNION SELECT clip_of FROM videos WHERE clip_of IS NOT NULL",
  );
  const living = await column("SELECT id AS v FROM videos");
  const keys = new Set((await env.MEDIA.list({ limit: 1000 })).objects.map(({ key }) => key));
  const wrong: string[] = [];
  const captionKeys = await column(
    "SELECT 'videos/' || video_id || '/captions/' || id || '.vtt' AS v FROM captions WHERE revision IS NOT NULL",
  );
  const versions = await column("SELECT 'videos/' || video_id || '/' || version AS v FROM versions");
  for (const key of keys) {
    const [, id = "", part = ""] = key.split("/");
    if (!videos.has(id)) wrong.push(`${key} is nobody's`);
    else if (part === "captions" && !captionKeys.has(key)) wrong.push(`${key} has no row`);
    else if (/^\d+$/.test(part) && !versions.has(`videos/${id}/${part}`)) wrong.push(`${key} has no version`);
  }
  for (const key of captionKeys) if (!keys.has(key)) wrong.push(`${key} is a row only`);
  for (const table of [
    "playback_ids",
    "chapters",
    "audio_tracks",
    "video_tags",
    "video_words",
    "video_metadata",
  ])
    for (const id of await column(`SELECT DISTINCT video_id AS v FROM ${table}`))
      if (!living.has(id)) wrong.push(`${table} of ${id}, which is gone`);
  for (const table of ["versions", "chunks", "subtitles", "captions", "uploads"])
    for (const id of await column(`SELECT DISTINCT video_id AS v FROM ${table}`))
      if (!videos.has(id)) wrong.push(`${table} of ${id}, which is gone`);
  for (const key of await column(
    "SELECT 'videos/' || video_id || '/' || version || '/layout.bin' AS v FROM versions WHERE kind = 'source'",
  ))
    if (!keys.has(key)) wrong.push(`${key} is a row only`);
  const sources = await column(
    `SELECT coalesce(source_key, 'sources/' || id || '/original') AS v FROM videos
     WHERE source_size_bytes IS NOT NULL AND state != 'error' AND clip_of IS NULL`,
  );
  for (const key of sources) if (!keys.has(key)) wrong.push(`the source ${key} is not there`);
  return wrong;
}

async function removeAll(): Promise<void> {
  for (const id of await column("SELECT id AS v FROM videos")) {
    expect((await call("DELETE", `/v1/videos/${id}`, { token })).status).toBe(204);
  }
  await deliver();
}

/** What imports, webhooks and accounts find when they reach out. */
const world: readonly (() => Response)[] = [
  () => new Response(files[0] ?? null, { headers: { "Content-Type": "video/mp4" } }),
  () => Response.json({ success: true, result: [], data: [] }),
  () => new Response(null, { status: 403 }),
  () => new Response("no", { status: 500 }),
];

let asked = 0;
beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation(
    async () => world[asked++ % world.length]?.() ?? Response.error(),
  );
});
afterEach(() => vi.restoreAllMocks());

it("random calls never fail on the server's side, and leave neither objects without owners nor rows without objects", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 24 }), async (steps) => {
      // Each has a limit of its own.
      token = await insertApiKey("admin");
      const known: Known = new Map();
      for (const taken of [firstUpload, ...steps]) {
        const statuses = await take(known, taken);
        expect(statuses.filter((status) => status >= 500 && status !== 501)).toEqual([]);
      }
      await deliver();
      expect(await disorder()).toEqual([]);
      await removeAll();
      expect((await env.MEDIA.list()).objects.map(({ key }) => key)).toEqual([]);
      for (const table of ["versions", "chunks", "captions", "replacements", "uploads", "playback_ids"]) {
        const left = await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>();
        expect([table, left?.n]).toEqual([table, 0]);
      }
    }),
    { numRuns: Number(env.RANDOM_CALLS) },
  );
}, 600_000);
