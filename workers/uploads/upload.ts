// One upload, and the only writer of its state. Bytes stream through here: whole parts go to R2 multipart,
// the tail that is not yet a part into this object's SQLite, in one transaction with the offset. So what is
// acknowledged is durable, and a restart at any point finds either the state before a write or after it. Its
// calls come through upload-session.ts.
import { sameSecret } from "#workers/access/secrets.ts";
import { sha256Hex } from "#workers/access/sha256.ts";
import type { Env } from "#workers/env.ts";
import { log, logError } from "#workers/http/log.ts";
import { count } from "#workers/metrics/count.ts";
import type { PulledUpload } from "#workers/imports/pull.ts";
import { BodyReader } from "./body-reader.ts";
import { closedRefusal, decideWrite, type WriteDecision, type WriteRequest } from "./decide.ts";
import { finish } from "./finish.ts";
import { limitsOf } from "./limits.ts";
import { completeDirect, directTarget } from "./direct.ts";
import { directPartBytesFor, partBytesFor } from "./part-size.ts";
import { SessionStore, type StoredPart } from "./session-store.ts";
import {
  expiryAfter,
  isSettled,
  isBeside,
  stateOf,
  termsOf,
  viewOf,
  type CancelReply,
  type DirectReply,
  type EndReason,
  type ExpireReply,
  type NewSession,
  type Refusal,
  type Session,
  type UploadReply,
  type UploadView,
} from "./session.ts";
import { abortMultipart, openMultipart } from "./source-object.ts";
import { originRefusal } from "./terms.ts";
import { write } from "./write.ts";

/** A writer that has sent nothing for this long loses its place to the next one that asks. */
const deadAfterMs = 10_000;
/** And a source that has sent nothing for this long is asked again. */
const deadSourceMs = 30_000;
const retryAfterMs = 30_000;
/** How long a client can still ask what became of its upload. */
const rememberMs = 24 * 3_600_000;

interface Writer {
  readonly reader: BodyReader | null;
  readonly done: Promise<unknown>;
}

export class Upload {
  readonly #state: DurableObjectState;
  readonly #env: Env;
  readonly #store: SessionStore;
  #writer: Writer | null = null;
  #finishing: Promise<void> | null = null;

  constructor(state: DurableObjectState, env: Env) {
    this.#state = state;
    this.#env = env;
    this.#store = new SessionStore(state.storage);
  }

