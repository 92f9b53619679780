// What a runner token looks like: `sluice_{tokenId}_{secret}`, as an API key does. The id finds the row; of the secret
// only its SHA-256 is stored: 32 random bytes need no slow hash.
import { sha256Hex } from "#workers/access/sha256.ts";
import { isId, newId, randomToken } from "#workers/ids.ts";

export interface NewRunnerToken {
  readonly id: string;
  /** Shown once, never stored. */
  readonly token: string;
  readonly secretHash: string;
}

export async function newRunnerToken(nowMs: number): Promise<NewRunnerToken> {
  const id = newId("runnerToken", nowMs);
  const secret = randomToken(32);
  return { id, token: `sluice_${id}_${secret}`, secretHash: await sha256Hex(secret) };
}

export function parseRunnerToken(token: string): { readonly id: string; readonly secret: string } | null {
  const [, id, secret] = /^sluice_(rtk_[0-9A-Z]{26})_([A-Za-z0-9_-]{43})$/.exec(token) ?? [];
  if (id === undefined || secret === undefined || !isId("runnerToken", id)) return null;
  return { id, secret };
}
