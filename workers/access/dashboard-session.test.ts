// Sessions of the dashboard, through the Worker's own entry.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { call, insertApiKey, origin, problemOf } from "#workers/testing/api-client.ts";
import { openSession, readSession, sessionCookie } from "./dashboard-session.ts";

const ownPage = { "X-Sluice-Csrf": "1", Origin: origin };

let key: string;
beforeEach(async () => {
  key = await insertApiKey("admin");
});

interface SignedIn {
  readonly setCookie: string;
  readonly cookie: string;
}

async function signIn(token = key): Promise<SignedIn> {
  const answer = await call("POST", "/dashboard/session", { json: { key: token }, headers: ownPage });
  expect(answer.status).toBe(201);
  const setCookie = answer.headers.get("Set-Cookie") ?? "";
  return { setCookie, cookie: setCookie.split(";", 1)[0] ?? "" };
}

const keyIdOf = (token: string): string => /key_[0-9A-Z]{26}/.exec(token)?.[0] ?? "";

describe("signing in", () => {
  it("gives a cookie that no script reads, no other site sends and no plain line carries", async () => {
    const { setCookie } = await signIn();
    const [pair, ...flags] = setCookie.split("; ");
    expect(pair).toMatch(/^__Host-sluice=[\w-]{40,200}$/);
    expect(flags.toSorted()).toEqual(["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]);
  });

  it("names the cookie without the prefix where browsers would refuse it", () => {
    const local = sessionCookie(new Request("http://localhost:8787/dashboard/session"), "x");
    expect(local).toBe("sluice=x; Path=/; HttpOnly; SameSite=Strict");
  });

  it("tells of the key what is no secret, and keeps neither it nor the session's id", async () => {
    const answer = await call("POST", "/dashboard/session", { json: { key }, headers: ownPage });
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ keyId: keyIdOf(key), keyName: "test", scopes: ["admin"] });
    expect(text).not.toContain(key);
    const value = (answer.headers.get("Set-Cookie") ?? "").split(/[=;]/)[1] ?? "";
    const rows = JSON.stringify((await env.DB.prepare("SELECT * FROM dashboard_sessions").all()).results);
    expect(rows).not.toContain(value);
  });

  it.each([
    ["no key at all", { key: "" }, 422],
    ["something else", { token: "x" }, 422],
    ["what is no key", { key: "hello" }, 401],
    ["what is no header either", { key: "sluice_ключ\n" }, 401],
    ["an unknown key", { key: `sluice_key_${"0".repeat(26)}_${"a".repeat(43)}` }, 401],
  ])("refuses %s", async (_name, json, status) => {
    const answer = await call("POST", "/dashboard/session", { json, headers: ownPage });
    expect([answer.status, answer.headers.has("Set-Cookie")]).toEqual([status, false]);
  });

  it.each([
    ["without the header", { Origin: origin }],
    ["from another origin", { ...ownPage, Origin: "https://evil.example" }],
    ["from nowhere", { "X-Sluice-Csrf": "1" }],
    ["from another site, as the browser says", { ...ownPage, "Sec-Fetch-Site": "same-site" }],
  ])("refuses a request %s", async (_name, headers) => {
    const answer = await call("POST", "/dashboard/session", { json: { key }, headers });
    expect([answer.status, (await problemOf(answer)).code]).toEqual([403, "crossSiteRequest"]);
  });
});

