// What holds for the whole API: by a table over its own OpenAPI document, so a new route is in it at once.
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { api } from "#workers/api.ts";
import { call, insertApiKey, problemOf, secretOf } from "#workers/testing/api-client.ts";
import committed from "../../openapi.json";

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly takesJson: boolean;
  /** Something else, whose faults come before those of ids. */
  readonly takesFile: boolean;
  /** What the document shows to send. */
  readonly example: unknown;
  /** False: whoever asks is answered, by what the body or nothing shows. */
  readonly needsKey: boolean;
  readonly statuses: readonly string[];
}

interface Described {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Record<string, { readonly example?: unknown }> };
  readonly responses: Record<string, unknown>;
  readonly security?: readonly object[];
}

const methods = ["get", "post", "put", "patch", "delete"] as const;
/** Their bodies are files, and what they refuse is said by their protocols: a table of their own. */
const isTus = (path: string) => path === "/v1/uploads/tus" || path === "/v1/uploads/unknown/unknown";
const isPlayback = (path: string) => path.startsWith("/p/");

const operations: readonly Operation[] = Object.entries<Partial<Record<string, Described>>>(
  committed.paths as never,
).flatMap(([path, item]) =>
  methods.flatMap((method) => {
    const operation = item[method];
    if (operation === undefined) return [];
    const json = operation.requestBody?.content["application/json"];
    return [
      {
        method: method.toUpperCase(),
        path: path.replaceAll(/\{[a-zA-Z]+\}/g, "unknown"),
        operationId: operation.operationId,
        takesJson: json !== undefined,
        takesFile: operation.requestBody !== undefined && json === undefined,
        example: json?.example,
        needsKey: operation.security === undefined,
        statuses: Object.keys(operation.responses),
      },
    ];
  }),
);

const table = operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const);
const ours = table.filter(([, { path }]) => !isTus(path) && !isPlayback(path));
const tus = Object.entries<Partial<Record<string, Described>>>(committed.paths as never)
  .filter(([path]) => path === "/v1/uploads/{uploadId}/{secret}")
  .flatMap(([, item]) =>
    Object.entries(item).map(
      ([method, described]) => [method.toUpperCase(), described?.responses ?? {}] as const,
    ),
  );
const tusUrl = "/v1/uploads/upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4/kq1mH0b7cJ5r2dQw8Zt3Vg";
const tusHeaders = {
  "Tus-Resumable": "1.0.0",
  "Upload-Offset": "0",
  "Content-Type": "application/offset+octet-stream",
};
const withKeys = table.filter(([, { needsKey }]) => needsKey);
/** A creator is whoever our users say; none is unknown. */
const namesOurId = (path: string) => path.includes("unknown") && !path.includes("/creators/");
const withIds = ours.filter(([, { path, takesFile }]) => namesOurId(path) && !takesFile);
const withJson = table.filter(([, { takesJson, path }]) => takesJson && !isPlayback(path));
const played = table
  .filter(([, { path }]) => isPlayback(path))
  .map(
    ([name, { path, ...rest }]) =>
      [name, { ...rest, path: path.replaceAll("unknown", "A".repeat(22)) }] as const,
  );
const repeatable = ours.filter(([, { method, needsKey }]) => method === "POST" && needsKey);
const methodsByPath = Map.groupBy(ours, ([, { path }]) => path);

