import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  limitFailedAuthentication,
  limitPlayback,
  rateLimitHeaders,
  takeToken,
  type RateLimitEnv,
} from "./rate-limit.ts";

afterEach(() => vi.restoreAllMocks());

/** Allows so many of each key, as the platform's does within a period. */
function limiter(limit: number) {
  const asked: string[] = [];
  const binding = {
    limit: ({ key }: { key: string }) => {
      asked.push(key);
      return Promise.resolve({ success: asked.filter((other) => other === key).length <= limit });
    },
  };
  return { asked, binding };
}

function env(ofAddress: number, ofId: number) {
  const [byAddress, byId] = [limiter(ofAddress), limiter(ofId)];
  const bindings: RateLimitEnv = {
    RATE_LIMIT_IP: byAddress.binding,
    RATE_LIMIT_IP_QUOTA: "2/60",
    RATE_LIMIT_PLAYBACK_ID: byId.binding,
    RATE_LIMIT_PLAYBACK_ID_QUOTA: "5/10",
  };
  return { bindings, byAddress, byId };
}

describe("manifests", () => {
  it("are limited by the viewer's address, and what is refused uses up nothing of the playback id's", async () => {
    const { bindings, byId } = env(2, 5);
    const ask = () => limitPlayback(bindings, { ip: "203.0.113.7", playbackId: "p" });
    expect([(await ask()).ok, (await ask()).ok]).toEqual([true, true]);
    for (let i = 0; i < 10; i++) {
      expect(await ask()).toEqual({ ok: false, reason: { policyName: "ip", limit: 2, periodSeconds: 60 } });
    }
    expect(byId.asked).toHaveLength(2);
  });

  it("are limited by playback id, whoever asks", async () => {
    const { bindings } = env(2, 5);
    const ask = (n: number) => limitPlayback(bindings, { ip: `203.0.113.${n}`, playbackId: "p" });
    for (let n = 0; n < 5; n++) expect((await ask(n)).ok).toBe(true);
    expect(await ask(6)).toEqual({
      ok: false,
      reason: { policyName: "playbackId", limit: 5, periodSeconds: 10 },
    });
    expect((await limitPlayback(bindings, { ip: "203.0.113.9", playbackId: "other" })).ok).toBe(true);
  });

  it("of one IPv6 subscriber count together, of one IPv4 address however it is spelled", async () => {
    const { bindings, byAddress } = env(9, 9);
    const ask = (ip: string | null) => limitPlayback(bindings, { ip, playbackId: "p" });
    for (const ip of ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"]) await ask(ip);
    expect(new Set(byAddress.asked).size).toBe(1);
    await ask("2001:db8:1:3::1");
    expect(new Set(byAddress.asked).size).toBe(2);
    for (const ip of ["203.0.113.7", "::ffff:203.0.113.7"]) await ask(ip);
    expect(new Set(byAddress.asked).size).toBe(3);
    await ask("203.0.113.8");
    expect(new Set(byAddress.asked).size).toBe(4);
  });

  it("are not limited by an address that is not known", async () => {
    const { bindings, byAddress } = env(0, 9);
    for (const ip of [null, "unknown"])
      expect((await limitPlayback(bindings, { ip, playbackId: "p" })).ok).toBe(true);
    expect(byAddress.asked).toEqual([]);
  });
});

describe("a limit", () => {
  it("that a deployment left out limits nothing", async () => {
    expect((await limitPlayback({}, { ip: "203.0.113.7", playbackId: "p" })).ok).toBe(true);
    expect((await limitFailedAuthentication({}, "203.0.113.7")).ok).toBe(true);
  });

  it("whose limiter fails lets pass, and the log says so", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const binding = { limit: () => Promise.reject(new Error("no limiter today")) };
    const broken = { RATE_LIMIT_API_KEY: binding, RATE_LIMIT_API_KEY_QUOTA: "600/60" };
    expect((await takeToken(broken, "apiKey", "key_1")).ok).toBe(true);
    expect(logged.mock.calls.join()).toContain("rateLimit.failed");
  });

  it.each([undefined, "", "300", "300/30", "0/60", "-1/60", "300/60 ", "1e3/60"])(
    "whose variable is %j breaks at the first request",
    async (quota) => {
      const bindings = {
        RATE_LIMIT_API_KEY: limiter(9).binding,
        ...(quota !== undefined && { RATE_LIMIT_API_KEY_QUOTA: quota }),
      };
      await expect(takeToken(bindings, "apiKey", "key_1")).rejects.toThrow("RATE_LIMIT_API_KEY_QUOTA");
    },
  );

  it("is told in the syntax of draft-ietf-httpapi-ratelimit-headers-11", () => {
    const headers = rateLimitHeaders({ policyName: "ip", limit: 300, periodSeconds: 60 });
    expect(headers).toEqual({
      "Retry-After": "60",
      "RateLimit-Policy": '"ip";q=300;w=60',
      RateLimit: '"ip";r=0;t=60',
    });
  });
});

it("is in wrangler.toml with the variable that says the same", () => {
  // What environments say of it is compared with this in scripts/deploy/environments.test.ts.
  const [toml = ""] = readFileSync(join(import.meta.dirname, "../../wrangler.toml"), "utf8").split("\n[env.");
  const bindings = toml.matchAll(
    /^\[\[ratelimits\]\]\nname = "(\w+)"\nnamespace_id = "(\d+)"\nsimple = \{ limit = (\d+), period = (\d+) \}$/gm,
  );
  const told = [...bindings].map(([, name, , limit, period]) => `${name}_QUOTA = "${limit}/${period}"`);
  const variables = [...toml.matchAll(/^RATE_LIMIT_\w+_QUOTA = ".*"$/gm)].map(([line]) => line);
  expect(told).toHaveLength(4);
  expect(told.toSorted()).toEqual(variables.toSorted());
  const namespaces = [...toml.matchAll(/^namespace_id = "(\d+)"$/gm)].map(([, id]) => id);
  expect(new Set(namespaces).size).toBe(4);
});
