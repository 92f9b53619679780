// A playback call as far as those who note what players tell look at it, with the isolate's waits in the test's hands.
import { env as testEnv } from "cloudflare:workers";
import type { Env } from "#workers/env.ts";
import type { ToldRequest } from "#workers/playback/cmcd-intake.ts";
import { allTracks, anonymousClaims, type SessionClaims } from "#workers/playback/session.ts";

export class Waits {
  readonly promises: Promise<unknown>[] = [];

  waitUntil(promise: Promise<unknown>): void {
    this.promises.push(promise);
  }

  /** All that was left to be done, and what that left. */
  async done(): Promise<void> {
    while (this.promises.length > 0) await Promise.all(this.promises.splice(0));
  }
}

export const toldAtMs = 1_800_000_000_000;

interface Told {
  readonly env?: Env;
  readonly nowMs?: number;
  readonly claims?: Partial<SessionClaims>;
  readonly request?: Request;
}

/** Calls of one session, told later or differently. */
export function toldCalls(waits: Waits, first: Told = {}): (told?: Told) => ToldRequest {
  const session = { ...anonymousClaims(toldAtMs, 60, allTracks), ...first.claims };
  return (told = {}) => {
    const request = told.request ?? first.request ?? new Request("https://sluice.test/p/x/hls.m3u8");
    return {
      request,
      query: new URL(request.url).search.slice(1),
      env: told.env ?? first.env ?? { ...testEnv, SESSION_RECORDS_FLUSH_SECONDS: "0.01" },
      ctx: waits,
      nowMs: told.nowMs ?? first.nowMs ?? toldAtMs,
      session: { ...session, ...told.claims },
      record: { playbackId: "AAAAAAAAAAAAAAAAAAAAAA", videoId: "vid_1" },
    };
  };
}

export const numbers = (...values: readonly number[]) => values.map((value) => ({ value, of: null }));
