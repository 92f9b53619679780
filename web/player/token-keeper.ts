// A token that is fetched anew before it expires: the page gives a function, the player asks it in time. What plays has
// a session of its own; a fresh token is for the next opening, and for a session that is over.

/** Resolves to a playback token: from the page's own server, which knows its viewer. */
export type TokenSource = () => Promise<string>;

/** Before the token's end; enough for a slow answer. */
const leadMs = 60_000;
const leastMs = 5_000;
/** setTimeout takes 31 bits. */
const longestMs = 2 ** 31 - 1;

/** In milliseconds since the epoch; null where the token does not say, or is none. */
export function expiryOf(token: string): number | null {
  const [, payload] = token.split(".");
  if (payload === undefined) return null;
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    if (typeof claims !== "object" || claims === null || !("exp" in claims)) return null;
    return typeof claims.exp === "number" ? claims.exp * 1000 : null;
  } catch {
    return null;
  }
}

/** How long from now until a token that ends then is asked for anew. */
export function refreshDelayMs(expiresAtMs: number, nowMs: number): number {
  const leftMs = expiresAtMs - nowMs;
  // Of a short token, the last quarter.
  return Math.min(longestMs, Math.max(leastMs, leftMs - Math.min(leadMs, leftMs / 4)));
}

export class TokenKeeper {
  readonly #onToken: (token: string) => void;
  #source: TokenSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: Promise<string | null> | null = null;

  constructor(onToken: (token: string) => void) {
    this.#onToken = onToken;
  }

  get source(): TokenSource | null {
    return this.#source;
  }
  set source(source: TokenSource | null) {
    this.#source = source;
    clearTimeout(this.#timer);
  }

  /** From here on this token is the one to be replaced in time. */
  watch(token: string): void {
    clearTimeout(this.#timer);
    const expiresAtMs = this.#source === null ? null : expiryOf(token);
    if (expiresAtMs === null) return;
    this.#timer = setTimeout(() => void this.refresh(), refreshDelayMs(expiresAtMs, Date.now()));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Asked once, however many need it. Null: there is nobody to ask, or no answer. */
  refresh(): Promise<string | null> {
    const source = this.#source;
    if (source === null) return Promise.resolve(null);
    this.#asking ??= this.#ask(source).finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #ask(source: TokenSource): Promise<string | null> {
    try {
      const token = await source();
      if (typeof token !== "string" || token === "") return null;
      this.#onToken(token);
      this.watch(token);
      return token;
    } catch {
      return null;
    }
  }
}
