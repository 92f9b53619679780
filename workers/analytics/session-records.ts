// One shard of the records of playback sessions: what each session told, added up over the isolates that heard it.
// Thin, since it is loaded with every request; the rows are in session-rows.ts.
import { DurableObject } from "cloudflare:workers";
import type { Env } from "#workers/env.ts";
import type { SessionIdentity, SessionReport } from "./session-report.ts";

export interface RecordedSession extends SessionIdentity {
  readonly report: SessionReport;
}

/** What went out to a session's player. */
export interface Delivered {
  readonly bytes: number;
  /** Of the picture, or of the sound where that is all there is. */
  readonly mediaMs: number;
}

/** What an isolate has of a session: its player may have told nothing, or been sent nothing. */
export interface FlushedSession extends SessionIdentity {
  readonly report: SessionReport | null;
  readonly delivered: Delivered | null;
}

/** Of a video on a day. */
export interface DayOfUse extends Delivered {
  /** `2026-11-23`, UTC. */
  readonly day: string;
  readonly views: number;
}

export interface SessionFlush {
  readonly isolateId: string;
  /** Counts up for each isolate and shard; the same number is the same flush. */
  readonly sequence: number;
  readonly sessions: readonly FlushedSession[];
}

/** Where a page ended: lists go from the newest session to the oldest. */
export interface SessionPosition {
  readonly issuedAtMs: number;
  readonly sessionId: string;
}

export class SessionRecords extends DurableObject<Env> {
  /** Tests turn it. */
  nowMs: () => number = Date.now;

  /** Adds once a flush: a repeat changes nothing. */
  async add(flush: SessionFlush): Promise<{ readonly added: boolean }> {
    const { addFlush, scheduleSweep } = await import("./session-rows.ts");
    const added = addFlush(this.ctx.storage, flush, this.nowMs());
    await scheduleSweep(this.ctx.storage, this.nowMs());
    return { added };
  }

  async find(sessionId: string): Promise<RecordedSession | null> {
    const { findSession } = await import("./session-rows.ts");
    return findSession(this.ctx.storage, sessionId, this.nowMs());
  }

  async list(
    playbackId: string,
    after: SessionPosition | null,
    limit: number,
  ): Promise<readonly RecordedSession[]> {
    const { listSessions } = await import("./session-rows.ts");
    return listSessions(this.ctx.storage, { playbackId, after, limit }, this.nowMs());
  }

  /** Of all videos where none is named. */
  async usage(videoId: string | null, fromDay: string, toDay: string): Promise<readonly DayOfUse[]> {
    const { usageOf } = await import("./usage-rows.ts");
    return usageOf(this.ctx.storage, videoId, fromDay, toDay);
  }

  override async alarm(): Promise<void> {
    const { sweepRows } = await import("./session-rows.ts");
    await sweepRows(this.ctx.storage, this.nowMs());
  }
}
