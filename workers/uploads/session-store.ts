// The rows of one upload inside its Durable Object. Every change of state is one transaction; nothing here
// waits, so no other request of the object can come in between.
import { expiryAfter, type NewSession, type Session } from "./session.ts";

/** A row of SQLite in a Durable Object may hold 2 MB. */
const tailRowBytes = 1_048_576;

export interface StoredPart {
  readonly partNumber: number;
  readonly etag: string;
}

export class SessionStore {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Null for an upload that never was, or is forgotten. Leaves nothing behind: anyone may guess at ids. */
  load(): Session | null {
    return this.#storage.kv.get<Session>("session") ?? null;
  }

  create(
    upload: NewSession,
    plan: {
      readonly partBytes: number;
      readonly expirySeconds: number;
      readonly multipartId: string | null;
    },
    nowMs: number,
  ): Session {
    const session: Session = {
      ...upload,
      ...plan,
      offsetBytes: 0,
      nextPartNumber: 1,
      createdAtMs: nowMs,
      expiresAtMs: expiryAfter({ ...upload, ...plan, createdAtMs: nowMs }, nowMs),
      phase: { kind: "open" },
    };
    this.#storage.transactionSync(() => {
      this.#sql("CREATE TABLE parts (number INTEGER PRIMARY KEY, etag TEXT NOT NULL)");
      this.#sql("CREATE TABLE tail (row INTEGER PRIMARY KEY, bytes BLOB NOT NULL)");
      this.#storage.kv.put("session", session);
    });
    return session;
  }

  /** Changes some of the session and returns all of it. */
  update(change: Partial<Session>): Session {
    const session = this.load();
    if (session === null) throw new Error("There is no upload to change");
    const changed = { ...session, ...change };
    this.#storage.kv.put("session", changed);
    return changed;
  }

  /** A number for the next part, spent before the part is on its way. */
  spendPartNumber(): number {
    const number = this.load()?.nextPartNumber ?? 1;
    this.update({ nextPartNumber: number + 1 });
    return number;
  }

  /** The parts took over what the tail held, and the rest is the new tail. */
  commit(
    write: {
      readonly parts: readonly StoredPart[];
      /** The tail so far went into the first of the parts. */
      readonly dropTail: boolean;
      readonly addTail: Uint8Array;
    },
    change: Partial<Session>,
  ): Session {
    return this.#storage.transactionSync(() => {
      for (const part of write.parts) {
        this.#sql("INSERT INTO parts (number, etag) VALUES (?, ?)", part.partNumber, part.etag);
      }
      if (write.dropTail) this.#sql("DELETE FROM tail");
      for (let from = 0; from < write.addTail.length; from += tailRowBytes) {
        this.#sql(
          "INSERT INTO tail (bytes) VALUES (?)",
          write.addTail.slice(from, from + tailRowBytes).buffer,
        );
      }
      return this.update(change);
    });
  }

  dropBytes(change: Partial<Session>): Session {
    return this.#storage.transactionSync(() => {
      this.#sql("DELETE FROM parts");
      this.#sql("DELETE FROM tail");
      return this.update(change);
    });
  }

  parts(): readonly StoredPart[] {
    return this.#storage.sql
      .exec<{ number: number; etag: string }>("SELECT number, etag FROM parts ORDER BY number")
      .toArray()
      .map(({ number, etag }) => ({ partNumber: number, etag }));
  }

  /** Copies the tail to the front of `target`; returns its length. */
  readTail(target: Uint8Array): number {
    let filledBytes = 0;
    for (const { bytes } of this.#storage.sql.exec<{ bytes: ArrayBuffer }>(
      "SELECT bytes FROM tail ORDER BY row",
    )) {
      target.set(new Uint8Array(bytes), filledBytes);
      filledBytes += bytes.byteLength;
    }
    return filledBytes;
  }

  #sql(statement: string, ...bindings: SqlStorageValue[]): void {
    this.#storage.sql.exec(statement, ...bindings);
  }
}
