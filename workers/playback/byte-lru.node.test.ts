import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteLru } from "./byte-lru.ts";
import { FillBudget } from "./fill-budget.ts";

describe("ByteLru", () => {
  it("forgets what was unused for longest, and never holds more than its budget", () => {
    const lru = new ByteLru<string>(10);
    lru.set("a", "A", 4);
    lru.set("b", "B", 4);
    expect(lru.get("a")).toBe("A");
    lru.set("c", "C", 4);
    expect(["a", "b", "c"].map((key) => lru.get(key))).toEqual(["A", undefined, "C"]);
    lru.set("huge", "H", 11);
    expect(["a", "c", "huge"].map((key) => lru.get(key))).toEqual(["A", "C", undefined]);
    lru.set("a", "A2", 9);
    expect(["a", "c"].map((key) => lru.get(key))).toEqual(["A2", undefined]);
  });

  it("agrees with a model that keeps the newest entries that fit", () => {
    const step = fc.record({
      key: fc.constantFrom("a", "b", "c", "d", "e"),
      size: fc.option(fc.integer({ min: 1, max: 12 })),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const lru = new ByteLru<number>(10);
        let model: { key: string; size: number; value: number }[] = [];
        for (const [value, { key, size }] of steps.entries()) {
          const known = model.find((entry) => entry.key === key);
          model = model.filter((entry) => entry !== known);
          if (size === null) {
            expect(lru.get(key)).toBe(known?.value);
            if (known !== undefined) model.push(known);
            continue;
          }
          lru.set(key, value, size);
          if (size <= 10) model.push({ key, size, value });
          while (model.reduce((sum, entry) => sum + entry.size, 0) > 10) model.shift();
        }
        for (const { key, value } of model) expect(lru.get(key)).toBe(value);
      }),
    );
  });
});

describe("FillBudget", () => {
  const mebibyte = 1024 * 1024;

  it("has room for 8 fills and 32 MiB, whichever ends first", () => {
    const many = new FillBudget();
    const fills = Array.from({ length: 9 }, () => many.take(1, 0));
    expect(fills.map((fill) => fill !== null)).toEqual([...Array<boolean>(8).fill(true), false]);
    const large = new FillBudget();
    expect([16, 16, 1].map((size) => large.take(size * mebibyte, 0) !== null)).toEqual([true, true, false]);
  });

  it("takes a place back once, and one that was forgotten after a minute", () => {
    const budget = new FillBudget();
    const first = budget.take(32 * mebibyte, 0);
    expect(budget.take(1, 60_000)).toBeNull();
    expect(budget.take(32 * mebibyte, 60_001)).not.toBeNull();
    // The late return of the forgotten place must not free the new one.
    if (first !== null) budget.giveBack(first);
    expect(budget.take(1, 60_002)).toBeNull();
  });
});
