// A browser that is signed in to the dashboard by an API key. The cookie holds a random id, sealed, that no script can
// read; the database holds its hash, so that signing out, and revoking the key, ends it at the next request.
import type { Env } from "#workers/env.ts";
import { originOf } from "#workers/http/origin.ts";
import { randomToken } from "#workers/ids.ts";
import type { Principal, Scope } from "./scope.ts";
import { seal, unseal } from "./sealing.ts";
import { sha256Hex } from "./sha256.ts";

export const csrfHeader = "X-Sluice-Csrf";

export interface DashboardSession {
  readonly principal: Principal;
  readonly keyName: string;
  readonly expiresMs: number;
}

const sealedAs = "dashboard session";
const defaultIdleSeconds = 8 * 3600;
/** However much it is used. */
const longestMs = 7 * 86_400_000;
/** A session in use is written at most this often. */
const putOffEveryMs = 300_000;
const encoder = new TextEncoder();

/** The value of a new session's cookie. */
export async function openSession(env: Env, keyId: string, nowMs: number): Promise<string> {
  const id = randomToken(32);
  await env.DB.batch([
    env.DB.prepare("DELETE FROM dashboard_sessions WHERE expires_at <= ?").bind(nowMs),
    env.DB.prepare(
      "INSERT INTO dashboard_sessions (id_hash, key_id, created_at, expires_at) VALUES (?, ?, ?, ?)",
    ).bind(await sha256Hex(id), keyId, nowMs, nowMs + idleMs(env)),
  ]);
  return seal(env.SEALING_KEY, sealedAs, encoder.encode(id));
}

export async function closeSession(env: Env, cookie: string): Promise<void> {
  const idHash = await idHashOf(env, cookie);
  if (idHash !== null)
    await env.DB.prepare("DELETE FROM dashboard_sessions WHERE id_hash = ?").bind(idHash).run();
}

interface SessionRow {
  readonly key_id: string;
  readonly name: string;
  readonly scopes: string;
  readonly created_at: number;
  readonly expires_at: number;
}

/**
 * Null: forged, expired, signed out, or of a revoked key. Not remembered in the isolate: a person can wait for one row,
 * and a revoked key is out at the next request.
 */
export async function readSession(env: Env, cookie: string, nowMs: number): Promise<DashboardSession | null> {
  const idHash = await idHashOf(env, cookie);
  if (idHash === null) return null;
  const row = await env.DB.prepare(
    `SELECT s.key_id, k.name, k.scopes, s.created_at, s.expires_at
     FROM dashboard_sessions s JOIN api_keys k ON k.id = s.key_id
     WHERE s.id_hash = ? AND s.expires_at > ? AND k.revoked_at IS NULL`,
  )
    .bind(idHash, nowMs)
    .first<SessionRow>();
  if (row === null) return null;
  const expiresMs = Math.min(nowMs + idleMs(env), row.created_at + longestMs);
  if (expiresMs - row.expires_at > putOffEveryMs) await putOff(env.DB, idHash, row.key_id, expiresMs, nowMs);
  return {
    // Own column only: the value is what `newApiKey` wrote.
    principal: { keyId: row.key_id, scopes: JSON.parse(row.scopes) as Scope[] },
    keyName: row.name,
    expiresMs: Math.max(expiresMs, row.expires_at),
  };
}

async function putOff(
  db: D1Database,
  idHash: string,
  keyId: string,
  expiresMs: number,
  nowMs: number,
): Promise<void> {
  await db.batch([
    db
      .prepare("UPDATE dashboard_sessions SET expires_at = ?1 WHERE id_hash = ?2 AND expires_at < ?1")
      .bind(expiresMs, idHash),
    db
      .prepare("UPDATE api_keys SET last_used_at = ?1 WHERE id = ?2 AND coalesce(last_used_at, 0) < ?1")
      .bind(nowMs, keyId),
  ]);
}

/**
 * A header that a form can't send and that CORS allows no other site, and what the browser itself says of who asks:
 * GET names no origin, but `Sec-Fetch-Site` (Fetch Metadata 2.3) tells of every request.
 */
export function isOfOurPages(request: Request): boolean {
  const { headers, method } = request;
  if (isPictureOfOurPages(request)) return true;
  if (headers.get(csrfHeader) !== "1") return false;
  const site = headers.get("Sec-Fetch-Site");
  if (site !== null && site !== "same-origin") return false;
  const origin = headers.get("Origin");
  return origin === null ? method === "GET" || method === "HEAD" : origin === originOf(request);
}

/** An `<img>` sends no header of ours. No page can write these two, and no other page of another origin gets past them. */
const isPictureOfOurPages = ({ headers, method }: Request): boolean =>
  method === "GET" &&
  headers.get("Sec-Fetch-Dest") === "image" &&
  headers.get("Sec-Fetch-Site") === "same-origin";

export function sessionCookieIn(request: Request): string | null {
  const name = `${cookieName(request)}=`;
  const cookies = request.headers.get("Cookie")?.split(";") ?? [];
  for (const cookie of cookies) {
    const pair = cookie.trim();
    if (pair.startsWith(name)) return pair.slice(name.length);
  }
  return null;
}

const isSecure = (request: Request): boolean => originOf(request).startsWith("https:");

/** RFC 6265bis 4.1.3.2: a browser takes `__Host-` only with Secure, which not all send over http on a developer's machine. */
const cookieName = (request: Request): string => (isSecure(request) ? "__Host-sluice" : "sluice");

/** As Set-Cookie says it; null takes it away. Without `Max-Age`, it goes with the browser's session. */
export function sessionCookie(request: Request, value: string | null): string {
  const parts = [`${cookieName(request)}=${value ?? ""}`, "Path=/", "HttpOnly", "SameSite=Strict"];
  if (isSecure(request)) parts.push("Secure");
  if (value === null) parts.push("Max-Age=0");
  return parts.join("; ");
}

/** Null: not a cookie that we gave. */
async function idHashOf(env: Env, cookie: string): Promise<string | null> {
  if (cookie === "" || cookie.length > 200) return null;
  const id = await unseal(env.SEALING_KEY, sealedAs, cookie);
  return id === null ? null : sha256Hex(new TextDecoder().decode(id));
}

function idleMs({ DASHBOARD_SESSION_SECONDS: setting }: Env): number {
  const seconds = setting === undefined ? defaultIdleSeconds : Number(setting);
  if (!Number.isSafeInteger(seconds) || seconds < 60 || seconds > longestMs / 1000)
    throw new Error("DASHBOARD_SESSION_SECONDS is a whole number from 60 to 604800");
  return seconds * 1000;
}
