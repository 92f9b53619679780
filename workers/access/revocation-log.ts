// The revocations that hold, as bytes that are searched where they lie: 100,000 of them are 1.3 MB and are never
// parsed. The object that owns them, the caches and the isolates all hold this one form. Pure.
//
//   offset  bytes
//        0      1  layout (1)
//        1     24  how many entries of each kind, in the order of `revocationKinds`, 4 bytes each
//       25     13  each entry, by kind and then ascending by hash:
//                  8 bytes of hash, 4 issued before (seconds), 1 reason
import { ok, refuse, type Result } from "#workers/result.ts";
import { credentialHashBytes } from "./credential-hash.ts";

/**
 * What an entry is about. `policy` is a playback id whose rules became narrower: it ends sessions, which were made by
 * the old rules, and leaves tokens alone, which are held against the rules at each use.
 */
export const revocationKinds = ["viewer", "session", "token", "playbackId", "signingKey", "policy"] as const;
export type RevocationKind = (typeof revocationKinds)[number];

/** The stronger first: what is said twice of one subject keeps the stronger reason. */
export const revocationReasons = ["revoked", "shared", "evicted", "limited", "changed"] as const;
export type RevocationReason = (typeof revocationReasons)[number];

/** For what can't be issued anew: a session, a token's id, a deleted playback id. */
export const forEverSeconds = 0xffffffff;

export interface Revocation {
  readonly kind: RevocationKind;
  /** 8 bytes; of a signing key the 4 of its hash and 4 zeros. */
  readonly hash: Uint8Array;
  /** What was issued in this second or later still holds. */
  readonly issuedBeforeSeconds: number;
  readonly reason: RevocationReason;
}

const layout = 1;
const headerBytes = 1 + 4 * revocationKinds.length;
const entryBytes = credentialHashBytes + 5;

export class RevocationLog {
  readonly bytes: Uint8Array;
  /** Number of entries. */
  readonly size: number;
  readonly #view: DataView;
  /** Where the entries of each kind begin, and where the last of them end. */
  readonly #starts: readonly number[];

  private constructor(bytes: Uint8Array, starts: readonly number[]) {
    this.bytes = bytes;
    this.size = (bytes.length - headerBytes) / entryBytes;
    this.#view = viewOf(bytes);
    this.#starts = starts;
  }

  /** Of entries in any order, each subject once. */
  static of(entries: readonly Revocation[]): RevocationLog {
    const counts = revocationKinds.map((kind) => entries.filter((entry) => entry.kind === kind).length);
    const bytes = blank(counts);
    const view = viewOf(bytes);
    let at = headerBytes;
    for (const { hash, issuedBeforeSeconds, reason } of entries.toSorted(bySubject)) {
      if (hash.length !== credentialHashBytes)
        throw new Error(`a subject's hash has ${credentialHashBytes} bytes`);
      bytes.set(hash, at);
      view.setUint32(at + credentialHashBytes, issuedBeforeSeconds);
      bytes[at + credentialHashBytes + 4] = revocationReasons.indexOf(reason);
      at += entryBytes;
    }
    const read = RevocationLog.read(bytes);
    if (!read.ok) throw new Error("a subject was named twice");
    return read.value;
  }

  /** Refused is whatever this module did not write: a search in it could miss an entry. */
  static read(bytes: Uint8Array): Result<RevocationLog, "malformed"> {
    if (bytes.length < headerBytes || bytes[0] !== layout) return refuse("malformed");
    const view = viewOf(bytes);
    const starts = [headerBytes];
    let end = headerBytes;
    for (let kind = 0; kind < revocationKinds.length; kind++) {
      end += entryBytes * view.getUint32(1 + 4 * kind);
      starts.push(end);
    }
    if (end !== bytes.length || !areEntries(view, starts)) return refuse("malformed");
    return ok(new RevocationLog(bytes, starts));
  }

  /** Where the entry of a subject is, or -1. */
  find(kind: RevocationKind, hash: Uint8Array): number {
    return this.#search(kind, wordAt(hash, 0), wordAt(hash, 4));
  }

  findSigningKey(keyHash: number): number {
    return this.#search("signingKey", keyHash, 0);
  }

