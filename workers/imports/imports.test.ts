// A file is fetched from where it is, whatever its server does on the way.
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import { restart } from "#workers/testing/restart.ts";
import { tinyFilm } from "#workers/testing/tiny-film.ts";
import { keepEvents, toldEvents } from "#workers/testing/told-events.ts";
import { firstDifference, storedSource, until } from "#workers/testing/tus-client.ts";
import type { Import } from "./contract.ts";

const url = "https://files.example/films/a%20film.mp4?key=secret";
const film = tinyFilm([4, 4]).bytes;

interface Asked {
  readonly url: string;
  readonly headers: Headers;
}
type Serve = (asked: Asked, number: number) => Response | Promise<Response>;

let token: string;
let asked: Asked[];
let serve: Serve;

beforeEach(async () => {
  token = await insertApiKey("uploads:write", "videos:read", "videos:write");
  asked = [];
  serve = ranges(film);
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    asked.push({ url: request.url, headers: request.headers });
    return serve({ url: request.url, headers: request.headers }, asked.length);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** As servers of files do it; `most` bytes at a time, whatever was asked. */
function ranges(bytes: Uint8Array<ArrayBuffer>, most = bytes.length, etag = '"one"'): Serve {
  return ({ headers }) => {
    const [, from = "0", to = ""] = /^bytes=(\d+)-(\d+)$/.exec(headers.get("Range") ?? "") ?? [];
    const first = Number(from);
    const ifRange = headers.get("If-Range");
    if (ifRange !== null && ifRange !== etag) return new Response(bytes, { headers: { ETag: etag } });
    const end = Math.min(Number(to) + 1, first + most, bytes.length);
    return new Response(bytes.slice(first, end), {
      status: 206,
      headers: { ETag: etag, "Content-Range": `bytes ${first}-${end - 1}/${bytes.length}` },
    });
  };
}

async function begin(more: object = {}): Promise<Import> {
  const answer = await call("POST", "/v1/imports", { token, json: { url, ...more } });
  expect(answer.status).toBe(201);
  return answer.json();
}

async function get(id: string): Promise<Import> {
  return (await call("GET", `/v1/imports/${id}`, { token })).json();
}

/** Its alarms are rung without the waits between them. */
async function untilEnded({ id, uploadId }: Import): Promise<Import> {
  return until(async () => {
    await runDurableObjectAlarm(env.UPLOADS.getByName(uploadId));
    const now = await get(id);
    return now.state === "queued" || now.state === "fetching" ? null : now;
  });
}

async function expectWhole(begun: Import): Promise<void> {
  const ended = await untilEnded(begun);
  expect(ended).toMatchObject({
    state: "completed",
    receivedBytes: film.length,
    sizeBytes: film.length,
    error: null,
  });
  expect(firstDifference(await storedSource(begun.videoId), film)).toBeNull();
}

describe("an import", () => {
  test("is the file, in a video that says what was asked for and plays at once", async () => {
    const begun = await begin({ title: "A film", creator: "u_1", tags: ["t"] });
    expect(begun).toMatchObject({
      state: "queued",
      url: "https://files.example/films/a%20film.mp4",
      receivedBytes: 0,
      sizeBytes: null,
    });
    await expectWhole(begun);
    const video = await (await call("GET", `/v1/videos/${begun.videoId}`, { token })).json();
    expect(video).toMatchObject({
      title: "A film",
      creator: "u_1",
      tags: ["t"],
      source: { name: "a film.mp4", sizeBytes: film.length },
      status: { playable: true },
    });
    expect(asked[0]?.url).toBe(url);
    expect(asked[0]?.headers.get("Accept-Encoding")).toBe("identity");
  });

  test("comes range by range, each on from the last, and of the same file", async () => {
    serve = ranges(film, Math.ceil(film.length / 5));
    await expectWhole(await begin());
    expect(asked.map(({ headers }) => headers.get("If-Range"))).toEqual([null, ...Array(4).fill('"one"')]);
  });

  test("goes on from what is durable when its object dies, and after answers that break off", async () => {
    const part = Math.ceil(film.length / 4);
    serve = (request, number) => {
      const answer = ranges(film, part)(request, number) as Response;
      if (number !== 2 || answer.body === null) return answer;
      const broken = new ReadableStream({
        type: "bytes",
        start: (controller) => controller.enqueue(film.slice(part, part + 100)),
        pull: () => {
          throw new Error("the line went dead");
        },
      });
      return new Response(broken, answer);
    };
    const begun = await begin();
    await until(async () => (asked.length >= 2 ? true : null));
    await restart(env.UPLOADS.getByName(begun.uploadId));
    await expectWhole(begun);
  });

  test("begins anew when the file becomes another in the middle", async () => {
    const other = tinyFilm([2, 2]).bytes;
    serve = (request, number) =>
      number <= 2
        ? ranges(other, 5_000, '"old"')(request, number)
        : ranges(film, film.length, '"new"')(request, number);
    await expectWhole(await begin());
  });

  test("takes the whole of a server that knows no ranges, also without a length", async () => {
    serve = () => new Response(film);
    await expectWhole(await begin());
    serve = () => {
      const { readable, writable } = new IdentityTransformStream();
      const writer = writable.getWriter();
      void writer.write(film).then(() => writer.close());
      return new Response(readable);
    };
    await expectWhole(await begin());
  });

  test("waits for a server that is busy, and as long as that asks", async () => {
    serve = (request, number) =>
      number <= 3
        ? new Response("busy", { status: number === 2 ? 429 : 503, headers: { "Retry-After": "600" } })
        : ranges(film)(request, number);
    await expectWhole(await begin());
    expect(asked).toHaveLength(4);
  });

  test("shows its headers to the origin that was named and to no other, and to nobody who asks the API", async () => {
    serve = (request, number) =>
      number === 1
        ? new Response(null, { status: 302, headers: { Location: "https://cdn.example/f" } })
        : number === 2
          ? new Response(null, { status: 307, headers: { Location: "https://files.example/again" } })
          : ranges(film)(request, number);
    const begun = await begin({ headers: { Authorization: "Bearer s3cret" } });
    expect(JSON.stringify(begun)).not.toContain("s3cret");
    await expectWhole(begun);
    expect(asked.map(({ headers }) => headers.get("Authorization"))).toEqual(["Bearer s3cret", null, null]);
    const rows = await env.DB.prepare("SELECT * FROM imports, uploads").all();
    expect(JSON.stringify(rows.results)).not.toMatch(/s3cret|key=secret/);
  });

  test("that is cancelled leaves nothing", async () => {
    serve = () => new Response("busy", { status: 503 });
    const begun = await begin();
    await until(async () => (asked.length > 0 ? true : null));
    expect((await call("DELETE", `/v1/imports/${begun.id}`, { token })).status).toBe(204);
    expect(await untilEnded(begun)).toMatchObject({ state: "cancelled", error: { code: "uploadCancelled" } });
    expect(await storedSource(begun.videoId)).toBeNull();
  });
});

describe("an import tells", () => {
  const told = async ({ id }: Import) =>
    (await toldEvents()).flatMap(({ type, data }) =>
      type.startsWith("import.") && "id" in data && data.id === id ? [[type, data]] : [],
    );

  test("of its beginning and of its file, as the API shows it", async () => {
    keepEvents();
    const begun = await begin();
    const ended = await untilEnded(begun);
    expect(await told(begun)).toEqual([
      ["import.created", begun],
      ["import.completed", ended],
    ]);
  });

  test.each([
    ["failed", "importRefused"],
    ["cancelled", "uploadCancelled"],
  ])("that it has %s, and why", async (state, code) => {
    keepEvents();
    serve = () => new Response("no", { status: state === "failed" ? 404 : 503 });
    const begun = await begin();
    if (state === "cancelled") await call("DELETE", `/v1/imports/${begun.id}`, { token });
    await untilEnded(begun);
    expect(await told(begun)).toMatchObject([
      ["import.created", { state: "queued" }],
      [`import.${state}`, { state, error: { code }, videoId: begun.videoId }],
    ]);
  });
});

const html = { "Content-Type": "text/html; charset=utf-8" };
const never = () => new Response("later", { status: 500 });
const to = (Location: string) => () => new Response(null, { status: 302, headers: { Location } });

test.each([
  ["is not there", () => new Response("no", { status: 404 }), "importRefused"],
  ["is not for us", () => new Response("no", { status: 401 }), "importRefused"],
  ["says something that is not a file", () => new Response(null, { status: 204 }), "importRefused"],
  [
    "lies about the range",
    () => new Response(film, { status: 206, headers: { "Content-Range": "bytes 5-9/20" } }),
    "importRefused",
  ],
  ["is a page", () => new Response("<p>Log in", { headers: html }), "importNotMedia"],
  [
    "comes compressed",
    () => new Response(film, { headers: { "Content-Encoding": "zstd" } }),
    "importNotMedia",
  ],
  ["has no bytes", () => new Response(null, { headers: { "Content-Length": "0" } }), "emptyFile"],
  ["never answers well", never, "importNotReached"],
  ["is never the same", (_: Asked, n: number) => ranges(film, 1_000, `"${n}"`)(_, n), "importNotReached"],
  ["leads to a private address", to("https://169.254.169.254/latest"), "importTargetRefused"],
  ["leads away from https", to("http://files.example/"), "importTargetRefused"],
  ["leads in circles", to(url), "importTargetRefused"],
  ["leads nowhere", () => new Response(null, { status: 302 }), "importTargetRefused"],
])("a source that %s ends the import, and nothing is kept", async (_what, answer, code) => {
  serve = answer;
  const begun = await begin();
  expect(await untilEnded(begun)).toMatchObject({ state: "failed", error: { code } });
  const video = await (await call("GET", `/v1/videos/${begun.videoId}`, { token })).json();
  expect(video).toMatchObject({ status: { state: "error", error: { code } } });
  expect(await storedSource(begun.videoId)).toBeNull();
});

test.each([
  ["says so", () => new Response(film, { headers: { "Content-Length": String(film.length) } })],
  ["says so of a range", ranges(film)],
  [
    "has no end",
    () =>
      new Response(
        new ReadableStream({
          type: "bytes",
          pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
        }),
      ),
  ],
])("a file that is longer than allowed, and %s, is not taken", async (_what, answer) => {
  serve = answer;
  const begun = await begin({ maxSizeBytes: 1_000 });
  expect(await untilEnded(begun)).toMatchObject({ state: "failed", error: { code: "sourceTooLarge" } });
  expect(await storedSource(begun.videoId)).toBeNull();
});

test.each([
  ...[
    "http://files.example/a",
    "https://10.0.0.1/a",
    "https://[::1]/a",
    "https://localhost/a",
    "file:///etc/passwd",
  ],
  ...["https://a:b@files.example/", "https://files.example:22/", "not a url"],
])("%s is refused before anything is made", async (wrong) => {
  const answer = await call("POST", "/v1/imports", { token, json: { url: wrong } });
  expect(answer.status).toBe(422);
  expect(asked).toEqual([]);
});

test.each([{ Range: "bytes=0-" }, { host: "x" }, { "X-A": "b\r\nc: d" }, { "a b": "c" }])(
  "headers %j are refused",
  async (headers) => {
    expect((await call("POST", "/v1/imports", { token, json: { url, headers } })).status).toBe(422);
  },
);
