import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { expiryOf, refreshDelayMs, TokenKeeper } from "./token-keeper.ts";

const tokenUntil = (expSeconds: number) => `h.${btoa(JSON.stringify({ exp: expSeconds }))}.s`;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a token's end", () => {
  it("is what it claims", () => {
    expect(expiryOf(tokenUntil(1234))).toBe(1_234_000);
  });

  it.each(["", "x", "a.b.c", `a.${btoa("null")}.c`, `a.${btoa('{"exp":"soon"}')}.c`])(
    "is not known of %j",
    (token) => {
      expect(expiryOf(token)).toBeNull();
    },
  );

  it("is answered a minute before, or in the last quarter of a short one, and never at once again", () => {
    expect(refreshDelayMs(3_600_000, 0)).toBe(3_540_000);
    expect(refreshDelayMs(60_000, 0)).toBe(45_000);
    expect(refreshDelayMs(-5, 0)).toBe(5_000);
    expect(refreshDelayMs(1e15, 0)).toBeLessThan(2 ** 31);
  });
});

describe("a page that gives tokens", () => {
  it("is asked in time, again and again", async () => {
    const given: string[] = [];
    const keeper = new TokenKeeper((token) => given.push(token));
    keeper.source = () => Promise.resolve(tokenUntil(Date.now() / 1000 + 3600));
    keeper.watch(tokenUntil(1000 + 600));
    await vi.advanceTimersByTimeAsync(539_000);
    expect(given).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(given).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3_540_000);
    expect(given).toHaveLength(2);
  });

  it("is asked once by all who need a token at the same time", async () => {
    let asked = 0;
    const keeper = new TokenKeeper(() => {});
    keeper.source = () => Promise.resolve(`token ${++asked}`);
    expect(await Promise.all([keeper.refresh(), keeper.refresh()])).toEqual(["token 1", "token 1"]);
    expect(await keeper.refresh()).toBe("token 2");
  });

  it("may fail: there is then no token, and no error", async () => {
    const keeper = new TokenKeeper(() => {
      throw new Error("no token was given");
    });
    keeper.source = () => Promise.reject(new Error("500"));
    expect(await keeper.refresh()).toBeNull();
    keeper.source = () => Promise.resolve("");
    expect(await keeper.refresh()).toBeNull();
    keeper.source = null;
    expect(await keeper.refresh()).toBeNull();
  });

  it("is left alone once the player has stopped", async () => {
    let asked = 0;
    const keeper = new TokenKeeper(() => {});
    keeper.source = () => Promise.resolve(`token ${++asked}`);
    keeper.watch(tokenUntil(1000 + 600));
    keeper.stop();
    await vi.advanceTimersByTimeAsync(10_000_000);
    expect(asked).toBe(0);
  });
});
