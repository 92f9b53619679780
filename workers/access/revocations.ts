// All revocations of a deployment: one object, the only one that writes them. Locations ask it for what is new, at
// most every two seconds each, so it must answer "nothing" at the cost of a comparison.
import { DurableObject } from "cloudflare:workers";
import type { Env } from "#workers/env.ts";
import type { Revocation } from "./revocation-log.ts";
import type { RevocationRows, Snapshot, StoredRevocation } from "./revocation-rows.ts";

/** Rows are dropped together: after each drop every isolate takes the whole log once. */
const dropEveryMs = 3_600_000;

export class Revocations extends DurableObject<Env> {
  /** Tests turn it. */
  nowMs: () => number = Date.now;
  #rows: RevocationRows | null = null;

  /** When this returns, the entries are durable and in every snapshot that is asked for from now on. */
  async revoke(entries: readonly Revocation[]): Promise<readonly StoredRevocation[]> {
    const { revocationLifetimeMs } = await import("./revocation-rows.ts");
    const rows = await this.#open();
    const stored = rows.revoke(entries, this.nowMs(), (kind) => revocationLifetimeMs(kind, this.env));
    await this.#rearm(rows, 0);
    return stored;
  }

  /** `known`: the sequence of the log that the asker has. */
  async snapshot(known: number | null): Promise<Snapshot> {
    return (await this.#open()).snapshot(known);
  }

  async list(beforeSequence: number | null, limit: number): Promise<readonly StoredRevocation[]> {
    return (await this.#open()).list(beforeSequence, limit);
  }

  override async alarm(): Promise<void> {
    const rows = await this.#open();
    rows.dropExpired(this.nowMs());
    await this.#rearm(rows, this.nowMs() + dropEveryMs);
  }

  async #open(): Promise<RevocationRows> {
    const { RevocationRows } = await import("./revocation-rows.ts");
    return (this.#rows ??= new RevocationRows(this.ctx.storage));
  }

  async #rearm(rows: RevocationRows, notBeforeMs: number): Promise<void> {
    const next = rows.nextExpiryMs();
    if (next === null) return;
    const dueMs = Math.max(next, notBeforeMs);
    const current = await this.ctx.storage.getAlarm();
    if (current === null || dueMs < current) await this.ctx.storage.setAlarm(dueMs);
  }
}
