import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { authenticate } from "./authenticate.ts";

let admin: string;
beforeEach(async () => {
  await env.DB.prepare("DELETE FROM api_keys").run();
  admin = await insertApiKey("admin");
});

interface Created {
  readonly id: string;
  readonly token: string;
}

async function create(...scopes: string[]): Promise<Created> {
  const response = await call("POST", "/v1/api-keys", { token: admin, json: { name: "site", scopes } });
  expect(response.status).toBe(201);
  return response.json();
}

const bearer = (token: string) =>
  new Request("https://sluice.test/", { headers: { Authorization: `Bearer ${token}` } });

describe("API keys", () => {
  it("are shown once and kept as a hash", async () => {
    const created = await create("videos:read");
    expect(Object.keys(created).toSorted()).toEqual([
      "createdAt",
      "id",
      "lastUsedAt",
      "name",
      "scopes",
      "token",
    ]);
    const secret = created.token.slice(`sluice_${created.id}_`.length);
    const rows = await env.DB.prepare("SELECT * FROM api_keys").all();
    expect(JSON.stringify(rows.results)).not.toContain(secret);
    const listed = await (await call("GET", "/v1/api-keys", { token: admin })).text();
    expect(listed).toContain(created.id);
    expect(listed).not.toContain(secret);
    expect(listed).not.toContain("secret");
  });

  it("may do what their scopes say, and nothing else", async () => {
    const { token } = await create("videos:read");
    expect((await call("GET", "/v1/videos", { token })).status).toBe(200);
    const refused = await call("POST", "/v1/videos", { token, json: {} });
    expect([refused.status, (await problemOf(refused)).code]).toEqual([403, "forbidden"]);
    expect(refused.headers.get("WWW-Authenticate")).toContain('scope="videos:write"');
  });

  it("stop working at once in the isolate that revoked them", async () => {
    const { id, token } = await create("videos:read");
    expect((await call("GET", "/v1/videos", { token })).status).toBe(200);
    expect((await call("DELETE", `/v1/api-keys/${id}`, { token: admin })).status).toBe(204);
    expect((await call("GET", "/v1/videos", { token })).status).toBe(401);
    expect((await call("DELETE", `/v1/api-keys/${id}`, { token: admin })).status).toBe(404);
  });

  it("stop working within 5 s of a revocation elsewhere", async () => {
    const { id, token } = await create("videos:read");
    const nowMs = Date.now();
    expect((await authenticate(bearer(token), env, nowMs)).ok).toBe(true);
    await env.DB.prepare("UPDATE api_keys SET revoked_at = 1 WHERE id = ?").bind(id).run();
    expect((await authenticate(bearer(token), env, nowMs + 4_999)).ok).toBe(true);
    expect((await authenticate(bearer(token), env, nowMs + 5_000)).ok).toBe(false);
  });

  it("never lock everybody out: the last admin key stays", async () => {
    const { id, token } = await create("admin");
    const rows = await env.DB.prepare("SELECT id FROM api_keys WHERE id <> ?")
      .bind(id)
      .first<{ id: string }>();
    expect((await call("DELETE", `/v1/api-keys/${rows?.id}`, { token })).status).toBe(204);
    await createWith(token, "videos:read");
    const refused = await call("DELETE", `/v1/api-keys/${id}`, { token });
    expect([refused.status, (await problemOf(refused)).code]).toEqual([409, "conflict"]);
    expect((await call("GET", "/v1/api-keys", { token })).status).toBe(200);
  });

  it("say when they were used, at most once a minute", async () => {
    const { id, token } = await create("videos:read");
    const lastUsed = async () =>
      (
        await env.DB.prepare("SELECT last_used_at FROM api_keys WHERE id = ?")
          .bind(id)
          .first<{ last_used_at: number | null }>()
      )?.last_used_at ?? null;
    expect(await lastUsed()).toBeNull();
    await call("GET", "/v1/videos", { token });
    await expect.poll(lastUsed).not.toBeNull();
    const first = await lastUsed();
    await call("GET", "/v1/videos", { token });
    await call("GET", "/v1/videos", { token });
    expect(await lastUsed()).toBe(first);
  });

  it.each([
    ["no name", { scopes: ["admin"] }],
    ["no scope", { name: "x", scopes: [] }],
    ["a scope there is not", { name: "x", scopes: ["root"] }],
    ["a scope twice", { name: "x", scopes: ["admin", "admin"] }],
  ])("are not made with %s", async (_, json) => {
    const response = await call("POST", "/v1/api-keys", { token: admin, json });
    expect([response.status, (await problemOf(response)).code]).toEqual([422, "unprocessable"]);
  });
});

async function createWith(token: string, ...scopes: string[]): Promise<void> {
  expect((await call("POST", "/v1/api-keys", { token, json: { name: "x", scopes } })).status).toBe(201);
}

describe("a credential", () => {
  it("that is missing is answered with the scheme alone", async () => {
    const response = await call("GET", "/v1/videos");
    expect([response.status, response.headers.get("WWW-Authenticate")]).toEqual([
      401,
      'Bearer realm="sluice"',
    ]);
    expect((await problemOf(response)).code).toBe("unauthenticated");
  });

  it("of another kind or with another secret is answered alike", async () => {
    const { token, id } = await create("videos:read");
    const other = await create("videos:read");
    const secretOf = (key: Created) => key.token.slice(`sluice_${key.id}_`.length);
    for (const authorization of [
      "Basic dXNlcjpwYXNz",
      "Bearer",
      "Bearer nonsense",
      `Bearer ${token.slice(0, -1)}`,
      `Bearer ${token}x`,
      `Bearer sluice_${id}_${secretOf(other)}`,
      `Bearer sluice_key_00000000000000000000000000_${secretOf(other)}`,
      `Bearer ${env.RUNNER_TOKEN}`,
      `Bearer ${env.METRICS_TOKEN}`,
    ]) {
      const response = await call("GET", "/v1/videos", { headers: { Authorization: authorization } });
      expect([authorization, response.status]).toEqual([authorization, 401]);
      expect(response.headers.get("WWW-Authenticate")).toBe('Bearer realm="sluice", error="invalid_token"');
      await response.body?.cancel();
    }
  });
});
