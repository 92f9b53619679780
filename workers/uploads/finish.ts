// From wherever an earlier try got to, to an upload's end. Every step is harmless when repeated, and noted
// once it is done.
import type { Env } from "#workers/env.ts";
import type { SessionStore } from "./session-store.ts";
import { isBeside, type EndReason, type Phase, type Session } from "./session.ts";
import { settleCompleted, settleEnded, type Settled } from "./settle.ts";
import { assemble, discard } from "./source-object.ts";

export interface Finished {
  readonly session: Session;
  /** The file has arrived, and what it is could not be told by the way. */
  readonly isUnknown: boolean;
}

export async function finish(
  env: Env,
  store: SessionStore,
  found: Session,
  nowMs: number,
): Promise<Finished> {
  let session = found;
  let isUnknown = false;
  if (session.phase.kind === "assembling") {
    const whole = await assemble(env, session, store.parts());
    session = store.update({ phase: whole ? { kind: "stored" } : ended("sourceMissing") });
  }
  if (session.phase.kind === "stored") {
    const settled = await settleCompleted(env, session, nowMs);
    isUnknown = settled === "waits";
    session = store.update({ phase: phaseAfter(settled) });
  }
  if (session.phase.kind === "ended") {
    await discard(env, session);
    const { uploadId, videoId, phase, sound } = session;
    const upload = { uploadId, videoId, isBeside: isBeside(session), isSound: sound === true };
    await settleEnded(env, upload, phase.reason, nowMs);
    session = store.update({ phase: { ...session.phase, settled: true } });
  }
  return { session, isUnknown };
}

function phaseAfter(settled: Settled): Phase {
  switch (settled) {
    case "videoGone":
      return ended("cancelled");
    case "tooLong":
      return ended("tooLong");
    case "played":
    case "waits":
    case "before":
      return { kind: "completed" };
  }
}

function ended(reason: EndReason): Phase {
  return { kind: "ended", reason, settled: false };
}
