// What an API key looks like: `sluice_{keyId}_{secret}`. The id finds the row, the secret is only ever
// stored as its SHA-256: 32 random bytes need no slow hash.
import { isId, newId, randomToken } from "#workers/ids.ts";
import type { Scope } from "./scope.ts";
import { sha256Hex } from "./sha256.ts";

export interface NewApiKey {
  readonly id: string;
  /** Shown once, never stored. */
  readonly token: string;
  /** The columns of `api_keys`. */
  readonly row: {
    readonly id: string;
    readonly name: string;
    readonly secret_hash: string;
    readonly scopes: string;
    readonly created_at: number;
  };
}

/** Also runs in Node: the first admin key is made by a script and inserted by SQL. */
export async function newApiKey(nowMs: number, name: string, granted: readonly Scope[]): Promise<NewApiKey> {
  const id = newId("apiKey", nowMs);
  const secret = randomToken(32);
  const row = {
    id,
    name,
    secret_hash: await sha256Hex(secret),
    scopes: JSON.stringify(granted),
    created_at: nowMs,
  };
  return { id, token: `sluice_${id}_${secret}`, row };
}

export interface ParsedToken {
  readonly keyId: string;
  readonly secret: string;
}

export function parseToken(token: string): ParsedToken | null {
  const match = /^sluice_(key_[0-9A-Z]{26})_([A-Za-z0-9_-]{43})$/.exec(token);
  const keyId = match?.[1];
  const secret = match?.[2];
  if (keyId === undefined || secret === undefined || !isId("apiKey", keyId)) return null;
  return { keyId, secret };
}
