// One attempt: a request to an endpoint that somebody named, and what came of it. Never throws: whatever the other side
// does is an answer of its own.
import type { Env } from "#workers/env.ts";
import { plainHeaders, signatureHeader } from "./sign.ts";
import { fetchTarget } from "#workers/outbound/guarded-fetch.ts";

export interface Post {
  readonly url: string;
  readonly eventId: string;
  readonly body: string;
  readonly secrets: readonly Uint8Array[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly retryAfter: string | null;
  /** Its beginning. */
  readonly body: string;
}

export interface Posted {
  readonly atMs: number;
  readonly durationMs: number;
  readonly answer: Answer | null;
  /** Null: a success. */
  readonly error: { readonly code: PostErrorCode; readonly message: string } | null;
}

export type PostErrorCode =
  | "targetRefused"
  | "timedOut"
  | "notReached"
  | "redirected"
  | "notTaken"
  /** Nothing was sent. */
  | "secretUnusable";

export const longestMs = 15_000;
const keptBodyBytes = 1_024;
const keptHeaders = 30;
const longestHeader = 256;

export async function post(
  env: Env,
  { url, eventId, body, secrets }: Post,
  nowMs: () => number,
  timeoutMs = longestMs,
): Promise<Posted> {
  const atMs = nowMs();
  const headers = {
    ...plainHeaders(eventId, atMs),
    "webhook-signature": await signatureHeader({ eventId, body, atMs }, secrets),
  };
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  const end = (answer: Answer | null, error: Posted["error"]): Posted => ({
    atMs,
    durationMs: Math.max(0, Math.round(nowMs() - atMs)),
    answer,
    error,
  });
  try {
    const init = { method: "POST", headers, body, signal: stop.signal } as const;
    const fetched = await Promise.race([fetchTarget(env, url, init), aborted(stop.signal)]);
    if (fetched === null) return end(null, timedOut);
    if (!fetched.ok)
      return end(null, { code: "targetRefused", message: `The URL may not be asked: ${fetched.reason}.` });
    const response = fetched.value;
    const answer = {
      status: response.status,
      headers: headersOf(response.headers),
      // Of many headers, those that are kept may end before it.
      retryAfter: response.headers.get("Retry-After"),
      body: await beginningOf(response, stop.signal),
    };
    return end(answer, errorOf(response));
  } catch {
    // Its message may hold the address that a name stands for, which is nobody's business.
    if (stop.signal.aborted) return end(null, timedOut);
    return end(null, { code: "notReached", message: "No connection, or it broke before the answer." });
  } finally {
    clearTimeout(timer);
  }
}

const timedOut = { code: "timedOut", message: "No answer in time." } as const;

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(null), { once: true }));
}

function errorOf({ ok, status }: Response): Posted["error"] {
  if (ok) return null;
  if (status >= 300 && status < 400)
    return { code: "redirected", message: "Redirects are not followed: give the URL that it leads to." };
  return { code: "notTaken", message: `Answered ${status}, which is not of 200 to 299.` };
}

function headersOf(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...headers]
      .filter(([name]) => name !== "set-cookie")
      .slice(0, keptHeaders)
      .map(([name, value]) => [name, value.slice(0, longestHeader)]),
  );
}

/** What has come of it by the time that is over, and no more than is kept: an endless body ends here. */
async function beginningOf({ body }: Response, signal: AbortSignal): Promise<string> {
  if (body === null) return "";
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const kept = new Uint8Array(keptBodyBytes);
  let length = 0;
  try {
    while (length < keptBodyBytes && !signal.aborted) {
      const read = await Promise.race([reader.read(), aborted(signal)]);
      if (read === null || read.done) break;
      const chunk = read.value.subarray(0, keptBodyBytes - length);
      kept.set(chunk, length);
      length += chunk.byteLength;
    }
  } catch {
    // The status has been given: what a body that breaks was to say is of no account.
  }
  reader.cancel().catch(() => undefined);
  return new TextDecoder().decode(kept.subarray(0, length)).replaceAll("\0", "\u{FFFD}");
}
