import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  forEverSeconds,
  noRevocations,
  revocationKinds,
  RevocationLog,
  revocationReasons,
  signingKeySubject,
  type Revocation,
} from "./revocation-log.ts";

const nameOf = ({ kind, hash }: Pick<Revocation, "kind" | "hash">) => `${kind} ${[...hash].join()}`;

/** Few bytes that differ, so that subjects collide in their first word, and with each other. */
const hash = fc.oneof(
  fc.tuple(fc.nat(2), fc.nat(2)).map(([a, b]) => Uint8Array.of(255, 0, 0, a, 255, 0, 0, b)),
  fc.uint8Array({ minLength: 8, maxLength: 8 }),
);
const entry: fc.Arbitrary<Revocation> = fc.record({
  kind: fc.constantFrom(...revocationKinds),
  hash,
  issuedBeforeSeconds: fc.integer({ min: 0, max: forEverSeconds }),
  reason: fc.constantFrom(...revocationReasons),
});
const entries = fc.uniqueArray(entry, { selector: nameOf, maxLength: 60 });

function found(log: RevocationLog, { kind, hash }: Revocation): Omit<Revocation, "kind" | "hash"> | null {
  const at = log.find(kind, hash);
  return at < 0 ? null : { issuedBeforeSeconds: log.issuedBeforeSeconds(at), reason: log.reason(at) };
}

const said = ({ issuedBeforeSeconds, reason }: Revocation) => ({ issuedBeforeSeconds, reason });

describe("the log", () => {
  it("finds each entry that is in it, under its own kind only, and nothing else", () => {
    fc.assert(
      fc.property(entries, fc.array(entry), (inside, others) => {
        const log = RevocationLog.of(inside);
        const known = new Map(inside.map((one) => [nameOf(one), said(one)]));
        expect(log.size).toBe(inside.length);
        for (const one of [...inside, ...others])
          expect(found(log, one)).toEqual(known.get(nameOf(one)) ?? null);
      }),
    );
  });

  it("is the same bytes whatever the order of the entries, and reads back from them", () => {
    fc.assert(
      fc.property(entries, fc.nat(20), (inside, padding) => {
        const { bytes } = RevocationLog.of(inside);
        expect(RevocationLog.of(inside.toReversed()).bytes).toEqual(bytes);
        // As a view into a longer buffer, which is how bytes come out of a cache entry.
        const held = new Uint8Array(bytes.length + 2 * padding);
        held.set(bytes, padding);
        const read = RevocationLog.read(held.subarray(padding, padding + bytes.length));
        for (const one of inside) expect(read.ok && found(read.value, one)).toEqual(said(one));
      }),
    );
  });

  it("takes changes: the other's entry where both have one, all others as they were", () => {
    fc.assert(
      fc.property(entries, entries, (before, changes) => {
        const merged = new Map([...before, ...changes].map((one) => [nameOf(one), one]));
        expect(RevocationLog.of(before).with(RevocationLog.of(changes)).bytes).toEqual(
          RevocationLog.of([...merged.values()]).bytes,
        );
      }),
      { numRuns: 500 },
    );
  });

  it("refuses a subject that is named twice, and a hash of another length", () => {
    const one: Revocation = {
      kind: "viewer",
      hash: new Uint8Array(8),
      issuedBeforeSeconds: 1,
      reason: "revoked",
    };
    expect(() => RevocationLog.of([one, one])).toThrow("named twice");
    expect(() => RevocationLog.of([{ ...one, hash: new Uint8Array(9) }])).toThrow("8 bytes");
    expect(() => RevocationLog.of([{ ...one, hash: new Uint8Array(4) }])).toThrow("8 bytes");
  });

  it("keeps the hashes of signing keys apart by all of their 32 bits", () => {
    const revoked = [1, 0x80000000, 0xffffffff];
    const log = RevocationLog.of(
      revoked.map((keyHash) => ({
        kind: "signingKey",
        hash: signingKeySubject(keyHash),
        issuedBeforeSeconds: 5,
        reason: "revoked",
      })),
    );
    for (const keyHash of [...revoked, 0, 2, 0x80000001, 0xfffffffe]) {
      expect(log.findSigningKey(keyHash) >= 0).toBe(revoked.includes(keyHash));
    }
  });
});

