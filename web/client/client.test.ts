import { readFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { describe, expect, expectTypeOf, it } from "vitest";
import { clientSource, typeOf, type ApiDocument } from "../../scripts/stack/client-source.ts";
import { createClient, etagOf, SluiceError, type ClientOptions, type Video } from "./client.ts";
import { byPut, byTus } from "./senders.ts";

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: unknown;
}

const json = (body: unknown, init: ResponseInit = {}) => Response.json(body, init);
const refused = (status: number, code: string, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ code, title: "No", requestId: "r-1" }), { status, headers });

/** A client whose requests get these answers, one after the other. */
function scripted(answers: readonly (Response | Error)[], options: ClientOptions = {}) {
  const asked: Asked[] = [];
  const waits: number[] = [];
  const left = [...answers];
  const client = createClient({
    url: "https://video.example/",
    apiKey: "sluice_k_s",
    wait: async (milliseconds) => void waits.push(milliseconds),
    fetch: (async (url: string, init: RequestInit) => {
      const { method = "", headers, body } = init;
      asked.push({ method, url, headers: new Headers(headers), body });
      const next = left.shift();
      if (next === undefined) throw new Error("asked too often");
      if (next instanceof Error) throw next;
      return next;
    }) as typeof fetch,
    ...options,
  });
  return { client, asked, waits };
}

it("is of the document that is committed", async () => {
  const root = join(import.meta.dirname, "../..");
  const document = JSON.parse(readFileSync(join(root, "openapi.json"), "utf8")) as ApiDocument;
  const written = await format(clientSource(document), { parser: "typescript", printWidth: 110 });
  expect(readFileSync(join(import.meta.dirname, "operations.ts"), "utf8")).toBe(written);
});

it.each([
  [{ type: ["string", "null"] }, "string | null"],
  [{ type: "array", items: { anyOf: [{ type: "string" }, { type: "integer" }] } }, "(string | number)[]"],
  [{ type: "object", properties: { "a-b": { const: 1 } }, required: ["a-b"] }, '{ "a-b": 1 }'],
  [{ allOf: [{ $ref: "#/components/schemas/A" }, { type: "object", properties: {} }] }, "A & object"],
])("writes %j as a type", (schema, type) => {
  expect(typeOf(schema)).toBe(type);
});

