// An upload that fetches its own bytes: range after range, each on from what is durable. It is driven by the alarm of
// the upload's object, so whatever dies in the middle, it goes on where it was.
import { unseal } from "#workers/access/sealing.ts";
import type { Env } from "#workers/env.ts";
import { log, logError } from "#workers/http/log.ts";
import { guardedFetch } from "#workers/outbound/guarded-fetch.ts";
import type { PatchRequest, PutRequest } from "#workers/uploads/decide.ts";
import type { EndReason, Pull, Refusal, Session } from "#workers/uploads/session.ts";
import { judgeAnswer, mostFailures, validatorOf, waitSeconds, type Judged } from "./judge-answer.ts";

/** The upload, as its own writer sees it. */
export interface PulledUpload {
  load(): Session | null;
  note(pull: Pull): void;
  /** What was fetched is of another file. */
  startAnew(): Promise<void>;
  /** At most `atMostBytes` of the body. */
  write(
    request: PatchRequest | PutRequest,
    body: ReadableStream<Uint8Array> | null,
    atMostBytes: number,
  ): Promise<Refusal | null>;
  end(reason: EndReason): Promise<void>;
}

/** Four parts: enough for one request to be worth it, little to lose. */
const rangeBytes = 32 * 1024 * 1024;
/** An alarm may take 15 minutes; it comes again at once. */
const longestTurnMs = 60_000;
const mostChanges = 4;
const headersWithinMs = 30_000;

/** Returns when to go on. */
export async function pull(env: Env, upload: PulledUpload, now: () => number): Promise<number> {
  const untilMs = now() + longestTurnMs;
  for (;;) {
    const session = upload.load();
    if (session?.phase.kind !== "open" || session.pull === undefined) return now();
    const waitMs = await step(env, upload, session, session.pull);
    if (waitMs > 0 || now() > untilMs) return now() + waitMs;
  }
}

/** One request. Returns how long to wait before the next. */
async function step(env: Env, upload: PulledUpload, session: Session, pulled: Pull): Promise<number> {
  const { offsetBytes, uploadId } = session;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), headersWithinMs);
  let answered;
  try {
    const init = { headers: headersOf(session, pulled), signal: stop.signal };
    answered = await guardedFetch(env, pulled.url, init, await openHeaders(env, session));
  } catch (error) {
    log("info", "import.notReached", { uploadId, error: error instanceof Error ? error.name : "" });
    return failed(upload, pulled, offsetBytes, null);
  } finally {
    clearTimeout(timer);
  }
  if (!answered.ok) {
    log("warn", "import.targetRefused", { uploadId, reason: answered.reason });
    await upload.end("importTargetRefused");
    return 0;
  }
  const response = answered.value;
  const judged = judgeAnswer(response.status, response.headers, session);
  log("info", "import.answered", { uploadId, status: response.status, judged: judged.kind, offsetBytes });
  const validator = pulled.validator ?? validatorOf(response.headers);
  return follow(upload, session, { ...pulled, validator }, judged, response);
}

async function follow(
  upload: PulledUpload,
  session: Session,
  pulled: Pull,
  judged: Judged,
  response: Response,
): Promise<number> {
  const { offsetBytes } = session;
  if (judged.kind !== "part" && judged.kind !== "whole") await response.body?.cancel();
  switch (judged.kind) {
    case "end":
      await upload.end(judged.reason);
      return 0;
    case "empty":
      await upload.end("emptyFile");
      return 0;
    case "later":
      return failed(upload, pulled, offsetBytes, judged.afterSeconds);
    case "changed":
      // Bytes of a file that is never the same are no progress.
      if (pulled.changes + 1 >= mostChanges) {
        await upload.end("importNotReached");
        return 0;
      }
      await upload.startAnew();
      return failed(upload, { ...pulled, validator: null, changes: pulled.changes + 1 }, 0, null);
    case "part": {
      const { lengthBytes, sizeBytes } = judged;
      const patch = {
        kind: "patch",
        offsetBytes,
        announcedBytes: sizeBytes,
        bodyBytes: lengthBytes,
      } as const;
      const refusal = await upload.write({ ...patch, checksum: null }, response.body, lengthBytes);
      return settle(upload, pulled, offsetBytes, refusal);
    }
    case "whole": {
      const { sizeBytes } = judged;
      const put = { kind: "put", bodyBytes: sizeBytes } as const;
      const refusal = await upload.write(put, response.body, sizeBytes ?? Number.MAX_SAFE_INTEGER);
      // Nothing says how to go on in the middle: what came is dropped, and the next try begins anew.
      return settle(upload, pulled, Number.MAX_SAFE_INTEGER, refusal);
    }
  }
}

/** Bytes that came are progress, however their request ended. */
async function settle(
  upload: PulledUpload,
  pulled: Pull,
  beforeBytes: number,
  refusal: Refusal | null,
): Promise<number> {
  if (refusal?.code === "uploadTooLarge") {
    await upload.end("sourceTooLarge");
    return 0;
  }
  const session = upload.load();
  if (session?.phase.kind !== "open") return 0;
  if (refusal === null && session.offsetBytes > beforeBytes) {
    upload.note({ ...pulled, failures: 0 });
    return 0;
  }
  return failed(upload, pulled, session.offsetBytes, null);
}

async function failed(
  upload: PulledUpload,
  pulled: Pull,
  offsetBytes: number,
  afterSeconds: number | null,
): Promise<number> {
  const failures = pulled.failures + 1;
  if (failures >= mostFailures) {
    await upload.end("importNotReached");
    return 0;
  }
  upload.note({ ...pulled, failures });
  log("info", "import.later", { failures, offsetBytes });
  return waitSeconds(failures, afterSeconds) * 1_000;
}

function headersOf({ offsetBytes }: Session, { validator }: Pull): Record<string, string> {
  return {
    // A range of what was compressed by the way is a range of something else.
    "Accept-Encoding": "identity",
    Range: `bytes=${offsetBytes}-${offsetBytes + rangeBytes - 1}`,
    "User-Agent": "Sluice-Import",
    ...(offsetBytes > 0 && validator !== null ? { "If-Range": validator } : {}),
  };
}

/** What the source wants to see. None once the key that sealed them is another: the source will say no. */
async function openHeaders(env: Env, { uploadId, pull: pulled }: Session): Promise<Record<string, string>> {
  if (pulled?.sealedHeaders == null) return {};
  const opened = await unseal(env.SEALING_KEY, `import ${uploadId}`, pulled.sealedHeaders);
  if (opened === null) {
    logError("import.headersNotOpened", new Error("Sealed with another key"), { uploadId });
    return {};
  }
  return JSON.parse(new TextDecoder().decode(opened)) as Record<string, string>;
}
