// The rows of the Revocations object, and the log made of them, which is kept in memory and only added to. Loaded by
// the object when it is first asked.
import type { Env } from "#workers/env.ts";
import { longestSessionMs } from "#workers/playback/session.ts";
import { credentialHashBytes } from "./credential-hash.ts";
import {
  RevocationLog,
  revocationKinds,
  revocationReasons,
  type Revocation,
  type RevocationKind,
} from "./revocation-log.ts";
import { maxTokenSeconds } from "./token-lifetime.ts";

export interface StoredRevocation extends Revocation {
  /** Counts what was said. */
  readonly sequence: number;
  readonly revokedAtMs: number;
  readonly expiresAtMs: number;
}

/** The log as of `sequence`: what to add to the one that the asker has, or all of it. */
export type Snapshot =
  | { readonly kind: "unchanged"; readonly sequence: number }
  | { readonly kind: "changes" | "whole"; readonly sequence: number; readonly bytes: Uint8Array };

/** More than these, and the whole log is the shorter answer to reason about. */
const maxChanges = 1_000;

type Row = {
  readonly kind: number;
  readonly hash: ArrayBuffer;
  readonly issued_before: number;
  readonly reason: number;
  readonly sequence: number;
  readonly revoked_ms: number;
  readonly expires_ms: number;
};

export class RevocationRows {
  readonly #storage: DurableObjectStorage;
  #log: RevocationLog;
  #sequence: number;
  /** Before this, rows were dropped: who knows only what was then gets the whole log. */
  #floor: number;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS revocations (
         kind INTEGER NOT NULL, hash BLOB NOT NULL, issued_before INTEGER NOT NULL, reason INTEGER NOT NULL,
         sequence INTEGER NOT NULL, revoked_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
         PRIMARY KEY (kind, hash)) WITHOUT ROWID`,
    );
    storage.sql.exec("CREATE INDEX IF NOT EXISTS revocations_sequence ON revocations (sequence)");
    storage.sql.exec("CREATE INDEX IF NOT EXISTS revocations_expires ON revocations (expires_ms)");
    this.#sequence = storage.kv.get<number>("sequence") ?? 0;
    this.#floor = storage.kv.get<number>("floor") ?? 0;
    this.#log = this.#loadLog();
  }

  /** What is said again of a subject can only grow: the later time, the stronger reason. */
  revoke(
    entries: readonly Revocation[],
    nowMs: number,
    lifetimeMs: (kind: RevocationKind) => number,
  ): readonly StoredRevocation[] {
    // Before anything is written: a row that the log can't hold would break it at every start.
    if (entries.some(({ hash }) => hash.length !== credentialHashBytes))
      throw new Error("a hash of another length");
    const stored = new Map<string, StoredRevocation>();
    let sequence = this.#sequence;
    this.#storage.transactionSync(() => {
      for (const { kind, hash, issuedBeforeSeconds, reason } of entries) {
        const row = this.#storage.sql
          .exec<Row>(
            `INSERT INTO revocations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (kind, hash) DO UPDATE SET issued_before = max(issued_before, ?3),
               reason = min(reason, ?4), sequence = ?5, revoked_ms = ?6, expires_ms = max(expires_ms, ?7)
             RETURNING *`,
            revocationKinds.indexOf(kind),
            hash,
            issuedBeforeSeconds,
            revocationReasons.indexOf(reason),
            ++sequence,
            nowMs,
            nowMs + lifetimeMs(kind),
          )
          .one();
        stored.set(`${kind} ${hash.join()}`, storedOf(row));
      }
      this.#storage.kv.put("sequence", sequence);
    });
    this.#sequence = sequence;
    const said = [...stored.values()];
    this.#log = this.#log.with(RevocationLog.of(said));
    return said;
  }

  snapshot(known: number | null): Snapshot {
    const sequence = this.#sequence;
    if (known === sequence) return { kind: "unchanged", sequence };
    if (known !== null && known >= this.#floor && known < sequence) {
      const changes = this.#rows("WHERE sequence > ? LIMIT ?", known, maxChanges + 1);
      if (changes.length <= maxChanges)
        return { kind: "changes", sequence, bytes: RevocationLog.of(changes).bytes };
    }
    return { kind: "whole", sequence, bytes: this.#log.bytes };
  }

  /** Newest first. */
  list(beforeSequence: number | null, limit: number): readonly StoredRevocation[] {
    const before = beforeSequence ?? Number.MAX_SAFE_INTEGER;
    return this.#rows("WHERE sequence < ? ORDER BY sequence DESC LIMIT ?", before, limit);
  }

  dropExpired(nowMs: number): void {
    const { sql, kv } = this.#storage;
    const dropped = this.#storage.transactionSync(() => {
      const { rowsWritten } = sql.exec("DELETE FROM revocations WHERE expires_ms <= ?", nowMs);
      if (rowsWritten === 0) return false;
      // A number of its own, so that whoever asks next is given the shorter log.
      kv.put("sequence", this.#sequence + 1);
      kv.put("floor", this.#sequence + 1);
      return true;
    });
    if (!dropped) return;
    this.#sequence += 1;
    this.#floor = this.#sequence;
    this.#log = this.#loadLog();
  }

  nextExpiryMs(): number | null {
    const { next } = this.#storage.sql
      .exec<{ next: number | null }>("SELECT min(expires_ms) AS next FROM revocations")
      .one();
    return next;
  }

  #loadLog(): RevocationLog {
    return RevocationLog.of(this.#rows("ORDER BY kind, hash"));
  }

  #rows(rest: string, ...bound: readonly number[]): readonly StoredRevocation[] {
    const rows = this.#storage.sql.exec<Row>(`SELECT * FROM revocations ${rest}`, ...bound);
    return rows.toArray().map(storedOf);
  }
}

function storedOf(row: Row): StoredRevocation {
  return {
    // Own columns only: the numbers are places in these lists.
    kind: revocationKinds[row.kind] ?? "session",
    hash: new Uint8Array(row.hash),
    issuedBeforeSeconds: row.issued_before,
    reason: revocationReasons[row.reason] ?? "revoked",
    sequence: row.sequence,
    revokedAtMs: row.revoked_ms,
    expiresAtMs: row.expires_ms,
  };
}

/** For clocks that differ, and for sessions that are minted before a location has heard. */
const marginMs = 3_600_000;

/** As long as a credential of the subject could live, and a session that was minted by its last one. */
export function revocationLifetimeMs(kind: RevocationKind, env: Pick<Env, "MAX_TOKEN_SECONDS">): number {
  switch (kind) {
    case "session":
    case "policy":
      return longestSessionMs + marginMs;
    case "viewer":
    case "token":
    case "playbackId":
    case "signingKey":
      return Math.max(longestSessionMs, maxTokenSeconds(env) * 1_000) + marginMs;
  }
}