let admin: string;
beforeAll(async () => {
  admin = await insertApiKey("admin");
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("every operation of the contract", () => {
  it("is there to be tested", () => {
    expect(table.length).toBeGreaterThanOrEqual(13);
  });

  it("needs an API key, except these", () => {
    const open = ours.filter(([, { needsKey }]) => !needsKey).map(([name]) => name);
    expect(open.toSorted()).toEqual([
      "GET /.well-known/jwks.json",
      "GET /healthz",
      // With a secret of its own.
      "GET /metrics",
      "GET /oembed",
      "GET /openapi.json",
      // Whoever holds the URL of an upload may.
      "GET /v1/uploads/unknown/unknown/parts",
      "POST /v1/playback-tokens/refresh",
      "POST /v1/uploads/unknown/unknown/complete",
      "POST /v1/uploads/unknown/unknown/events-ticket",
    ]);
  });

  it.each(withKeys)(
    "%s answers 401 without a key, whatever the body",
    async (_, { method, path, takesJson }) => {
      const response = await call(method, path, takesJson ? { body: "{" } : {});
      expect([response.status, (await problemOf(response)).code]).toEqual([401, "unauthenticated"]);
      expect(response.headers.get("WWW-Authenticate")).toContain("Bearer");
    },
  );

  it.each(withKeys)("%s answers 403 to a key without the scope", async (_, { method, path, takesJson }) => {
    // Each operation needs one scope; of these two keys at least one lacks it.
    const keys = [await insertApiKey("videos:read"), await insertApiKey("uploads:write")];
    const codes: string[] = [];
    for (const token of keys) {
      const response = await call(method, path, { token, ...(takesJson ? { json: {} } : {}) });
      if (response.status === 403) codes.push((await problemOf(response)).code);
      else await response.body?.cancel();
    }
    expect(codes).toContain("forbidden");
  });

  it("has a name of its own", () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  it("that changes something with If-Match has a GET that gives what to send", () => {
    const shown = new Set(ours.filter(([, { method }]) => method === "GET").map(([, { path }]) => path));
    const changes = ours.filter(([, { method }]) => ["PUT", "PATCH", "DELETE"].includes(method));
    expect(changes.filter(([, { path }]) => !shown.has(path)).map(([name]) => name)).toEqual([]);
  });

  it.each(ours)("%s documents its refusals", (_, { statuses, path, takesJson, needsKey }) => {
    if (needsKey) expect(statuses).toEqual(expect.arrayContaining(["401", "403", "429"]));
    if (namesOurId(path)) expect(statuses).toContain("404");
    if (takesJson) expect(statuses).toEqual(expect.arrayContaining(["400", "413", "415", "422"]));
  });

  it.each(withIds)(
    "%s answers 404 for an id there is not",
    async (_, { method, path, takesJson, example }) => {
      const response = await call(method, path, { token: admin, ...(takesJson ? { json: example } : {}) });
      expect([response.status, (await problemOf(response)).code]).toEqual([404, "notFound"]);
    },
  );

  it.each(tus)(
    "%s of an upload's URL answers 404 for one there is not, and documents so",
    async (method, said) => {
      const body = ["PATCH", "PUT"].includes(method) ? { body: "film" } : {};
      const response = await call(method, tusUrl, { headers: tusHeaders, ...body });
      expect(response.status).toBe(404);
      if (method === "HEAD") expect(await response.text()).toBe("");
      else expect((await problemOf(response)).code).toBe("notFound");
      expect(Object.keys(said)).toEqual(expect.arrayContaining(["403", "404", "410", "423"]));
    },
  );

  it.each(tus.filter(([method]) => method !== "PUT"))(
    "%s of an upload's URL answers 412 to another version of tus, and documents so",
    async (method, said) => {
      const headers = { ...tusHeaders, "Tus-Resumable": "0.2.2" };
      const response = await call(method, tusUrl, { headers });
      expect([response.status, response.headers.get("Tus-Version")]).toEqual([412, "1.0.0"]);
      await response.body?.cancel();
      expect(Object.keys(said)).toContain("412");
    },
  );

  it("of an upload's URL are these, and another method is answered 405", async () => {
    const response = await call("POST", tusUrl, { headers: tusHeaders });
    expect([response.status, (await problemOf(response)).code]).toEqual([405, "methodNotAllowed"]);
    const allowed = response.headers.get("Allow")?.split(", ") ?? [];
    expect(allowed.toSorted()).toEqual([...tus.map(([method]) => method), "OPTIONS"].toSorted());
  });

  it("is every route that the API has, but those of runners and of sessions of our own pages", () => {
    const described = new Set(
      Object.entries(committed.paths).flatMap(([path, item]) =>
        Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
      ),
    );
    const registered = api.routes
      .filter(({ path, method }) => !path.includes("*") && method !== "ALL")
      .map(({ path, method }) => `${method} ${path.replaceAll(/:(\w+)(?:\{.*?\})?/g, "{$1}")}`)
      .filter((name) => !/^\w+ \/(?:internal|dashboard)\//.test(name));
    const missing = [...new Set(registered)].filter((name) => !described.has(name));
    expect(missing.toSorted()).toEqual([
      // Refused by the handler: what an upload's URL takes is above.
      ...["GET", "OPTIONS", "POST"].map((method) => `${method} /v1/uploads/{uploadId}/{secret}`),
    ]);
  });

  it.each(played)(
    "%s answers 404 for a playback id there is not",
    async (_, { method, path, takesJson, example }) => {
      const response = await call(method, path, takesJson ? { json: example } : {});
      expect(response.status).toBe(404);
      if (!path.endsWith("/embed")) expect((await problemOf(response)).code).toBe("notFound");
      else await response.body?.cancel();
    },
  );

  it.each(played)("%s answers 405 to another method, and says which it has", async (_, { method, path }) => {
    const response = await call("DELETE", path);
    expect([response.status, (await problemOf(response)).code]).toEqual([405, "methodNotAllowed"]);
    expect(response.headers.get("Allow")?.split(", ")).toContain(method);
  });

  it.each(withJson)(
    "%s refuses what is not JSON, not UTF-8, too much or of another type",
    async (_, { method, path }) => {
      const send = async (body: BodyInit, contentType: string) => {
        const response = await call(method, path, {
          token: admin,
          body,
          headers: { "Content-Type": contentType },
        });
        return [response.status, (await problemOf(response)).code];
      };
      expect(await send("{", "application/json")).toEqual([400, "invalidJson"]);
      expect(await send(new Uint8Array([0x22, 0xff, 0x22]), "application/json")).toEqual([
        400,
        "invalidJson",
      ]);
      expect(await send(`"${"x".repeat(1_000_000)}"`, "application/json")).toEqual([413, "bodyTooLarge"]);
      expect(await send("{}", "text/plain")).toEqual([415, "unsupportedMediaType"]);
      expect(await send("7", "application/json; charset=utf-8")).toEqual([422, "unprocessable"]);
    },
  );

  it.each(withJson)("%s takes the example that the document shows", async (_, { method, path, example }) => {
    const response = await call(method, path, { token: admin, json: example });
    const text = await response.text();
    expect([response.status, text]).not.toEqual([expect.toBeOneOf([400, 413, 415, 500]), expect.anything()]);
    // What an example names may not be there; that its fields fit is what must be.
    if (response.status === 422) expect(JSON.parse(text)).not.toHaveProperty("code", "unprocessable");
  });

  it.each(repeatable)(
    "%s is done once for one idempotency key",
    async (_, { method, path, takesJson, example }) => {
      const body = takesJson ? JSON.stringify(example) : undefined;
      const headers = {
        "Idempotency-Key": crypto.randomUUID(),
        ...(takesJson ? { "Content-Type": "application/json" } : {}),
      };
      const send = (sent: string | undefined) =>
        call(method, path, { token: admin, headers, ...(sent === undefined ? {} : { body: sent }) });
      const first = await send(body);
      const again = await send(body);
      expect(again.status).toBe(first.status);
      const isKept = again.headers.get("Idempotent-Replayed") === "true";
      expect(isKept).toBe(first.ok || [404, 409, 410].includes(first.status));
      if (isKept) expect(await again.text()).toBe(await first.text());
      if (!isKept || body === undefined) return;
      const other = await send(`${body} `);
      expect([other.status, (await problemOf(other)).code]).toEqual([422, "idempotencyKeyReused"]);
    },
  );

  it.each([...methodsByPath])(
    "%s answers 405 to other methods, and says which it has",
    async (path, there) => {
      const known = there.map(([, { method }]) => method);
      const wrong =
        ["PUT", "DELETE", "POST", "PATCH", "GET"].find((method) => !known.includes(method)) ?? "TRACE";
      const response = await call(wrong, path, { token: admin });
      // Another path of the same shape may have the method: it is then no route's 405.
      if (response.status === 405) {
        const allowed = response.headers.get("Allow")?.split(", ");
        expect(allowed).toEqual(expect.arrayContaining(known));
        expect((await problemOf(response)).code).toBe("methodNotAllowed");
      } else expect(methodsOfShape(path)).toContain(wrong);
    },
  );

  it.each(ours)("%s says what a caller may ask, and who asked", async (_, { method, path }) => {
    const response = await call(method, path, { token: admin });
    await response.body?.cancel();
    if (path.startsWith("/v1/"))
      expect(response.headers.get("RateLimit-Policy")).toMatch(/^"[a-zA-Z]+";q=\d+;w=\d+$/);
    expect(response.headers.get("X-Request-Id")).toMatch(/./);
  });

  it("counts the bytes of a body that announces no length", async () => {
    const chunk = new Uint8Array(100_000).fill(0x20);
    let pulls = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulls += 1;
        if (pulls > 30) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const response = await call("POST", "/v1/videos", {
      token: admin,
      body,
      headers: { "Content-Type": "application/json" },
    });
    expect([response.status, (await problemOf(response)).code]).toEqual([413, "bodyTooLarge"]);
  });

  it("refuses a missing body where one is required", async () => {
    const response = await call("POST", "/v1/videos", { token: admin });
    expect([response.status, (await problemOf(response)).code]).toEqual([400, "invalidJson"]);
  });
});

/** Of all paths that a path could also be: `/v1/uploads/{uploadId}` is one that `/v1/uploads/tus` could be. */
function methodsOfShape(path: string): readonly string[] {
  const parts = path.split("/");
  return operations
    .filter(({ path: other }) => {
      const others = other.split("/");
      return (
        others.length === parts.length && others.every((part, at) => part === "unknown" || part === parts[at])
      );
    })
    .map(({ method }) => method);
}

describe("paths and methods", () => {
  it.each(["/v1/", "/v1/nothing", "/v1/videos/a/b/c", "/internal/v1/nothing", "/internal/"])(
    "GET %s is 404",
    async (path) => {
      const response = await call("GET", path, { token: admin });
      expect([response.status, (await problemOf(response)).code]).toEqual([404, "notFound"]);
    },
  );

  it.each([
    ["DELETE", "/v1/videos", "GET, HEAD, OPTIONS, POST"],
    ["PUT", "/v1/videos/vid_x", "DELETE, GET, HEAD, OPTIONS, PATCH"],
    ["PATCH", "/v1/api-keys", "GET, HEAD, OPTIONS, POST"],
    ["POST", "/healthz", "GET, HEAD, OPTIONS"],
    ["POST", "/metrics", "GET, HEAD, OPTIONS"],
    ["DELETE", "/openapi.json", "GET, HEAD, OPTIONS"],
  ])("%s %s is 405 and says what is allowed", async (method, path, allow) => {
    const response = await call(method, path, { token: admin });
    expect([response.status, response.headers.get("Allow")]).toEqual([405, allow]);
    expect((await problemOf(response)).code).toBe("methodNotAllowed");
  });

  it("a watch page takes GET and HEAD only", async () => {
    const response = await call("POST", "/watch/AAAAAAAAAAAAAAAAAAAAAA");
    expect([response.status, response.headers.get("Allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("a watch page is never framed by strangers, sniffed or stored", async () => {
    const response = await call("GET", "/watch/AAAAAAAAAAAAAAAAAAAAAA");
    await response.body?.cancel();
    expect(response.headers.get("Content-Security-Policy")).toMatch(/default-src 'none'; script-src 'self';/);
    expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });
});

describe("every answer", () => {
  it("carries the caller's request id, in the header and in a problem", async () => {
    const headers = { "X-Request-Id": "from-the-caller-1" };
    const ok = await call("GET", "/v1/videos", { token: admin, headers });
    expect(ok.headers.get("X-Request-Id")).toBe("from-the-caller-1");
    const refused = await call("GET", "/v1/videos/x", { token: admin, headers });
    expect(refused.headers.get("X-Request-Id")).toBe("from-the-caller-1");
    expect((await problemOf(refused)).requestId).toBe("from-the-caller-1");
  });

  it("carries a new request id when the caller's could harm a log", async () => {
    const response = await call("GET", "/v1/videos", {
      token: admin,
      headers: { "X-Request-Id": 'x" injected="1' },
    });
    expect(response.headers.get("X-Request-Id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("is not kept by any cache", async () => {
    for (const [method, path] of [
      ["GET", "/v1/videos"],
      ["GET", "/v1/videos/x"],
      ["GET", "/v1/nothing"],
      ["GET", "/metrics"],
      ["GET", "/healthz"],
    ] as const) {
      const response = await call(method, path, { token: admin });
      expect([path, response.headers.get("Cache-Control")]).toEqual([path, "no-store"]);
      await response.body?.cancel();
    }
  });

  it.each([
    ["a success", "GET", "/v1/videos", 200],
    ["a refusal", "GET", "/v1/videos/x", 404],
    ["a path there is not", "GET", "/v1/nothing", 404],
    ["a method there is not", "PUT", "/v1/videos", 405],
    ["a missing key", "GET", "/v1/videos?nokey", 401],
  ])("can be read by a page of any origin: %s", async (_, method, path, status) => {
    const response = await call(method, path, {
      ...(path.endsWith("nokey") ? {} : { token: admin }),
      headers: { Origin: "https://app.example" },
    });
    await response.body?.cancel();
    expect(response.status).toBe(status);
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(response.headers.get("Access-Control-Allow-Credentials")).toBeNull();
    expect(response.headers.get("Access-Control-Expose-Headers")).toContain("X-Request-Id");
  });

  it("allows a preflight for what a page sends", async () => {
    const response = await call("OPTIONS", "/v1/videos/x", {
      headers: {
        Origin: "https://app.example",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,content-type",
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("Access-Control-Allow-Methods")).toContain("PATCH");
    expect(response.headers.get("Access-Control-Allow-Headers")).toContain("Authorization");
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
  });
});

describe("what breaks", () => {
  it("is answered bare and logged", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    vi.spyOn(env.DB, "batch").mockRejectedValue(new Error("table videos has no column secret_sauce"));
    const response = await call("GET", "/v1/videos/x", { token: admin });
    const problem = await problemOf(response);
    expect(problem).toEqual({
      type: "https://sluice.video/errors/internal",
      title: "Something broke on our side",
      status: 500,
      code: "internal",
      requestId: response.headers.get("X-Request-Id"),
    });
    expect(logged.mock.calls.join()).toContain("secret_sauce");
  });
});

describe("the log", () => {
  it("has one line a request, with the route's pattern and the key's id, and no secret", async () => {
    const logged = vi.spyOn(console, "log").mockImplementation(() => undefined);
    await call("GET", "/v1/videos/vid_private?token=querysecret", { token: admin });
    const lines = logged.mock.calls
      .map(([line]) => String(line))
      .filter((line) => line.includes("http.request"));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(String(lines[0]))).toEqual({
      level: "info",
      event: "http.request",
      requestId: expect.any(String),
      method: "GET",
      route: "/v1/videos/:videoId",
      status: 404,
      ms: expect.any(Number),
      keyId: expect.stringMatching(/^key_/),
    });
    expect(logged.mock.calls.join()).not.toContain("querysecret");
    expect(logged.mock.calls.join()).not.toContain(secretOf(admin));
  });
});

describe("the requests of runners", () => {
  it("are counted under their route, whatever the methods it takes", async () => {
    const logged = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const response = await call("GET", "/internal/v1/objects/not-a-token");
    await response.body?.cancel();
    const line = logged.mock.calls
      .map(([text]) => String(text))
      .find((text) => text.includes("http.request"));
    expect(line).toContain('"route":"/internal/v1/objects/:token"');
    expect(line).not.toContain("not-a-token");
  });
});

describe("/openapi.json", () => {
  it("is the committed contract", async () => {
    const response = await call("GET", "/openapi.json");
    expect(await response.json()).toEqual(committed);
  });

  it("is OpenAPI 3.1 whose references all lead somewhere", () => {
    expect(committed.openapi).toMatch(/^3\.1\./);
    const names = new Set(Object.keys(committed.components.schemas));
    const used = [...JSON.stringify(committed).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      (match) => match[1],
    );
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((name) => name === undefined || !names.has(name))).toEqual([]);
  });
});

describe("/healthz", () => {
  it("is ok when D1 and R2 answer", async () => {
    const response = await call("GET", "/healthz");
    expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  });

  it("names what does not answer", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    vi.spyOn(env.MEDIA, "head").mockRejectedValue(new Error("down"));
    const response = await call("GET", "/healthz");
    expect([response.status, await response.json()]).toEqual([503, { status: "failing", failing: ["r2"] }]);
  });
});
