// The platform's limiter, through the Worker's own entry.
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { takeToken } from "./rate-limit.ts";

/** The limiter counts by the clock's minutes: one that begins anew between two requests proves nothing. */
async function withinOneMinute<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    const minute = minuteNow();
    try {
      const result = await ask();
      if (minuteNow() === minute) return result;
    } catch (error) {
      if (minuteNow() === minute) throw error;
    }
  }
}

const minuteNow = () => Math.floor(Date.now() / 60_000);

const attempt = (ip: string, token: string) =>
  call("GET", "/v1/videos", { token, headers: { "CF-Connecting-IP": ip } });

let addresses = 0;
const newAddress = () => `203.0.113.${++addresses}`;

describe("failed authentications", () => {
  it("are refused with 429 after the thirtieth of an address in a minute", async () => {
    const statuses = await withinOneMinute(async () => {
      const ip = newAddress();
      const answers = [];
      for (let i = 0; i < 31; i++) {
        const response = await attempt(ip, "nonsense");
        if (response.status === 429) {
          expect((await problemOf(response)).code).toBe("rateLimited");
          expect(response.headers.get("RateLimit-Policy")).toBe('"failedAuthentication";q=30;w=60');
          expect(response.headers.get("RateLimit")).toBe('"failedAuthentication";r=0;t=60');
          expect(response.headers.get("Retry-After")).toBe("60");
          expect(response.headers.get("Access-Control-Expose-Headers")).toContain("RateLimit-Policy");
        } else await response.body?.cancel();
        answers.push(response.status);
      }
      return answers;
    });
    expect(statuses).toEqual([...Array.from({ length: 30 }, () => 401), 429]);
  });

  it("of one address harm neither another address nor a good key of the same", async () => {
    const token = await insertApiKey("videos:read");
    await withinOneMinute(async () => {
      const ip = newAddress();
      for (let i = 0; i < 31; i++) await (await attempt(ip, "nonsense")).body?.cancel();
      expect((await attempt(ip, "nonsense")).status).toBe(429);
      expect((await attempt(newAddress(), "nonsense")).status).toBe(401);
      expect((await attempt(ip, token)).status).toBe(200);
    });
  });

  it("are guesses at a refresh token, too", async () => {
    const statuses = await withinOneMinute(async () => {
      const headers = { "CF-Connecting-IP": newAddress() };
      const answers = [];
      for (let i = 0; i < 31; i++) {
        const json = { refreshToken: `guess-${i}` };
        const response = await call("POST", "/v1/playback-tokens/refresh", { json, headers });
        await response.body?.cancel();
        answers.push(response.status);
      }
      return answers;
    });
    expect(statuses).toEqual([...Array.from({ length: 30 }, () => 403), 429]);
  });

  it("are not those that present nothing", async () => {
    await withinOneMinute(async () => {
      const headers = { "CF-Connecting-IP": newAddress() };
      for (let i = 0; i < 32; i++) {
        const response = await call("GET", "/v1/videos", { headers });
        expect(response.status).toBe(401);
        await response.body?.cancel();
      }
    });
  });
});

describe("requests of the API", () => {
  it("are limited by key, each by itself, before anything is done", async () => {
    const spent = await insertApiKey("videos:write");
    const other = await insertApiKey("videos:write");
    const keyId = spent.split("_").slice(1, 3).join("_");
    await withinOneMinute(async () => {
      while ((await takeToken(env, "apiKey", keyId)).ok);
      const before = await videos();
      const refused = await call("POST", "/v1/videos", { token: spent, json: {} });
      expect([refused.status, (await problemOf(refused)).code]).toEqual([429, "rateLimited"]);
      expect(refused.headers.get("RateLimit-Policy")).toBe('"apiKey";q=600;w=60');
      expect(await videos()).toBe(before);
      expect((await call("POST", "/v1/videos", { token: other, json: {} })).status).toBe(201);
    });
  });

  it("over a limit are counted", async () => {
    const metric = async () => {
      const headers = { Authorization: `Bearer ${env.METRICS_TOKEN}` };
      const text = await (await call("GET", "/metrics", { headers })).text();
      return /^api_rate_limited_total\{policy="failedAuthentication"\} (\d+)$/m.exec(text)?.[1];
    };
    await vi.waitUntil(async () => Number((await metric()) ?? 0) >= 2);
  });
});

async function videos(): Promise<number | undefined> {
  const row = await env.DB.prepare("SELECT count(*) AS n FROM videos").first<{ n: number }>();
  return row?.n;
}
