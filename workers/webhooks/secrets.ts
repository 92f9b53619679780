// What deliveries are signed with. Sealed in the database; shown once, when made.
import { seal, unseal } from "#workers/access/sealing.ts";
import { randomToken } from "#workers/ids.ts";

export interface StoredSecret {
  readonly id: string;
  readonly sealed: string;
  readonly createdAtMs: number;
  /** Null: until another one takes its place. */
  readonly endsAtMs: number | null;
}

/** Standard Webhooks, "Signature scheme": between 24 and 64 bytes. */
const secretBytes = 32;
export const maxSecrets = 3;

export interface NewSecret {
  readonly stored: StoredSecret;
  /** `whsec_` and base64, as Standard Webhooks writes a symmetric secret. */
  readonly shown: string;
}

export async function newSecret(sealingKey: string, webhookId: string, nowMs: number): Promise<NewSecret> {
  const bytes = crypto.getRandomValues(new Uint8Array(secretBytes));
  const id = randomToken(6);
  const sealed = await seal(sealingKey, nameOf(webhookId, id), bytes);
  return {
    stored: { id, sealed, createdAtMs: nowMs, endsAtMs: null },
    shown: `whsec_${btoa(String.fromCharCode(...bytes))}`,
  };
}

export function liveSecrets(secrets: readonly StoredSecret[], nowMs: number): readonly StoredSecret[] {
  return secrets.filter(({ endsAtMs }) => endsAtMs === null || endsAtMs > nowMs);
}

/** Those of before end sooner, never later. Null: as many live as may. */
export function rotated(
  secrets: readonly StoredSecret[],
  made: StoredSecret,
  overlapEndsAtMs: number,
  nowMs: number,
): readonly StoredSecret[] | null {
  const before = liveSecrets(secrets, nowMs)
    .map((secret) => ({ ...secret, endsAtMs: Math.min(secret.endsAtMs ?? Infinity, overlapEndsAtMs) }))
    .filter(({ endsAtMs }) => endsAtMs > nowMs);
  return before.length >= maxSecrets ? null : [made, ...before];
}

/** Null where one was sealed with another SEALING_KEY: what is not signed must not be sent. */
export async function openSecrets(
  sealingKey: string,
  webhookId: string,
  secrets: readonly StoredSecret[],
  nowMs: number,
): Promise<readonly Uint8Array[] | null> {
  const opened = await Promise.all(
    liveSecrets(secrets, nowMs).map(({ id, sealed }) => unseal(sealingKey, nameOf(webhookId, id), sealed)),
  );
  const keys = opened.filter((bytes) => bytes !== null);
  return keys.length === opened.length ? keys : null;
}

const nameOf = (webhookId: string, secretId: string) => `${webhookId}/${secretId}`;
