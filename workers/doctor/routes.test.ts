import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { consume, type QueueMessage } from "#workers/outbox/consume.ts";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import type { DoctorReport } from "./contract.ts";
import { beat } from "./heartbeats.ts";
import { examine } from "./examine.ts";
import { faultsOfSecrets, faultsOfSettings } from "./settings.ts";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("admin");
});

const nameAndState = ({ checks }: DoctorReport) =>
  Object.fromEntries(checks.map(({ name, state }) => [name, state]));

describe("GET /v1/doctor", () => {
  it("finds bindings, schema, secrets, settings, cache, clocks and queues well where they are, within seconds", async () => {
    await beat(env.DB, "cron", Date.now()).run();
    const startedMs = Date.now();
    const answer = await call("GET", "/v1/doctor", { token });
    expect(answer.status).toBe(200);
    const report = await answer.json<DoctorReport>();
    expect(Date.now() - startedMs).toBeLessThan(5_000);
    const { runners, ...others } = nameAndState(report);
    expect(runners).toBe("warning");
    expect(report.checks.filter(({ name, state }) => name in others && state !== "ok")).toEqual([]);
    expect(report.sealingKeyFingerprint).toMatch(/^[0-9a-f]{16}$/);
    const text = JSON.stringify(report);
    for (const secret of [env.SESSION_KEYS, env.SEALING_KEY, env.OBJECT_URL_KEY, env.RUNNER_TOKEN])
      expect(text).not.toContain(secret);
    expect((await env.MEDIA.list({ prefix: "doctor/" })).objects).toEqual([]);
  });

  it("names what a database lacks, and goes on without it", async () => {
    await env.DB.prepare("ALTER TABLE chapters RENAME TO chapters_away").run();
    try {
      const report = await examine(env, "sluice.example", Date.now(), 300);
      expect(nameAndState(report)).toMatchObject({ schema: "failed", bucket: "ok" });
      const { summary } = report.checks.find(({ name }) => name === "schema") ?? {};
      expect(summary).toContain("chapters.list");
    } finally {
      await env.DB.prepare("ALTER TABLE chapters_away RENAME TO chapters").run();
    }
  });

  it("waits for no part for longer than it may, and finds the others meanwhile", async () => {
    const hanging = {
      ...env,
      MEDIA: { put: () => new Promise(() => undefined), delete: async () => undefined },
    };
    const report = await examine(hanging as unknown as typeof env, "sluice.example", Date.now(), 300);
    expect(nameAndState(report)).toMatchObject({ bucket: "failed", clock: "failed", database: "ok" });
    for (const { durationMs } of report.checks) expect(durationMs).toBeLessThan(1_000);
  });
});

describe("a heartbeat in a queue", () => {
  it("is noted and acknowledged, and the others of its batch go to their consumer", async () => {
    const settled: string[] = [];
    const message = (id: string, body: object) => ({
      ...{ id, body, attempts: 1, timestamp: new Date(0) },
      ack: () => void settled.push(`${id} ack`),
      retry: () => void settled.push(`${id} retry`),
    });
    const batch = {
      queue: "sluice-staging-erase",
      messages: [
        message("beat", { kind: "heartbeat", name: "TEST_QUEUE", sentAtMs: 7 }),
        message("erase", { kind: "erase", videoId: "vid_none", scope: "video", outboxId: "msg_none" }),
      ],
    } as unknown as MessageBatch<QueueMessage>;
    await consume(batch, env, createExecutionContext());
    expect(settled).toEqual(["beat ack", "erase ack"]);
    const row = await env.DB.prepare("SELECT seen_at FROM heartbeats WHERE name = 'TEST_QUEUE'").first();
    expect(row).toEqual({ seen_at: 7 });
  });
});

describe("settings and secrets", () => {
  it("that can't be used are named, and a secret is never shown", () => {
    const odd = {
      ...env,
      ...{ MAX_BODY_BYTES: "95 MB", MEDIA_CACHE: "kv", RATE_LIMIT_IP_QUOTA: "300/45" },
      ...{ PLAYBACK_HOST: "https://play.example", R2_S3_BUCKET: "media" },
      ...{ OUTBOUND_ALLOW_PRIVATE: "yes", DOH_URL: "http://1.1.1.1", DASHBOARD_SESSION_SECONDS: "12" },
      ...{ SESSION_KEYS: "a:short", SEALING_KEY: "c2hvcnQ", RUNNER_TOKEN: "guess-me", METRICS_TOKEN: "" },
    };
    const settings = faultsOfSettings(odd).join(" ");
    for (const name of [
      "MAX_BODY_BYTES",
      "MEDIA_CACHE",
      "RATE_LIMIT_IP_QUOTA",
      "PLAYBACK_HOST",
      "R2_S3_BUCKET",
      "OUTBOUND_ALLOW_PRIVATE",
      "DOH_URL",
      "DASHBOARD_SESSION_SECONDS",
    ])
      expect(settings).toContain(name);
    const secrets = faultsOfSecrets(odd).join(" ");
    for (const name of ["SESSION_KEYS", "SEALING_KEY", "RUNNER_TOKEN", "METRICS_TOKEN"])
      expect(secrets).toContain(name);
    for (const value of ["short", "c2hvcnQ", "guess-me"]) expect(secrets).not.toContain(`${value} `);
    expect([...faultsOfSettings(env), ...faultsOfSecrets(env)]).toEqual([]);
  });
});
