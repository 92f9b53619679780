// Answers by idempotency key, in D1. One INSERT decides who works at a request; whoever it was that died is succeeded
// when its time is over. Answers may hold upload URLs and API keys, so they are sealed.
import { seal, unseal } from "#workers/access/sealing.ts";
import { decodeBase64url, encodeBase64url } from "#workers/base64url.ts";
import { randomToken } from "#workers/ids.ts";

export const keptMs = 24 * 3_600_000;
/** Longer than any handler works. */
export const heldMs = 60_000;
const maxAnswerBytes = 500_000;
const sweepBatch = 1_000;

export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly revision: number | null;
}

export interface Claim {
  readonly id: string;
  readonly holder: string;
}

export type Claimed =
  | { readonly state: "ours"; readonly claim: Claim }
  | { readonly state: "inUse" }
  | { readonly state: "reused" }
  | { readonly state: "answered"; readonly answer: KeptAnswer }
  /** It was done, and another SEALING_KEY keeps its answer: nobody can read it any more. */
  | { readonly state: "unreadable" };

export async function claimAnswer(
  db: D1Database,
  sealingKey: string,
  { id, fingerprint }: { readonly id: string; readonly fingerprint: string },
  nowMs: number,
): Promise<Claimed> {
  const claim = await take(db, id, fingerprint, nowMs);
  if (claim !== null) return { state: "ours", claim };

  const row = await db
    .prepare("SELECT fingerprint, answer FROM idempotency_keys WHERE id = ?")
    .bind(id)
    .first<{ fingerprint: string; answer: string | null }>();
  // Freed in between: the next try gets it.
  if (row === null) return { state: "inUse" };
  if (row.fingerprint !== fingerprint) return { state: "reused" };
  if (row.answer === null) return { state: "inUse" };
  const opened = await unseal(sealingKey, sealedAs(id), row.answer);
  return opened === null ? { state: "unreadable" } : { state: "answered", answer: fromBytes(opened) };
}

/** Without an answer to keep: nobody else has it until it is released. Null: somebody has. */
export const claimTurn = (db: D1Database, id: string, nowMs: number): Promise<Claim | null> =>
  take(db, id, "", nowMs);

async function take(db: D1Database, id: string, fingerprint: string, nowMs: number): Promise<Claim | null> {
  const holder = randomToken();
  const won = await db
    .prepare(
      `INSERT INTO idempotency_keys (id, fingerprint, holder, held_until, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (id) DO UPDATE SET fingerprint = ?2, holder = ?3, held_until = ?4, answer = NULL, expires_at = ?5
         WHERE expires_at <= ?6 OR (answer IS NULL AND held_until <= ?6)
       RETURNING holder`,
    )
    .bind(id, fingerprint, holder, nowMs + heldMs, nowMs + keptMs, nowMs)
    .first<{ holder: string }>();
  return won === null ? null : { id, holder };
}

/** Too late, it changes nothing: another attempt holds the key, and its answer counts. */
export async function keepAnswer(
  db: D1Database,
  sealingKey: string,
  { id, holder }: Claim,
  answer: KeptAnswer,
): Promise<void> {
  if (answer.body.byteLength > maxAnswerBytes) return release(db, { id, holder });
  const sealed = await seal(sealingKey, sealedAs(id), toBytes(answer));
  await db
    .prepare("UPDATE idempotency_keys SET answer = ? WHERE id = ? AND holder = ?")
    .bind(sealed, id, holder)
    .run();
}

export async function release(db: D1Database, { id, holder }: Claim): Promise<void> {
  await db
    .prepare("DELETE FROM idempotency_keys WHERE id = ? AND holder = ? AND answer IS NULL")
    .bind(id, holder)
    .run();
}

export async function sweepAnswers(db: D1Database, nowMs: number): Promise<void> {
  await db
    .prepare(
      `DELETE FROM idempotency_keys WHERE id IN
         (SELECT id FROM idempotency_keys WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
    )
    .bind(nowMs, sweepBatch)
    .run();
}

const sealedAs = (id: string): string => `kept answer ${id}`;

function toBytes({ body, ...head }: KeptAnswer): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ ...head, body: encodeBase64url(body) }));
}

/** Own bytes only: what `toBytes` wrote. */
function fromBytes(bytes: Uint8Array): KeptAnswer {
  const { body, ...head } = JSON.parse(new TextDecoder().decode(bytes)) as Omit<KeptAnswer, "body"> & {
    readonly body: string;
  };
  return { ...head, body: decodeBase64url(body) ?? new Uint8Array(0) };
}
