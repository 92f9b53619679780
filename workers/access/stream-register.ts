// The streams of one viewer over storage, one change after the other. What ends a stream is revoked before the change
// is kept or answered: if that fails, nothing has changed.
import { decodeBase64url } from "#workers/base64url.ts";
import type { Env } from "#workers/env.ts";
import { log } from "#workers/http/log.ts";
import type { StreamLimit } from "./policy.ts";
import { forEverSeconds, type Revocation } from "./revocation-log.ts";
import {
  admit,
  current,
  isEmpty,
  noStreams,
  release,
  renew,
  type EndedStream,
  type Step,
  type StreamChange,
  type StreamState,
  type StreamUse,
} from "./stream-leases.ts";

export class StreamRegister {
  readonly #storage: DurableObjectStorage;
  readonly #env: Pick<Env, "REVOCATIONS">;
  #state: StreamState;
  /** The work under way: between asking for a revocation and its answer another call may come in. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(storage: DurableObjectStorage, env: Pick<Env, "REVOCATIONS">) {
    this.#storage = storage;
    this.#env = env;
    this.#state = storage.kv.get<StreamState>("streams") ?? noStreams;
  }

  admit(sessionId: string, limit: StreamLimit, nowMs: number): Promise<StreamChange> {
    return this.#change((state) => admit(state, sessionId, limit, nowMs));
  }

  renew(use: StreamUse, nowMs: number): Promise<StreamChange> {
    return this.#change((state) => renew(state, use, nowMs));
  }

  async release(sessionId: string, nowMs: number): Promise<void> {
    await this.#change((state) => ({
      state: release(state, sessionId, nowMs),
      outcome: "ended",
      ended: [],
    }));
  }

  /** Drops everything when time has ended all of it. */
  clearIfOver(nowMs: number): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!isEmpty(current(this.#state, nowMs))) return false;
      this.#state = noStreams;
      await this.#storage.deleteAll();
      return true;
    });
  }

  #change(decide: (state: StreamState) => Step): Promise<StreamChange> {
    return this.#inTurn(async () => {
      const { state, outcome, ended } = decide(this.#state);
      if (ended.length > 0) await this.#revoke(ended);
      this.#storage.kv.put("streams", state);
      this.#state = state;
      return { outcome, ended: ended.map(({ sessionId }) => sessionId) };
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #revoke(ended: readonly EndedStream[]): Promise<void> {
    await this.#env.REVOCATIONS.getByName("all").revoke(ended.map(entryOf));
    for (const { sessionId, reason } of ended) log("info", "access.streamEnded", { sessionId, reason });
  }
}

function entryOf({ sessionId, reason }: EndedStream): Revocation {
  const hash = decodeBase64url(sessionId);
  if (hash === null) throw new Error("not the name of a session");
  return { kind: "session", hash, issuedBeforeSeconds: forEverSeconds, reason };
}
