import type { Env } from "#workers/env.ts";
import { removeAuditBefore } from "./store.ts";

export async function sweepAudit(env: Pick<Env, "DB" | "AUDIT_LOG_DAYS">, nowMs: number): Promise<void> {
  const days = Number(env.AUDIT_LOG_DAYS);
  if (!Number.isInteger(days) || days < 1) throw new Error("AUDIT_LOG_DAYS is a number of days, from 1");
  await removeAuditBefore(env.DB, nowMs - days * 86_400_000);
}
