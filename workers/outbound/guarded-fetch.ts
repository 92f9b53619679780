// The one way to a URL that somebody named: each step of it is judged, the redirects too.
import type { Env } from "#workers/env.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { resolved } from "./resolved.ts";
import { checkTarget, type TargetRefusal } from "./target.ts";

export type GuardRefusal =
  TargetRefusal | "privateAddress" | "notResolved" | "tooManyRedirects" | "redirectWithoutLocation";

export type GuardEnv = Pick<Env, "OUTBOUND_ALLOW_PRIVATE" | "DOH_URL">;

const mostRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

/** Of one request; an answer that leads elsewhere is the answer. */
export async function fetchTarget(
  env: GuardEnv,
  text: string,
  init: RequestInit,
): Promise<Result<Response, GuardRefusal>> {
  const target = checkTarget(env, text);
  if (!target.ok) return target;
  if (env.DOH_URL && env.OUTBOUND_ALLOW_PRIVATE !== "true") {
    const resolution = await resolved(env.DOH_URL, new URL(target.value).hostname);
    if (resolution !== "public") return refuse(resolution);
  }
  return ok(await fetch(target.value, { ...init, redirect: "manual" }));
}

/** GET, with redirects followed by hand. Headers go only to the origin that was named. */
export async function guardedFetch(
  env: GuardEnv,
  text: string,
  init: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
  ownHeaders: Readonly<Record<string, string>> = {},
): Promise<Result<Response, GuardRefusal>> {
  let url = text;
  // What opens one house is not shown at the next, nor again when that one sends back.
  let isAtHome = true;
  for (let step = 0; step <= mostRedirects; step++) {
    isAtHome &&= URL.parse(url)?.origin === URL.parse(text)?.origin;
    const headers = new Headers(isAtHome ? ownHeaders : {});
    for (const [name, value] of Object.entries(init.headers)) headers.set(name, value);
    const fetched = await fetchTarget(env, url, { ...init, headers });
    if (!fetched.ok || !redirects.has(fetched.value.status)) return fetched;
    const location = fetched.value.headers.get("Location");
    await fetched.value.body?.cancel();
    const next = location === null ? null : URL.parse(location, url);
    if (next === null) return refuse("redirectWithoutLocation");
    url = next.href;
  }
  return refuse("tooManyRedirects");
}
