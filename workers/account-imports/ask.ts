// One question to a provider's API, and what of its answer is understood.
import type { z } from "@hono/zod-openapi";
import type { Env } from "#workers/env.ts";
import { fetchTarget } from "#workers/outbound/guarded-fetch.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import type { ProviderRefusal } from "./provider.ts";

/** A thousand videos with all that is said of them. */
const mostBytes = 16 * 1024 * 1024;
const longestMs = 30_000;

export interface Question {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: string;
  readonly authorization: string;
  readonly body?: unknown;
}

const later: ProviderRefusal = { kind: "later", afterSeconds: null };
const notUnderstood: ProviderRefusal = { kind: "refused", code: "answerNotUnderstood" };

/** Null: there is no such thing. */
export async function ask<Schema extends z.ZodType>(
  env: Env,
  { method, url, authorization, body }: Question,
  schema: Schema,
): Promise<Result<z.infer<Schema> | null, ProviderRefusal>> {
  const signal = AbortSignal.timeout(longestMs);
  const headers = { Authorization: authorization, Accept: "application/json" };
  const sent =
    body === undefined
      ? { headers }
      : { headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) };
  try {
    const asked = await fetchTarget(env, url, { method, signal, ...sent });
    if (!asked.ok) return refuse(later);
    const answer = asked.value;
    const refusal = refusalOf(answer);
    if (!answer.ok) await answer.body?.cancel();
    if (refusal !== null) return refuse(refusal);
    if (!answer.ok) return ok(null);
    const text = await boundedText(answer);
    const parsed = schema.safeParse(text === null ? undefined : parsedJson(text));
    return parsed.success ? ok(parsed.data) : refuse(notUnderstood);
  } catch {
    // It did not answer in time, or the line broke.
    return refuse(later);
  }
}

function refusalOf({ ok: isOk, status, headers }: Response): ProviderRefusal | null {
  if (isOk || status === 404) return null;
  if (status === 401 || status === 403) return { kind: "refused", code: "credentialRefused" };
  // RFC 9110 10.2.3; a date is not worth the trouble.
  const seconds = Number(headers.get("Retry-After") ?? NaN);
  if (status === 429 || status >= 500)
    return { kind: "later", afterSeconds: Number.isFinite(seconds) && seconds >= 0 ? seconds : null };
  return notUnderstood;
}

/** Null: it is longer than any such answer. */
async function boundedText({ body }: Response): Promise<string | null> {
  if (body === null) return "";
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body as ReadableStream<Uint8Array>) {
    bytes += piece.length;
    if (bytes > mostBytes) return null;
    pieces.push(piece);
  }
  return new Blob(pieces).text();
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