describe("bytes from elsewhere", () => {
  it("are refused at any change of their length", () => {
    fc.assert(
      fc.property(entries, fc.nat(), (inside, cut) => {
        const { bytes } = RevocationLog.of(inside);
        expect(RevocationLog.read(bytes.subarray(0, cut % bytes.length)).ok).toBe(false);
        expect(RevocationLog.read(new Uint8Array([...bytes, 0])).ok).toBe(false);
      }),
    );
  });

  it("are refused out of order, doubled, with another layout, an unknown reason or absurd counts", () => {
    const two = RevocationLog.of([
      {
        kind: "token",
        hash: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0),
        issuedBeforeSeconds: 1,
        reason: "revoked",
      },
      {
        kind: "token",
        hash: Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0),
        issuedBeforeSeconds: 1,
        reason: "revoked",
      },
    ]).bytes;
    const changed = (at: number, value: number) => {
      const bytes = two.slice();
      bytes[at] = value;
      return RevocationLog.read(bytes).ok;
    };
    expect(RevocationLog.read(two).ok).toBe(true);
    expect(changed(0, 2)).toBe(false);
    expect(changed(25, 2)).toBe(false);
    expect(changed(25, 3)).toBe(false);
    expect(changed(25 + 12, revocationReasons.length)).toBe(false);
    expect(changed(1, 255)).toBe(false);
    expect(changed(12, 3)).toBe(false);
    expect(RevocationLog.read(new Uint8Array()).ok).toBe(false);
  });

  it("never throw and never loop, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, plausible) => {
        if (plausible) bytes[0] = 1;
        const read = RevocationLog.read(bytes);
        if (read.ok) read.value.find("viewer", new Uint8Array(8));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a hundred thousand entries", () => {
  const many = RevocationLog.of(
    Array.from({ length: 100_000 }, (_, index) => {
      const hash = new Uint8Array(8);
      // Spread like hashes are, and the same at every run.
      new DataView(hash.buffer).setUint32(0, Math.imul(index, 0x9e3779b1));
      new DataView(hash.buffer).setUint32(4, index);
      return {
        kind: revocationKinds[index % revocationKinds.length] ?? "viewer",
        hash,
        issuedBeforeSeconds: index,
        reason: "revoked",
      } as const;
    }),
  );

  it("are 1.3 MB, searched in microseconds, read and added to in milliseconds", () => {
    expect(many.bytes.length).toBe(1_300_025);
    const subject = new Uint8Array(8);
    const rounds = 50_000;
    const perCallUs = (what: () => void, calls: number) => {
      const from = performance.now();
      for (let i = 0; i < calls; i++) what();
      return ((performance.now() - from) * 1_000) / calls;
    };
    let next = 0;
    const lookup = () => {
      new DataView(subject.buffer).setUint32(0, Math.imul(next++, 0x85ebca6b));
      for (const kind of revocationKinds) many.find(kind, subject);
    };
    perCallUs(lookup, rounds);
    const sixLookupsUs = perCallUs(lookup, rounds);
    const readUs = perCallUs(() => RevocationLog.read(many.bytes), 20);
    const one = RevocationLog.of([
      { kind: "viewer", hash: subject, issuedBeforeSeconds: 1, reason: "revoked" },
    ]);
    const addUs = perCallUs(() => many.with(one), 20);
    const emptyUs = perCallUs(() => noRevocations.find("viewer", subject), rounds);
    process.stdout.write(
      `revocation log of 100,000: six lookups ${sixLookupsUs.toFixed(2)} µs, reading ${readUs.toFixed(0)} µs, ` +
        `adding one ${addUs.toFixed(0)} µs; empty: one lookup ${emptyUs.toFixed(3)} µs\n`,
    );
    // Generous to a busy machine: a scan instead of a search would take a hundred times as long.
    expect(sixLookupsUs).toBeLessThan(50);
    expect(readUs).toBeLessThan(50_000);
    expect(addUs).toBeLessThan(50_000);
  });
});
