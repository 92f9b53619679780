import { describe, expect, it } from "vitest";
import { SingleFlight, type Hold } from "./single-flight.ts";

/** Runs what was left to waitUntil, when asked. */
function waiter() {
  const left: Promise<unknown>[] = [];
  return { waitUntil: (promise: Promise<unknown>) => void left.push(promise), done: () => Promise.all(left) };
}

describe("SingleFlight", () => {
  it("loads once for all who ask meanwhile, and again for who asks after", async () => {
    const flights = new SingleFlight<number>();
    const ctx = waiter();
    let loads = 0;
    const load = async () => ++loads;
    const [a, b] = [flights.run("k", 0, ctx, load), flights.run("k", 0, ctx, load)];
    expect([await a, await b]).toEqual([1, 1]);
    await ctx.done();
    expect(await flights.run("k", 0, ctx, load)).toBe(2);
  });

  it("stays joinable until what it holds is over: bytes that were read but are not in a cache yet", async () => {
    const flights = new SingleFlight<string>();
    const ctx = waiter();
    const put = Promise.withResolvers<void>();
    const load = async (hold: Hold) => {
      hold(put.promise);
      return "bytes";
    };
    await flights.run("k", 0, ctx, load);
    expect(await flights.joinable("k", 0)).toBe("bytes");
    put.resolve();
    await ctx.done();
    expect(flights.joinable("k", 0)).toBeUndefined();
  });

  it("tells all of a failure, and does not keep it", async () => {
    const flights = new SingleFlight<string>();
    const ctx = waiter();
    const fail = async (): Promise<string> => {
      throw new Error("the store is away");
    };
    const both = await Promise.allSettled([flights.run("k", 0, ctx, fail), flights.run("k", 0, ctx, fail)]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await ctx.done();
    expect(await flights.run("k", 0, ctx, async () => "back")).toBe("back");
  });

  it("is not joined after ten seconds: the request that loaded may be gone", async () => {
    const flights = new SingleFlight<string>();
    const lost = flights.run("k", 0, { waitUntil: () => undefined }, () => new Promise(() => undefined));
    void lost;
    expect(flights.joinable("k", 9_999)).toBeDefined();
    expect(await flights.run("k", 10_000, waiter(), async () => "anew")).toBe("anew");
  });
});
