// A POST that carries an Idempotency-Key is done once: who sends it again is given the first answer. tus creation is
// left out: an upload that a lost answer made is empty and expires, and its body may be a first chunk of any length.
import type { Context, Next } from "hono";
import { sha256Hex } from "#workers/access/sha256.ts";
import { maxCaptionBytes } from "#workers/captions/contract.ts";
import { hexOf } from "#workers/hex.ts";
import type { ApiEnv } from "./context.ts";
import { isLasting, parseIdempotencyKey } from "./idempotency-key.ts";
import { claimAnswer, keepAnswer, release, type Claim, type KeptAnswer } from "./kept-answers.ts";
import { logError } from "./log.ts";
import { problemResponse } from "./problem.ts";
import { readBounded } from "./read-bounded.ts";

/** As much as any POST may have: captions, as a form. */
const maxBodyBytes = maxCaptionBytes + 10_000;
const keptHeaders = ["Content-Type", "Location"];
const withoutKeys = new Set(["/v1/uploads/tus"]);

export async function onlyOnce(c: Context<ApiEnv>, next: Next): Promise<Response | void> {
  const header = c.req.header("Idempotency-Key");
  if (header === undefined || withoutKeys.has(c.req.path)) return next();
  const requestId = c.var.requestId;
  const key = parseIdempotencyKey(header);
  if (key === null) {
    const fault = { pointer: "Idempotency-Key", detail: "1 to 255 characters of ASCII, quoted or not" };
    return problemResponse("invalidParameter", { requestId, errors: [fault] });
  }
  const { raw } = c.req;
  const body = raw.body === null ? new Uint8Array(0) : await readBounded(raw.body, maxBodyBytes);
  if (body === null) return problemResponse("bodyTooLarge", { requestId });
  const sent = body.byteLength === 0 ? null : body;
  c.req.raw = new Request(raw.url, { method: raw.method, headers: raw.headers, body: sent });

  const { pathname, search } = new URL(raw.url);
  const named = {
    id: await sha256Hex(JSON.stringify([c.var.principal.keyId, pathname, key])),
    fingerprint: await fingerprintOf(search, c.req.header("Content-Type") ?? "", body),
  };
  const claimed = await claimAnswer(c.env.DB, c.env.SEALING_KEY, named, Date.now());
  switch (claimed.state) {
    case "reused":
      return problemResponse("idempotencyKeyReused", { requestId });
    case "inUse":
      return problemResponse("idempotencyKeyInUse", { requestId, headers: { "Retry-After": "1" } });
    case "unreadable": {
      const detail = "It was done, and its answer can't be read any more: SEALING_KEY is another one.";
      return problemResponse("conflict", { requestId, detail });
    }
    case "answered":
      return replay(c, claimed.answer);
    case "ours": {
      const answered = answerOnce(c, next, claimed.claim);
      // Who hangs up meanwhile asks again: what was begun is finished, and its answer kept.
      c.executionCtx.waitUntil(answered.catch(() => undefined));
      return answered;
    }
  }
}

async function answerOnce(c: Context<ApiEnv>, next: Next, claim: Claim): Promise<void> {
  try {
    await next();
  } catch (error) {
    await settle(c, claim, null);
    throw error;
  }
  const { res } = c;
  const answer = isLasting(res.status, res.headers) ? await answerOf(c) : null;
  await settle(c, claim, answer);
}

/** The change is made: that its answer can't be kept must not undo it. The key is free again when its time is over. */
async function settle(c: Context<ApiEnv>, claim: Claim, answer: KeptAnswer | null): Promise<void> {
  try {
    if (answer === null) await release(c.env.DB, claim);
    else await keepAnswer(c.env.DB, c.env.SEALING_KEY, claim, answer);
  } catch (error) {
    logError("idempotency.notKept", error, { requestId: c.var.requestId });
  }
}

async function answerOf(c: Context<ApiEnv>): Promise<KeptAnswer> {
  const { res } = c;
  const headers = keptHeaders.flatMap((name) => {
    const value = res.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return {
    status: res.status,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: new Uint8Array(await res.clone().arrayBuffer()),
    revision: c.var.revision ?? null,
  };
}

function replay(c: Context<ApiEnv>, { status, headers, body, revision }: KeptAnswer): Response {
  c.set("replayed", true);
  if (revision !== null) c.set("revision", revision);
  return new Response(status === 204 ? null : body, {
    status,
    headers: { ...headers, "Idempotent-Replayed": "true" },
  });
}

async function fingerprintOf(search: string, contentType: string, body: Uint8Array): Promise<string> {
  const head = new TextEncoder().encode(JSON.stringify([search, contentType]));
  const whole = new Uint8Array(head.byteLength + body.byteLength);
  whole.set(head);
  whole.set(body, head.byteLength);
  const digest = await crypto.subtle.digest("SHA-256", whole);
  return hexOf(new Uint8Array(digest));
}
