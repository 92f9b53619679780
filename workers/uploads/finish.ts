// From wherever an earlier try got to, to an upload's end. Every step is harmless when repeated, and noted
// once it is done.
import type { Env } from "#workers/env.ts";
import type { SessionStore } from "./session-store.ts";
import type { EndReason, Phase, Session } from "./session.ts";
import { settleCompleted, settleEnded } from "./settle.ts";
import { assemble, discard } from "./source-object.ts";

export async function finish(env: Env, store: SessionStore, found: Session, nowMs: number): Promise<Session> {
  let session = found;
  if (session.phase.kind === "assembling") {
    const whole = await assemble(env, session, store.parts());
    session = store.update({ phase: whole ? { kind: "stored" } : ended("sourceMissing") });
  }
  if (session.phase.kind === "stored") {
    const settled = await settleCompleted(env, session, nowMs);
    session = store.update({ phase: settled === "settled" ? { kind: "completed" } : ended("cancelled") });
  }
  if (session.phase.kind === "ended") {
    await discard(env, session);
    await settleEnded(env.DB, session, session.phase.reason, nowMs);
    session = store.update({ phase: { ...session.phase, settled: true } });
  }
  return session;
}

function ended(reason: EndReason): Phase {
  return { kind: "ended", reason, settled: false };
}
