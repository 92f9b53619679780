import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { sweepOutbox } from "./outbox.ts";

/** Each sweep on its own: one that fails is logged and tried again at the next minute, the others run. */
export async function runCron(env: Env, nowMs: number): Promise<void> {
  await guarded("outbox", () => sweepOutbox(env, nowMs));
  await guarded("webhooks", async () => {
    const { sweepWebhooks } = await import("#workers/webhooks/sweep.ts");
    await sweepWebhooks(env, nowMs);
  });
  await guarded("heartbeat", async () => {
    const [{ beat }, { sweepRunners }] = await Promise.all([
      import("#workers/doctor/heartbeats.ts"),
      import("#workers/transcoding/runner-register.ts"),
    ]);
    await env.DB.batch([beat(env.DB, "cron", nowMs), sweepRunners(env.DB, nowMs)]);
  });
  await guarded("uploads", async () => {
    const { expireUploads } = await import("#workers/uploads/expire.ts");
    await expireUploads(env, nowMs);
    const { sweepHolds } = await import("#workers/quotas/store.ts");
    await sweepHolds(env.DB, nowMs);
  });
  await guarded("dueVideos", async () => {
    const { deleteDue } = await import("#workers/videos/delete-due.ts");
    await deleteDue(env, nowMs);
  });
  await guarded("refreshTokens", async () => {
    const { sweepRefreshTokens } = await import("#workers/access/refresh-tokens.ts");
    await sweepRefreshTokens(env.DB, nowMs);
  });
  await guarded("idempotencyKeys", async () => {
    const { sweepAnswers } = await import("#workers/http/kept-answers.ts");
    await sweepAnswers(env.DB, nowMs);
  });
  await guarded("auditLog", async () => {
    const { sweepAudit } = await import("#workers/audit/sweep.ts");
    await sweepAudit(env, nowMs);
  });
  await guarded("videoEvents", async () => {
    const { sweepHistory } = await import("#workers/events/history.ts");
    await sweepHistory(env.DB, nowMs);
  });
  await guarded("transcoding", async () => {
    const { sweepTranscoding } = await import("#workers/transcoding/sweep.ts");
    await sweepTranscoding(env, nowMs);
  });
  // Last: it waits for others, page by page.
  await guarded("accountImports", async () => {
    const { sweepAccountImports } = await import("#workers/account-imports/advance.ts");
    await sweepAccountImports(env, nowMs);
  });
}

async function guarded(sweep: string, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    logError("cron.failed", error, { sweep });
  }
}