describe("a call", () => {
  it("names path, query, body and key as the API takes them", async () => {
    const { client, asked } = scripted([json({ id: "vid_1" }), json({ data: [], nextCursor: null })]);
    const video = await client.patchVideo({ videoId: "vid 1/x", body: { title: "New" }, ifMatch: '"1.x"' });
    expectTypeOf(video).toEqualTypeOf<Video>();
    await client.listVideos({ query: { limit: 5, tag: "a b" } });
    expect(asked.map(({ method, url, body }) => [method, url, body])).toEqual([
      ["PATCH", "https://video.example/v1/videos/vid%201%2Fx", '{"title":"New"}'],
      ["GET", "https://video.example/v1/videos?limit=5&tag=a+b", undefined],
    ]);
    expect(asked[0]?.headers.get("Authorization")).toBe("Bearer sluice_k_s");
    expect(asked[0]?.headers.get("If-Match")).toBe('"1.x"');
    expect(asked[0]?.headers.get("Idempotency-Key")).toBeNull();
  });

  it("that is refused throws the code, the faults and the request's id", async () => {
    const { client } = scripted([refused(404, "notFound")]);
    const error = await client.getVideo({ videoId: "x" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toMatchObject({
      status: 404,
      code: "notFound",
      requestId: "r-1",
      message: "No",
      errors: [],
    });
  });

  it("answered by no API of ours throws without a code", async () => {
    const { client } = scripted([new Response("<html>", { status: 403 })]);
    await expect(client.getVideo({ videoId: "x" })).rejects.toMatchObject({ status: 403, code: null });
  });
});

describe("asking again", () => {
  it("is done with the same idempotency key, after as long as the answer says", async () => {
    const { client, asked, waits } = scripted([
      new TypeError("line broke"),
      refused(409, "idempotencyKeyInUse", { "Retry-After": "1" }),
      json({ id: "vid_1" }, { status: 201 }),
    ]);
    await client.createVideo({ body: { title: "Once" } });
    const keys = asked.map(({ headers }) => headers.get("Idempotency-Key"));
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(keys).size).toBe(1);
    expect(waits).toEqual([expect.any(Number), 1_000]);
  });

  it("ends, and says why it came to nothing", async () => {
    const broken = new TypeError("line broke");
    const { client, asked } = scripted([broken, broken, broken]);
    await expect(client.listVideos()).rejects.toMatchObject({ status: 0, code: null, cause: broken });
    expect(asked).toHaveLength(3);
  });

  it.each([
    ["a refusal", refused(422, "unprocessable")],
    ["a fault of ours", refused(500, "internal")],
    ["a wait of an hour", refused(429, "rateLimited", { "Retry-After": "3600" })],
  ])("is not done after %s", async (_, answer) => {
    const { client, asked } = scripted([answer]);
    await expect(client.createVideo({ body: {} })).rejects.toBeInstanceOf(SluiceError);
    expect(asked).toHaveLength(1);
  });

  it("is not done where If-Match would refuse what was done already", async () => {
    const { client, asked } = scripted([new TypeError("line broke")]);
    await expect(client.deleteVideo({ videoId: "x", ifMatch: '"1.x"' })).rejects.toBeInstanceOf(SluiceError);
    expect(asked).toHaveLength(1);
  });

  it("takes what a lost answer deleted for deleted", async () => {
    const { client } = scripted([new TypeError("line broke"), refused(404, "notFound")]);
    await expect(client.deleteVideo({ videoId: "x" })).resolves.toBeUndefined();
  });

  it("is not done for who took it back", async () => {
    const { client, asked } = scripted([new DOMException("aborted", "AbortError")]);
    const signal = AbortSignal.abort();
    await expect(client.getVideo({ videoId: "x", signal })).rejects.toMatchObject({ name: "AbortError" });
    expect(asked).toHaveLength(1);
  });
});

describe("an answer", () => {
  it("that is a picture or a film is given as its bytes, and text as text", async () => {
    const bytes = Uint8Array.of(0xff, 0xd8, 0x00, 0xfe);
    const { client } = scripted([
      new Response(bytes, { headers: { "Content-Type": "image/jpeg" } }),
      new Response("WEBVTT", { headers: { "Content-Type": "text/vtt; charset=utf-8" } }),
    ]);
    const picture = await client.getVideoThumbnail({ videoId: "x" });
    expect(new Uint8Array(await picture.arrayBuffer())).toEqual(bytes);
    expect(await client.getSubtitles({ videoId: "x", file: "t0.vtt" })).toBe("WEBVTT");
  });

  it("has a tag by which what it shows is changed", async () => {
    const { client, asked } = scripted([
      json({ id: "x" }, { headers: { "Content-Type": "application/json", ETag: '"7.a"' } }),
      json({ id: "x" }),
    ]);
    const video = await client.getVideo({ videoId: "x" });
    const ifMatch = etagOf(video) ?? "";
    const changed = await client.patchVideo({ videoId: "x", body: { title: "y" }, ifMatch });
    expect(asked[1]?.headers.get("If-Match")).toBe('"7.a"');
    expect(etagOf(changed)).toBeUndefined();
  });
});

it("gives every entry of a list, page by page, with the filters of the first", async () => {
  const { client, asked } = scripted([
    json({ data: [{ id: "a" }, { id: "b" }], nextCursor: "c1" }),
    json({ data: [{ id: "c" }], nextCursor: null }),
  ]);
  const ids: string[] = [];
  for await (const { id } of client.each("listVideos", { query: { tag: "t" } })) ids.push(id);
  expect(ids).toEqual(["a", "b", "c"]);
  expect(asked.map(({ url }) => new URL(url).search)).toEqual(["?tag=t", "?tag=t&cursor=c1"]);
});

describe("an upload", () => {
  const made = { id: "upl_1", url: "https://video.example/v1/uploads/upl_1/s" };

  it("is made, sent as one likes, and given as it is then", async () => {
    const { client } = scripted([json(made, { status: 201 }), json({ id: "upl_1", state: "completed" })]);
    const sent: string[] = [];
    const upload = await client.upload("the file", async ({ url }, file) => void sent.push(url, file));
    expect(sent).toEqual([made.url, "the file"]);
    expect(upload.state).toBe("completed");
  });

  it("goes by a tus client that is given, told whether the length is known, and fails as that fails", async () => {
    interface TusOptions {
      readonly uploadUrl: string;
      readonly uploadLengthDeferred: boolean;
      readonly onError: (error: Error) => void;
    }
    const seen: unknown[] = [];
    class Tus {
      readonly #options: TusOptions;
      constructor(_: string, options: TusOptions) {
        this.#options = options;
      }
      start() {
        const { uploadUrl, uploadLengthDeferred, onError } = this.#options;
        seen.push([uploadUrl, uploadLengthDeferred]);
        onError(new Error("no line"));
      }
      abort() {}
    }
    for (const sizeBytes of [8, null])
      await expect(byTus(Tus)({ ...made, sizeBytes } as never, "file", {})).rejects.toThrow("no line");
    expect(seen).toEqual([
      [made.url, false],
      [made.url, true],
    ]);
  });

  it("by PUT that can't be reached says so", async () => {
    await expect(byPut({ url: "http://127.0.0.1:1/" } as never, new Blob(["x"]), {})).rejects.toMatchObject({
      status: 0,
    });
  });
});
