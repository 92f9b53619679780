import { env, exports } from "cloudflare:workers";
import { newApiKey, parseToken } from "#workers/access/new-api-key.ts";
import type { Scope } from "#workers/access/scope.ts";

export const origin = "https://sluice.test";

/** Inserts a key and gives its token. */
export async function insertApiKey(...scopes: readonly Scope[]): Promise<string> {
  const { row, token } = await newApiKey(Date.now(), "test", scopes);
  await env.DB.prepare(
    "INSERT INTO api_keys (id, name, secret_hash, scopes, created_at) VALUES (?, ?, ?, ?, ?)",
  )
    .bind(row.id, row.name, row.secret_hash, row.scopes, row.created_at)
    .run();
  return token;
}

/** What must never be readable of a key. A secret may hold the underscore that parts it from its id. */
export function secretOf(token: string): string {
  const parsed = parseToken(token);
  if (parsed === null) throw new Error("not an API key");
  return parsed.secret;
}

export interface Call {
  readonly token?: string;
  readonly json?: unknown;
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request through the Worker's own entry. */
export function call(
  method: string,
  path: string,
  { token, json, body, headers }: Call = {},
): Promise<Response> {
  const sent = json === undefined ? body : JSON.stringify(json);
  return exports.default.fetch(
    new Request(origin + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    }),
  );
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly requestId?: string;
}

/** The body of an RFC 9457 answer; fails on anything else. */
export async function problemOf(response: Response): Promise<ProblemBody> {
  if (response.headers.get("Content-Type") !== "application/problem+json") {
    throw new Error(`${response.status} is not a problem: ${await response.text()}`);
  }
  return response.json();
}
