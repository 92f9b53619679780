// Where the edge path hands over what players tell. It asks only whether there is anything; the parser, the log and
// the histories are loaded for the first player that tells something, and work while the answer is on its way.
import type { Delivered } from "#workers/analytics/session-records.ts";
import { logError } from "#workers/http/log.ts";
import type { Cmcd } from "./cmcd-keys.ts";
import type { SentCall, SessionLog, ToldCall } from "./session-log.ts";
import { carriesCmcd } from "./cmcd-presence.ts";
import type * as parser from "./cmcd.ts";
import type { ViewerHistories, ViewerHistory } from "./viewer-history.ts";

export interface ToldRequest extends ToldCall {
  readonly request: Request;
  readonly query: string;
}

interface Loaded {
  readonly parseCmcd: typeof parser.parseCmcd;
  readonly log: SessionLog;
  readonly histories: ViewerHistories;
}

export class CmcdIntake {
  #loaded: Loaded | null = null;
  #log: SessionLog | null = null;

  /** Of a request whose session is good. Nothing is loaded, kept or waited for when it carries no CMCD. */
  noteRequest(call: ToldRequest): void {
    const { query, request, ctx } = call;
    if (carriesCmcd(query, request.headers)) ctx.waitUntil(this.#noteRequest(call));
  }

  /** What the player of a good session is sent. */
  noteDelivered(call: ToldCall, delivered: Delivered): void {
    if (this.#log !== null) this.#log.noteDelivered(call, delivered);
    else call.ctx.waitUntil(this.#loadLog().then((log) => log.noteDelivered(call, delivered)));
  }

  /** Bytes of a file that were sent. */
  noteFile(call: SentCall, bytes: number): void {
    if (this.#log !== null) this.#log.noteFile(call, bytes);
    else call.ctx.waitUntil(this.#loadLog().then((log) => log.noteFile(call, bytes)));
  }

  /** What a beacon of a good session told. */
  async noteEvents(call: ToldCall, told: readonly Cmcd[]): Promise<void> {
    const { log, histories } = await this.#load();
    for (const record of told) {
      log.note(call, record, "event");
      histories.note(call.session, record, call.ctx, call.nowMs);
    }
  }

  /** Null at once for anonymous viewers, which is most of them. */
  async history(viewerHash: Uint8Array, nowMs: number): Promise<ViewerHistory | null> {
    if (viewerHash.every((byte) => byte === 0)) return null;
    try {
      const { histories } = await this.#load();
      return await histories.read(viewerHash, nowMs);
    } catch (error) {
      // A hint is not worth a refusal.
      logError("playback.historyNotRead", error);
      return null;
    }
  }

  async #noteRequest(call: ToldRequest): Promise<void> {
    try {
      const { parseCmcd, log, histories } = await this.#load();
      const { query, request } = call;
      for (const told of parseCmcd({ mode: "request", query, headers: request.headers })) {
        log.note(call, told, "request");
        histories.note(call.session, told, call.ctx, call.nowMs);
      }
    } catch (error) {
      logError("playback.cmcdNotNoted", error);
    }
  }

  async #load(): Promise<Loaded> {
    if (this.#loaded !== null) return this.#loaded;
    const [{ parseCmcd }, log, { ViewerHistories }] = await Promise.all([
      import("./cmcd.ts"),
      this.#loadLog(),
      import("./viewer-history.ts"),
    ]);
    this.#loaded ??= { parseCmcd, log, histories: new ViewerHistories() };
    return this.#loaded;
  }

  async #loadLog(): Promise<SessionLog> {
    const { SessionLog } = await import("./session-log.ts");
    return (this.#log ??= new SessionLog());
  }
}