describe("a session", () => {
  it("may what its key may, and nothing else", async () => {
    const { cookie } = await signIn(await insertApiKey("videos:read"));
    const headers = { ...ownPage, Cookie: cookie };
    expect((await call("GET", "/v1/videos", { headers })).status).toBe(200);
    expect((await call("GET", "/dashboard/session", { headers })).status).toBe(200);
    const refused = await call("POST", "/v1/videos", { json: {}, headers });
    expect((await problemOf(refused)).code).toBe("forbidden");
  });

  it.each([
    ["without the header", {}],
    ["with another value of it", { "X-Sluice-Csrf": "0" }],
    ["of another origin", { "X-Sluice-Csrf": "1", Origin: "https://evil.example" }],
    ["of a sandboxed frame", { "X-Sluice-Csrf": "1", Origin: "null" }],
    ["of another site, as the browser says", { "X-Sluice-Csrf": "1", "Sec-Fetch-Site": "cross-site" }],
  ])("is not heard in a request %s", async (_name, headers) => {
    const { cookie } = await signIn();
    for (const path of ["/v1/videos", `/p/${"A".repeat(22)}/hls.m3u8?explain=1`]) {
      const answer = await call("GET", path, { headers: { ...headers, Cookie: cookie } });
      expect([answer.status, (await problemOf(answer)).code]).toEqual([403, "crossSiteRequest"]);
    }
  });

  it("is heard where a page of ours shows a picture, and nowhere else without the header", async () => {
    const { cookie } = await signIn();
    const asked = async (method: "GET" | "POST", site: string, dest: string): Promise<number> => {
      const headers = { Cookie: cookie, "Sec-Fetch-Site": site, "Sec-Fetch-Dest": dest };
      return (await call(method, "/v1/videos", { headers, ...(method === "POST" ? { json: {} } : {}) }))
        .status;
    };
    expect(await asked("GET", "same-origin", "image")).toBe(200);
    for (const [method, site, dest] of [
      ["GET", "same-site", "image"],
      ["GET", "cross-site", "image"],
      ["GET", "none", "image"],
      ["GET", "same-origin", "empty"],
      ["GET", "same-origin", "document"],
      ["POST", "same-origin", "image"],
    ] as const)
      expect([method, site, dest, await asked(method, site, dest)]).toEqual([method, site, dest, 403]);
  });

  it("changes nothing where the browser names no origin", async () => {
    const { cookie } = await signIn();
    const headers = { "X-Sluice-Csrf": "1", Cookie: cookie };
    expect((await call("POST", "/v1/videos", { json: {}, headers })).status).toBe(403);
  });

  it.each([
    ["empty", ""],
    ["made up", "AAAA"],
    ["made up at full length", "A".repeat(96)],
    ["endless", "A".repeat(5000)],
  ])("is none by a cookie that is %s", async (_name, value) => {
    const headers = { ...ownPage, Cookie: `__Host-sluice=${value}` };
    expect((await call("GET", "/v1/videos", { headers })).status).toBe(401);
  });

  it("is none by a cookie of which one character was changed, or that has the name for plain lines", async () => {
    const { cookie } = await signIn();
    const at = cookie.length - 20;
    const forged = cookie.slice(0, at) + (cookie[at] === "A" ? "B" : "A") + cookie.slice(at + 1);
    const renamed = cookie.replace("__Host-sluice", "sluice");
    for (const given of [forged, renamed])
      expect((await call("GET", "/v1/videos", { headers: { ...ownPage, Cookie: given } })).status).toBe(401);
  });

  it("is found among other cookies", async () => {
    const { cookie } = await signIn();
    const headers = { ...ownPage, Cookie: `theme=dark; ${cookie}; x=__Host-sluice=` };
    expect((await call("GET", "/v1/videos", { headers })).status).toBe(200);
  });

  it("ends when it is signed out, also for who has copied the cookie", async () => {
    const { cookie } = await signIn();
    const headers = { ...ownPage, Cookie: cookie };
    const answer = await call("DELETE", "/dashboard/session", { headers });
    expect([answer.status, answer.headers.get("Set-Cookie")]).toEqual([
      204,
      "__Host-sluice=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0",
    ]);
    expect((await call("GET", "/v1/videos", { headers })).status).toBe(401);
    expect((await call("DELETE", "/dashboard/session", { headers })).status).toBe(204);
  });

  it("ends at the next request after its key was revoked, wherever that was", async () => {
    const { cookie } = await signIn();
    const headers = { ...ownPage, Cookie: cookie };
    expect((await call("GET", "/v1/videos", { headers })).status).toBe(200);
    await env.DB.prepare("UPDATE api_keys SET revoked_at = 1 WHERE id = ?").bind(keyIdOf(key)).run();
    expect((await call("GET", "/v1/videos", { headers })).status).toBe(401);
  });

  it("waits eight hours for the next request, is put off by it, and ends after a week", async () => {
    const hourMs = 3_600_000;
    const startMs = Date.now();
    const idle = await openSession(env, keyIdOf(key), startMs);
    expect(await readSession(env, idle, startMs + 8 * hourMs)).toBeNull();
    const used = await openSession(env, keyIdOf(key), startMs);
    let nowMs = startMs;
    for (let hour = 7; hour < 7 * 24; hour += 7) {
      nowMs = startMs + hour * hourMs;
      expect((await readSession(env, used, nowMs))?.expiresMs).toBeGreaterThan(nowMs);
    }
    expect(await readSession(env, used, startMs + 7 * 24 * hourMs)).toBeNull();
  });

  it("is forgotten when it has expired and somebody signs in", async () => {
    await openSession(env, keyIdOf(key), 1);
    await signIn();
    const left = await env.DB.prepare(
      "SELECT count(*) AS n FROM dashboard_sessions WHERE created_at = 1",
    ).first("n");
    expect(left).toBe(0);
  });
});
