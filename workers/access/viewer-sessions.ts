// The streams of one viewer who may have only so many at once: one object each, named by the viewer's hash in hex.
// Where no limit is set there is none. It holds nothing for longer than ten minutes after the last stream.
import { DurableObject } from "cloudflare:workers";
import type { Env } from "#workers/env.ts";
import type { StreamLimit } from "./policy.ts";
import type { StreamChange, StreamUse } from "./stream-leases.ts";
import type { StreamRegister } from "./stream-register.ts";

const lookAgainAfterMs = 12 * 60_000;

export class ViewerSessions extends DurableObject<Env> {
  /** Tests turn it. */
  nowMs: () => number = Date.now;
  #register: StreamRegister | null = null;

  /** A place for a new session. The sessions that had to make room are revoked when this returns. */
  async admit(sessionId: string, limit: StreamLimit, nowMs: number): Promise<StreamChange> {
    const change = await (await this.#open()).admit(sessionId, limit, nowMs);
    await this.#armed(nowMs);
    return change;
  }

  /** A session that has a place keeps it; one that lost it to time takes one anew. */
  async renew(use: StreamUse, nowMs: number): Promise<StreamChange> {
    const change = await (await this.#open()).renew(use, nowMs);
    await this.#armed(nowMs);
    return change;
  }

  async release(sessionId: string, nowMs: number): Promise<void> {
    await (await this.#open()).release(sessionId, nowMs);
  }

  override async alarm(): Promise<void> {
    const nowMs = this.nowMs();
    const over = await (await this.#open()).clearIfOver(nowMs);
    if (!over) await this.ctx.storage.setAlarm(nowMs + lookAgainAfterMs);
  }

  async #open(): Promise<StreamRegister> {
    const { StreamRegister } = await import("./stream-register.ts");
    return (this.#register ??= new StreamRegister(this.ctx.storage, this.env));
  }

  async #armed(nowMs: number): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(nowMs + lookAgainAfterMs);
  }
}