  async create(upload: NewSession, nowMs: number): Promise<UploadView> {
    const { maxUploadBytes, expirySeconds } = limitsOf(this.#env);
    const longestBytes = Math.min(maxUploadBytes, upload.terms.maxSizeBytes ?? maxUploadBytes);
    const { direct, sizeBytes } = upload;
    const plan = {
      partBytes:
        direct && sizeBytes !== null ? directPartBytesFor(sizeBytes) : partBytesFor(sizeBytes, longestBytes),
      expirySeconds,
      multipartId: direct ? await openMultipart(this.#env, upload) : null,
    };
    const session = this.#store.create(upload, plan, nowMs);
    await this.#state.storage.setAlarm(session.expiresAtMs);
    return viewOf(session);
  }

  /** The upload was never given to anyone. */
  async forget(): Promise<void> {
    await this.#state.storage.deleteAll();
  }

  /** For those who hold the secret of the upload's URL. */
  async head(secret: string, nowMs: number, origin: string | null = null): Promise<UploadReply> {
    const opened = await this.#open(secret);
    if (opened === null) return unknown;
    const foreign = originRefusal(termsOf(opened), origin);
    if (foreign !== null) return { ok: false, refusal: foreign };
    await this.#displaceDeadWriter(nowMs);
    await this.#tryToFinish();
    const session = this.#store.load();
    if (session === null) return unknown;
    const closed = closedRefusal(session, nowMs);
    return closed === null ? { ok: true, upload: viewOf(session) } : { ok: false, refusal: closed };
  }

  /** For those who hold the secret and only want to know which upload it is; no writer is disturbed. */
  async viewBy(secret: string): Promise<UploadView | null> {
    const session = await this.#open(secret);
    return session === null ? null : viewOf(session);
  }

  /** Where the parts of a direct upload go. Asking puts its end off, as a write does. */
  async target(secret: string, nowMs: number, origin: string | null): Promise<DirectReply> {
    const opened = await this.#open(secret);
    if (opened === null) return unknown;
    const closed = originRefusal(termsOf(opened), origin) ?? closedRefusal(opened, nowMs);
    if (closed !== null) return { ok: false, refusal: closed };
    return directTarget(this.#store, opened, nowMs);
  }

  /** All parts are in the bucket. Repeating it is harmless. */
  async complete(
    secret: string,
    parts: readonly StoredPart[],
    nowMs: number,
    origin: string | null,
  ): Promise<UploadReply> {
    const opened = await this.#open(secret);
    if (opened === null) return unknown;
    const closed = originRefusal(termsOf(opened), origin) ?? closedRefusal(opened, nowMs);
    if (closed !== null) return { ok: false, refusal: closed };
    const refusal = await completeDirect(this.#env, this.#store, opened, parts);
    if (refusal !== null) return { ok: false, refusal };
    await this.#tryToFinish();
    const session = this.#store.load();
    return session === null ? unknown : { ok: true, upload: viewOf(session) };
  }

  /** For those who hold an API key. */
  view(): UploadView | null {
    const session = this.#store.load();
    return session === null ? null : viewOf(session);
  }

  async write(
    secret: string,
    request: WriteRequest,
    body: ReadableStream<Uint8Array> | null,
    nowMs: number,
    origin: string | null = null,
  ): Promise<UploadReply> {
    const reply = await this.#write(secret, request, body, nowMs, origin);
    // A body that nobody reads would hold its connection.
    if (body !== null && !body.locked) body.cancel().catch(() => undefined);
    return reply;
  }

  async #write(
    secret: string,
    request: WriteRequest,
    body: ReadableStream<Uint8Array> | null,
    nowMs: number,
    origin: string | null,
  ): Promise<UploadReply> {
    const opened = await this.#open(secret);
    if (opened === null) return unknown;
    const foreign = originRefusal(termsOf(opened), origin);
    if (foreign !== null) return { ok: false, refusal: foreign };
    await this.#displaceDeadWriter(nowMs);
    // No waiting from here until this request is the writer.
    if (this.#writer !== null) return locked;
    const session = this.#store.load();
    if (session === null) return unknown;
    const decision = decideWrite(session, request, limitsOf(this.#env), nowMs);
    switch (decision.kind) {
      case "refuse":
        return { ok: false, refusal: decision.refusal };
      case "alreadyDone":
        await this.#tryToFinish();
        return { ok: true, upload: viewOf(session) };
      case "receive":
        return this.#receive(session, request, decision, body, nowMs);
    }
  }

  async #receive(
    found: Session,
    request: WriteRequest,
    decision: Extract<WriteDecision, { kind: "receive" }>,
    body: ReadableStream<Uint8Array> | null,
    nowMs: number,
  ): Promise<UploadReply> {
    const reader = body === null ? null : new BodyReader(body);
    const writing = this.#writeFrom(found, request, decision, reader, nowMs);
    this.#writer = { reader, done: Promise.allSettled([writing]) };
    let refusal: Refusal | null;
    try {
      refusal = await writing;
    } catch (error) {
      logError("upload.writeFailed", error, { uploadId: found.uploadId });
      refusal = {
        code: "unavailable",
        detail: "The bytes could not be stored. Ask for the offset and go on.",
      };
    } finally {
      reader?.stop();
      this.#writer = null;
    }
    await this.#tryToFinish();
    const session = this.#store.load();
    if (session === null) return unknown;
    count(
      this.#env,
      this.#state,
      "upload_bytes_total",
      {},
      Math.max(0, session.offsetBytes - decision.fromBytes),
    );
    return refusal === null ? { ok: true, upload: viewOf(session) } : { ok: false, refusal };
  }

  async #writeFrom(
    found: Session,
    request: WriteRequest,
    decision: Extract<WriteDecision, { kind: "receive" }>,
    body: BodyReader | null,
    nowMs: number,
  ): Promise<Refusal | null> {
    const expiresAtMs = expiryAfter(found, nowMs);
    const change = { expiresAtMs, sizeBytes: decision.sizeBytes };
    const anew = decision.fromBytes < found.offsetBytes;
    const session = anew
      ? this.#store.dropBytes({ ...change, offsetBytes: 0, multipartId: null, nextPartNumber: 1 })
      : this.#store.update(change);
    if (anew && found.multipartId !== null) await abortMultipart(this.#env, found, found.multipartId);
    return write({ env: this.#env, store: this.#store, session, request, decision, body });
  }

  /** Also what the erasing of a video calls. Repeating it is harmless. */
  async cancel(): Promise<CancelReply> {
    // Checked again after each wait: the next writer may have been quicker.
    while (this.#writer !== null) await this.#stopWriter();
    const session = this.#store.load();
    if (session === null) return "unknown";
    await this.#end(session, "cancelled");
    return stateOf(session.phase) === "completed" ? "completed" : "cancelled";
  }

  /** For those who hold the secret. */
  async terminate(secret: string, nowMs: number, origin: string | null = null): Promise<Refusal | null> {
    const opened = await this.#open(secret);
    if (opened === null) return unknown.refusal;
    const closed = originRefusal(termsOf(opened), origin) ?? closedRefusal(opened, nowMs);
    if (closed !== null) return closed;
    return (await this.cancel()) === "completed" ? complete : null;
  }

  /** The sweep's question to an upload whose time seems to be over. */
  async expire(nowMs: number): Promise<ExpireReply> {
    const session = this.#store.load();
    if (session === null) return { kind: "unknown" };
    if (session.phase.kind === "open") {
      if (this.#writer !== null || session.expiresAtMs > nowMs) {
        return { kind: "open", expiresAtMs: session.expiresAtMs };
      }
      await this.#end(session, "expired");
    }
    await this.#finish();
    return { kind: "closed" };
  }

  /** An upload that fetches its bytes begins: its rows are committed. */
  async start(nowMs: number): Promise<void> {
    await this.#state.storage.setAlarm(nowMs);
  }

  async alarm(): Promise<void> {
    const nowMs = Date.now();
    const session = this.#store.load();
    if (session === null) return;
    if (session.pull !== undefined && session.phase.kind === "open" && session.expiresAtMs > nowMs) {
      await this.#pull(nowMs);
      return;
    }
    if (isSettled(session.phase)) {
      await this.#state.storage.deleteAll();
      return;
    }
    // Set before trying: whatever happens, there is a next time.
    const openUntilMs = session.phase.kind === "open" ? session.expiresAtMs : 0;
    await this.#state.storage.setAlarm(Math.max(openUntilMs, nowMs + retryAfterMs));
    await this.expire(nowMs);
  }

  async #pull(nowMs: number): Promise<void> {
    // Set before trying: whatever happens, there is a next time.
    await this.#state.storage.setAlarm(nowMs + retryAfterMs);
    const { pull } = await import("#workers/imports/pull.ts");
    const againAtMs = await pull(this.#env, this.#asPulled(), Date.now);
    if (this.#store.load()?.phase.kind === "open") await this.#state.storage.setAlarm(againAtMs);
  }

  #asPulled(): PulledUpload {
    return {
      load: () => this.#store.load(),
      note: (pull) => void this.#store.update({ pull }),
      startAnew: async () => {
        const session = this.#store.load();
        if (session === null) return;
        const none = { offsetBytes: 0, sizeBytes: null, multipartId: null, nextPartNumber: 1 };
        this.#store.dropBytes(none);
        if (session.multipartId !== null) await abortMultipart(this.#env, session, session.multipartId);
      },
      write: (request, body, atMostBytes) => this.#writePulled(request, body, atMostBytes),
      end: async (reason) => {
        const session = this.#store.load();
        if (session !== null) await this.#end(session, reason);
      },
    };
  }

  async #writePulled(
    request: WriteRequest,
    body: ReadableStream<Uint8Array> | null,
    atMostBytes: number,
  ): Promise<Refusal | null> {
    const session = this.#store.load();
    if (session === null || this.#writer !== null) return unknown.refusal;
    const nowMs = Date.now();
    // What limits the body of a request to us is no limit of an answer.
    const limits = { ...limitsOf(this.#env), maxBodyBytes: Number.MAX_SAFE_INTEGER };
    const decision = decideWrite(session, request, limits, nowMs);
    if (decision.kind !== "receive") {
      await body?.cancel();
      return decision.kind === "refuse" ? decision.refusal : null;
    }
    const bounded = { ...decision, atMostBytes: Math.min(decision.atMostBytes, atMostBytes) };
    const watch = setInterval(() => {
      if ((this.#writer?.reader?.silentMs(Date.now()) ?? 0) >= deadSourceMs) this.#writer?.reader?.stop();
    }, deadSourceMs / 6);
    try {
      const reply = await this.#receive(session, request, bounded, body, nowMs);
      return reply.ok ? null : reply.refusal;
    } finally {
      clearInterval(watch);
    }
  }

  async #open(secret: string): Promise<Session | null> {
    const session = this.#store.load();
    if (session === null || !(await sameSecret(await sha256Hex(secret), session.secretHash))) return null;
    return session;
  }

  /**
   * One writer at a time. A connection that died without a word still counts as a writer until the next
   * request asks; then what it sent is committed and its place is free.
   */
  async #displaceDeadWriter(nowMs: number): Promise<void> {
    if ((this.#writer?.reader?.silentMs(nowMs) ?? 0) >= deadAfterMs) await this.#stopWriter();
  }

  async #stopWriter(): Promise<void> {
    this.#writer?.reader?.stop();
    await this.#writer?.done;
  }

  async #end(session: Session, reason: EndReason): Promise<void> {
    if (session.phase.kind !== "open") return;
    this.#store.dropBytes({ phase: { kind: "ended", reason, settled: false } });
    await this.#tryToFinish();
  }

  /** A client whose bytes are safe is not told of our trouble: the alarm tries again. */
  async #tryToFinish(): Promise<void> {
    try {
      await this.#finish();
    } catch (error) {
      logError("upload.finishFailed", error, { uploadId: this.#store.load()?.uploadId });
    }
  }

  #finish(): Promise<void> {
    this.#finishing ??= this.#finishNow().finally(() => {
      this.#finishing = null;
    });
    return this.#finishing;
  }

  async #finishNow(): Promise<void> {
    const found = this.#store.load();
    if (found === null || found.phase.kind === "open" || isSettled(found.phase)) return;
    const nowMs = Date.now();
    await this.#state.storage.setAlarm(nowMs + retryAfterMs);
    const { session, isUnknown } = await finish(this.#env, this.#store, found, nowMs);
    const outcome = stateOf(session.phase);
    log("info", "upload.ended", { uploadId: session.uploadId, videoId: session.videoId, outcome });
    count(this.#env, this.#state, "uploads_total", { outcome });
    await this.#state.storage.setAlarm(nowMs + rememberMs);
    if (isUnknown) this.#state.waitUntil(this.#inspect(session));
  }

  /** What can be told of a file that does not play as it is. The runner decides what it is. */
  async #inspect(session: Session): Promise<void> {
    try {
      // What it says of the file would be said of the video.
      if (isBeside(session)) return;
      const { inspectSource } = await import("./inspect.ts");
      await inspectSource(this.#env, session.videoId, session.offsetBytes);
    } catch (error) {
      logError("upload.inspectFailed", error, { uploadId: session.uploadId });
    }
  }
}

const unknown = refused({ code: "notFound", detail: "There is no such upload." });
const locked = refused({
  code: "uploadLocked",
  detail: "Another request is writing to this upload. Try again.",
});
const complete: Refusal = { code: "conflict", detail: "The upload is complete; delete its video instead." };

function refused(refusal: Refusal) {
  return { ok: false, refusal } as const;
}