  #search(kind: RevocationKind, high: number, low: number): number {
    const index = revocationKinds.indexOf(kind);
    const from = this.#starts[index] ?? headerBytes;
    const end = this.#starts[index + 1] ?? headerBytes;
    if (from === end) return -1;
    const at = lowerBound(this.#view, from, end, high, low);
    return at < end && isAt(this.#view, at, high, low) ? at : -1;
  }

  issuedBeforeSeconds(at: number): number {
    return this.#view.getUint32(at + credentialHashBytes);
  }

  reason(at: number): RevocationReason {
    return revocationReasons[this.#view.getUint8(at + credentialHashBytes + 4)] ?? "revoked";
  }

  /** This log with the entries of another: where both have a subject, the other's. */
  with(changes: RevocationLog): RevocationLog {
    if (changes.size === 0) return this;
    if (this.size === 0) return changes;
    const merged = new Uint8Array(this.bytes.length + changes.size * entryBytes);
    const counts: number[] = [];
    let written = headerBytes;
    for (const kind of revocationKinds) {
      const before = written;
      written = this.#mergeInto(merged, written, kind, changes);
      counts.push((written - before) / entryBytes);
    }
    const bytes = merged.subarray(0, written);
    writeHeader(bytes, counts);
    const read = RevocationLog.read(bytes);
    if (!read.ok) throw new Error("two logs did not merge into one");
    return read.value;
  }

  /** Whole runs are copied, so few changes cost little more than moving the bytes. */
  #mergeInto(target: Uint8Array, offset: number, kind: RevocationKind, changes: RevocationLog): number {
    let written = offset;
    const index = revocationKinds.indexOf(kind);
    const end = this.#starts[index + 1] ?? headerBytes;
    let mine = this.#starts[index] ?? headerBytes;
    const copy = (source: Uint8Array, from: number, to: number) => {
      target.set(source.subarray(from, to), written);
      written += to - from;
    };
    const last = changes.#starts[index + 1] ?? headerBytes;
    for (let theirs = changes.#starts[index] ?? headerBytes; theirs < last; theirs += entryBytes) {
      const [high, low] = [changes.#view.getUint32(theirs), changes.#view.getUint32(theirs + 4)];
      const at = lowerBound(this.#view, mine, end, high, low);
      copy(this.bytes, mine, at);
      copy(changes.bytes, theirs, theirs + entryBytes);
      mine = at < end && isAt(this.#view, at, high, low) ? at + entryBytes : at;
    }
    copy(this.bytes, mine, end);
    return written;
  }
}

export const noRevocations = RevocationLog.of([]);

/** A signing key's hash has 32 bits. */
export function signingKeySubject(keyHash: number): Uint8Array {
  const hash = new Uint8Array(credentialHashBytes);
  viewOf(hash).setUint32(0, keyHash);
  return hash;
}

/** The first entry that is not below the hash. */
function lowerBound(view: DataView, from: number, end: number, high: number, low: number): number {
  let first = 0;
  let count = (end - from) / entryBytes;
  while (count > 0) {
    const half = count >>> 1;
    const at = from + (first + half) * entryBytes;
    const word = view.getUint32(at);
    if (word < high || (word === high && view.getUint32(at + 4) < low)) {
      first += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return from + first * entryBytes;
}

function isAt(view: DataView, at: number, high: number, low: number): boolean {
  return view.getUint32(at) === high && view.getUint32(at + 4) === low;
}

function areEntries(view: DataView, starts: readonly number[]): boolean {
  for (let kind = 0; kind < revocationKinds.length; kind++) {
    const [from = 0, end = 0] = [starts[kind], starts[kind + 1]];
    let [high, low] = [-1, 0];
    for (let at = from; at < end; at += entryBytes) {
      const [nextHigh, nextLow] = [view.getUint32(at), view.getUint32(at + 4)];
      if (nextHigh < high || (nextHigh === high && nextLow <= low)) return false;
      if (view.getUint8(at + credentialHashBytes + 4) >= revocationReasons.length) return false;
      [high, low] = [nextHigh, nextLow];
    }
  }
  return true;
}

function bySubject(a: Revocation, b: Revocation): number {
  const kinds = revocationKinds.indexOf(a.kind) - revocationKinds.indexOf(b.kind);
  if (kinds !== 0) return kinds;
  return wordAt(a.hash, 0) - wordAt(b.hash, 0) || wordAt(a.hash, 4) - wordAt(b.hash, 4);
}

function blank(counts: readonly number[]): Uint8Array {
  const entries = counts.reduce((sum, count) => sum + count, 0);
  const bytes = new Uint8Array(headerBytes + entries * entryBytes);
  writeHeader(bytes, counts);
  return bytes;
}

function writeHeader(bytes: Uint8Array, counts: readonly number[]): void {
  const view = viewOf(bytes);
  bytes[0] = layout;
  for (const [kind, count] of counts.entries()) view.setUint32(1 + 4 * kind, count);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function wordAt(hash: Uint8Array, offset: number): number {
  const first = ((hash[offset] ?? 0) << 24) | ((hash[offset + 1] ?? 0) << 16);
  return (first | ((hash[offset + 2] ?? 0) << 8) | (hash[offset + 3] ?? 0)) >>> 0;
}
