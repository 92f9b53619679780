// Asks the service whether playback may go on: when it begins, every few seconds while it plays, and tells when it ends.
// A viewer who was cut off is told so within those seconds, however much is buffered.
import { conditionOf, problemCode, type Condition } from "./conditions.ts";
import type { Measured } from "./engine.ts";
import { withSession } from "./source-url.ts";

export type BeaconEvent = "playing" | "paused" | "ended" | "error" | "quit";

/** As CTA-5004-A names them: an event, and the state it led to. */
const told: Readonly<Record<BeaconEvent, { readonly e: string; readonly sta: string }>> = {
  playing: { e: "t", sta: "p" },
  paused: { e: "ps", sta: "a" },
  ended: { e: "ps", sta: "e" },
  error: { e: "e", sta: "f" },
  quit: { e: "ps", sta: "q" },
};

/** What a beacon looks at of an element. */
export interface Watched extends EventTarget {
  readonly currentTime: number;
  readonly paused: boolean;
  readonly ended: boolean;
  readonly seeking: boolean;
}

export interface BeaconOptions {
  readonly url: string;
  readonly video: Watched;
  readonly measure: () => Measured | null;
  /** Once: no beacon follows it. */
  readonly onRefused: (condition: Condition) => void;
  /** The session goes on under another name, in every URL from now on. */
  readonly onRenewed: (session: string) => void;
}

/** Until the service says how often. */
const firstSeconds = 10;
const longestSeconds = 60;
/** An answer that takes longer than this is no answer. */
const timeoutMs = 8_000;

export class Beacon {
  readonly #options: BeaconOptions;
  readonly #ended = new AbortController();
  #url: string;
  #nextSeconds = firstSeconds;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  #told: BeaconEvent | null = null;
  /** The buffer ran dry since the last beacon. */
  #starved = false;

  constructor(options: BeaconOptions) {
    this.#options = options;
    this.#url = options.url;
    const { video } = options;
    const { signal } = this.#ended;
    video.addEventListener("playing", () => this.#goOn(), { signal });
    // At the end the element pauses too.
    video.addEventListener("pause", () => this.#rest(video.ended ? "ended" : "paused"), { signal });
    video.addEventListener("ended", () => this.#rest("ended"), { signal });
    video.addEventListener("waiting", () => (this.#starved ||= this.#told === "playing" && !video.seeking), {
      signal,
    });
    // A page that goes may come back from the browser's memory, and then plays on.
    addEventListener("pagehide", () => this.#rest("quit"), { signal });
    addEventListener("pageshow", () => !video.paused && this.#goOn(), { signal });
  }

  /** Says what the session ended with; null says nothing, since it was refused. */
  stop(last: "error" | "quit" | null): void {
    if (this.#ended.signal.aborted) return;
    if (last !== null) this.#rest(last);
    clearTimeout(this.#timer);
    this.#ended.abort();
  }

  #goOn(): void {
    if (this.#timer === undefined && !this.#asking) void this.#ask();
  }

  #rest(event: BeaconEvent): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // Nothing to end before anything began, and nothing ends twice.
    if (this.#told === null || this.#told === event || (event === "quit" && this.#told === "ended")) return;
    void this.#send(event);
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    const seconds = await this.#send("playing");
    this.#asking = false;
    const { video } = this.#options;
    if (seconds === null || video.paused || video.ended || this.#ended.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#ask();
    }, seconds * 1000);
  }

  /** When to ask again; null: never. */
  async #send(event: BeaconEvent): Promise<number | null> {
    this.#told = event;
    const body = JSON.stringify(this.#report(event));
    this.#starved = false;
    try {
      const answer = await fetch(this.#url, {
        method: "POST",
        // A text body makes it a request without preflight, and keepalive lets it outlive the page.
        body,
        keepalive: true,
        credentials: "omit",
        signal: AbortSignal.timeout(timeoutMs),
      });
      return this.#heed(answer.status, await answer.text());
    } catch {
      // Offline, or too slow: the media requests say what there is to say.
      return this.#nextSeconds;
    }
  }

  /** One record of CMCD, version 2. Of what names the player or its viewer nothing: the session is in the path. */
  #report(event: BeaconEvent): Readonly<Record<string, unknown>> {
    const { video } = this.#options;
    const measured = this.#options.measure();
    return {
      v: 2,
      ...told[event],
      ts: Date.now(),
      pt: Math.round(video.currentTime * 1000),
      ...(this.#starved ? { bs: true } : {}),
      ...(measured === null
        ? {}
        : {
            sf: "h",
            ...listed("mtp", measured.throughputBps, hundreds(1000)),
            ...listed("bl", measured.bufferSeconds, hundreds(0.001)),
            ...listed("br", measured.bitrateBps, whole),
            ...listed("tb", measured.topBitrateBps, whole),
          }),
    };
  }

  #heed(status: number, body: string): number | null {
    if (status === 200) {
      const { nextSeconds, session } = readAnswer(body);
      this.#nextSeconds = nextSeconds ?? this.#nextSeconds;
      if (session !== null) {
        this.#url = withSession(this.#url, session);
        this.#options.onRenewed(session);
      }
      return this.#nextSeconds;
    }
    const code = problemCode(body);
    const refused = status === 401 || status === 403 || ((status === 404 || status === 410) && code !== null);
    if (refused) {
      if (this.#ended.signal.aborted) return null;
      clearTimeout(this.#timer);
      this.#ended.abort();
      this.#options.onRefused(conditionOf(status, code));
      return null;
    }
    // The service is busy; anything else it does not take, and asking again would not change that.
    return status === 429 || status >= 500 ? Math.max(this.#nextSeconds, firstSeconds) : null;
  }
}

/** CTA-5004-A: throughput and buffer in hundreds of kbps and ms, bitrates in whole kbps. */
const hundreds = (unit: number) => (value: number) => Math.round(value / unit / 100) * 100;
const whole = (bps: number) => Math.round(bps / 1000);

function listed(
  key: string,
  value: number | null,
  rounded: (value: number) => number,
): Readonly<Record<string, readonly number[]>> {
  return value === null || !Number.isFinite(value) ? {} : { [key]: [rounded(value)] };
}

interface Answer {
  readonly nextSeconds: number | null;
  readonly session: string | null;
}

function readAnswer(body: string): Answer {
  try {
    const { nextSeconds, session } = JSON.parse(body) as { nextSeconds?: unknown; session?: unknown };
    const isNumber = typeof nextSeconds === "number" && nextSeconds >= 1;
    return {
      nextSeconds: isNumber ? Math.min(nextSeconds, longestSeconds) : null,
      session: typeof session === "string" && /^[\w-]+$/.test(session) ? session : null,
    };
  } catch {
    return { nextSeconds: null, session: null };
  }
}
