// What the doctor asks of each part, each for two seconds at most and all at once: one that hangs hides no other.
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { secretFingerprint } from "#workers/access/secret-fingerprint.ts";
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { release } from "#workers/release.ts";
import { bucketEndpoint } from "#workers/storage/presign.ts";
import { doctorProbeKey } from "#workers/storage/keys.ts";
import * as schema from "#workers/storage/schema.ts";
import { protocolVersion } from "#workers/transcoding/contract.ts";
import { seenRunners } from "#workers/transcoding/runner-register.ts";
import { within } from "#workers/within.ts";
import { bucketCors } from "./bucket-cors.ts";
import type { CheckName, CheckState, DoctorCheck, DoctorReport } from "./contract.ts";
import { beat } from "./heartbeats.ts";
import * as judge from "./judge.ts";
import type { Finding } from "./judge.ts";
import { pingObjects } from "./ping-objects.ts";
import { queueFacts } from "./queue-facts.ts";
import { countSealed } from "./sealed-secrets.ts";
import { faultsOfSecrets, faultsOfSettings } from "./settings.ts";

/** Of each part. */
const patienceMs = 2_000;
const dayMs = 86_400_000;

interface Examination {
  readonly env: Env;
  readonly nowMs: number;
  /** Where the API was asked. */
  readonly host: string;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

type Examine = (of: Examination) => Finding | Promise<Finding>;

/** As wrangler.toml calls what each asks. */
const parts: Readonly<Record<CheckName, readonly [what: string, examine: Examine]>> = {
  database: ["DB", database],
  schema: ["DB", schemaOf],
  bucket: ["MEDIA", bucket],
  durableObjects: [
    "Durable Objects",
    async ({ env, limitMs }) => judge.judgeObjects(await pingObjects(env, limitMs * 0.9)),
  ],
  secrets: ["Secrets", ({ env }) => judge.judgeSecrets(faultsOfSecrets(env))],
  sealedSecrets: ["DB", sealedSecrets],
  settings: [
    "Settings",
    ({ env, host }) =>
      judge.judgeSettings(faultsOfSettings(env), env.OUTBOUND_ALLOW_PRIVATE === "true", host),
  ],
  rateLimits: ["Rate limits", rateLimits],
  bucketCors: [
    "The bucket's S3 endpoint",
    async ({ env, signal }) => judge.judgeCors(await bucketCors(bucketEndpoint(env), signal)),
  ],
  cache: ["The cache", cache],
  clock: ["The clock", clock],
  queues: [
    "Queues",
    async ({ env, nowMs, limitMs }) => judge.judgeQueues(await queueFacts(env, nowMs, limitMs * 0.8), nowMs),
  ],
  cron: ["DB", cron],
  outbox: ["DB", async ({ env, nowMs }) => judge.judgeOutbox(await backlog(env.DB, "<>", nowMs), nowMs)],
  erasing: ["DB", async ({ env, nowMs }) => judge.judgeErasing(await backlog(env.DB, "=", nowMs), nowMs)],
  runners: ["SCHEDULER", runners],
  deadLetters: ["SCHEDULER", deadLetters],
  webhooks: ["DB", webhooks],
};

export async function examine(
  env: Env,
  host: string,
  nowMs: number,
  limitMs = patienceMs,
): Promise<DoctorReport> {
  const signal = AbortSignal.timeout(limitMs);
  const names = Object.keys(parts) as CheckName[];
  const checks = await Promise.all(names.map((name) => check(name, { env, host, nowMs, limitMs, signal })));
  const order: readonly CheckState[] = ["failed", "warning", "ok"];
  return {
    state: order.find((state) => checks.some((each) => each.state === state)) ?? "ok",
    checkedAt: new Date(nowMs).toISOString(),
    release,
    sealingKeyFingerprint: await secretFingerprint("SEALING_KEY", env.SEALING_KEY || ""),
    checks,
  };
}

async function check(name: CheckName, of: Examination): Promise<DoctorCheck> {
  const [what, examinePart] = parts[name];
  const startedMs = Date.now();
  const finding = await within(
    of.limitMs,
    Promise.resolve().then(() => examinePart(of)),
  ).catch((error: unknown) => {
    logError("doctor.checkFailed", error, { check: name });
    return judge.judgeUnanswered(what, error instanceof Error ? error.message.slice(0, 300) : "unknown");
  });
  return { name, ...finding, durationMs: Date.now() - startedMs };
}

async function database({ env, nowMs }: Examination): Promise<Finding> {
  const startedMs = Date.now();
  await beat(env.DB, "doctor", nowMs).run();
  await env.DB.prepare("SELECT seen_at FROM heartbeats WHERE name = 'doctor'").first();
  return judge.judgeLatency("The database", Date.now() - startedMs);
}

async function schemaOf({ env }: Examination): Promise<Finding> {
  const tables = (Object.values(schema) as readonly SQLiteTable[]).map(getTableConfig);
  const there = await env.DB.prepare(
    "SELECT asked.value || '.' || found.name AS name FROM json_each(?) asked, pragma_table_info(asked.value) found",
  )
    .bind(JSON.stringify(tables.map(({ name }) => name)))
    .all<{ name: string }>();
  const names = new Set(there.results.map(({ name }) => name));
  const missing = tables.flatMap((table) =>
    table.columns.map((column) => `${table.name}.${column.name}`).filter((name) => !names.has(name)),
  );
  const last = await env.DB.prepare("SELECT name FROM d1_migrations ORDER BY id DESC LIMIT 1")
    .first<{ name: string }>()
    .catch(() => null);
  return judge.judgeSchema(missing, last?.name ?? null);
}

async function bucket({ env }: Examination): Promise<Finding> {
  const startedMs = Date.now();
  const key = doctorProbeKey(crypto.randomUUID());
  const text = crypto.randomUUID();
  try {
    await env.MEDIA.put(key, text);
    const object = await env.MEDIA.get(key);
    return judge.judgeBucket((await object?.text()) === text, Date.now() - startedMs);
  } finally {
    await env.MEDIA.delete(key);
  }
}

async function sealedSecrets({ env, nowMs }: Examination): Promise<Finding> {
  const { sealed, opened } = await countSealed(env, nowMs);
  return judge.judgeSealed(sealed, opened);
}

function rateLimits({ env }: Examination): Finding {
  const bindings = {
    RATE_LIMIT_IP: env.RATE_LIMIT_IP,
    RATE_LIMIT_PLAYBACK_ID: env.RATE_LIMIT_PLAYBACK_ID,
    RATE_LIMIT_API_KEY: env.RATE_LIMIT_API_KEY,
    RATE_LIMIT_FAILED_AUTH: env.RATE_LIMIT_FAILED_AUTH,
  };
  const missing = Object.entries(bindings).filter(([, binding]) => binding === undefined);
  return judge.judgeRateLimits(missing.map(([name]) => name));
}

async function cache({ env, host }: Examination): Promise<Finding> {
  const url = `https://cache.invalid/doctor/${crypto.randomUUID()}`;
  await caches.default.put(url, new Response("kept", { headers: { "Cache-Control": "max-age=60" } }));
  const kept = await caches.default.match(url);
  const text = await kept?.text();
  await caches.default.delete(url);
  return judge.judgeCache(env.MEDIA_CACHE, text === "kept", host);
}

async function clock({ env }: Examination): Promise<Finding> {
  const beforeMs = Date.now();
  const [row, object] = await Promise.all([
    env.DB.prepare("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS ms").first<{ ms: number }>(),
    probedObject(env),
  ]);
  const afterMs = Date.now();
  // An answer is from between the two: only what lies outside is skew.
  const ahead = (ms: number) => (ms > afterMs ? ms - afterMs : ms < beforeMs ? ms - beforeMs : 0);
  return judge.judgeClock({
    "the database": row === null ? 0 : ahead(row.ms),
    "the bucket": object === null ? 0 : ahead(object.uploaded.getTime()),
  });
}

async function probedObject(env: Env): Promise<R2Object | null> {
  const key = doctorProbeKey(crypto.randomUUID());
  try {
    return await env.MEDIA.put(key, "clock");
  } finally {
    await env.MEDIA.delete(key);
  }
}

async function cron({ env, nowMs }: Examination): Promise<Finding> {
  const row = await env.DB.prepare("SELECT seen_at FROM heartbeats WHERE name = 'cron'").first<{
    seen_at: number;
  }>();
  return judge.judgeCron(row?.seen_at ?? null, nowMs);
}

async function backlog(db: D1Database, isErase: "=" | "<>", nowMs: number): Promise<judge.Backlog> {
  // What is due later waits for its time, not for anybody.
  const row = await db
    .prepare(
      // From when it was first to be sent again: each time after that waits twice as long.
      `SELECT COUNT(*) AS waiting, MIN(due_at - 60000 * ((1 << MIN(sends, 7)) - 1)) AS oldest FROM outbox
       WHERE queue ${isErase} 'erase' AND (sends > 0 OR due_at <= ?)`,
    )
    .bind(nowMs)
    .first<{ waiting: number; oldest: number | null }>();
  return { waiting: row?.waiting ?? 0, oldestMs: row?.oldest ?? null };
}

async function runners({ env, nowMs }: Examination): Promise<Finding> {
  const [seen, { openTasks, isPaused, jobs }] = await Promise.all([
    seenRunners(env.DB, nowMs),
    env.SCHEDULER.getByName("board").stats(),
  ]);
  const fleet = {
    kind: env.RUNNER_FLEET,
    release,
    protocol: String(protocolVersion),
    runners: seen,
    openTasks,
    isPaused,
    jobs,
  };
  return judge.judgeRunners(fleet);
}

async function deadLetters({ env }: Examination): Promise<Finding> {
  const jobs = await env.SCHEDULER.getByName("board").jobs({ state: "failed", before: null, limit: 100 });
  return judge.judgeDeadLetters(jobs.length);
}

async function webhooks({ env, nowMs }: Examination): Promise<Finding> {
  const [given, disabled] = await env.DB.batch<{ n: number }>([
    env.DB.prepare(
      "SELECT COUNT(*) AS n FROM webhook_deliveries WHERE state = 'failed' AND created_at > ? AND completed_at > ?",
    ).bind(nowMs - 3 * dayMs, nowMs - dayMs),
    env.DB.prepare("SELECT COUNT(*) AS n FROM webhooks WHERE disabled_reason IN ('gone', 'failing')"),
  ]);
  return judge.judgeWebhooks(given?.results[0]?.n ?? 0, disabled?.results[0]?.n ?? 0);
}
