import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StreamLimit } from "./policy.ts";
import {
  admit,
  current,
  isEmpty,
  leaseMs,
  noStreams,
  release,
  renew,
  type StreamState,
} from "./stream-leases.ts";

const startMs = 1_800_000_000_000;
const minuteMs = 60_000;
const evictOldest = (maxStreams: number): StreamLimit => ({ maxStreams, action: "evictOldest" });
const refuseNewest = (maxStreams: number): StreamLimit => ({ maxStreams, action: "refuseNewest" });

/** One viewer, and what was answered last. */
class Viewer {
  state: StreamState = noStreams;
  nowMs = startMs;
  readonly limit: StreamLimit;

  constructor(limit: StreamLimit) {
    this.limit = limit;
  }

  get playing(): readonly string[] {
    return current(this.state, this.nowMs).leases.map(({ sessionId }) => sessionId);
  }

  admit(sessionId: string): readonly [string, ...string[]] {
    const step = admit(this.state, sessionId, this.limit, this.nowMs);
    this.state = step.state;
    return [step.outcome, ...step.ended.map((ended) => `${ended.sessionId} ${ended.reason}`)];
  }

  renew(
    sessionId: string,
    { networks = ["home"], mediaSeconds = 0 }: { networks?: readonly string[]; mediaSeconds?: number } = {},
  ): readonly [string, ...string[]] {
    const step = renew(this.state, { sessionId, limit: this.limit, networks, mediaSeconds }, this.nowMs);
    this.state = step.state;
    return [step.outcome, ...step.ended.map((ended) => `${ended.sessionId} ${ended.reason}`)];
  }

  wait(ms: number): this {
    this.nowMs += ms;
    return this;
  }
}

describe("at the limit", () => {
  it("the third of two ends the oldest", () => {
    const viewer = new Viewer(evictOldest(2));
    expect(viewer.admit("a")).toEqual(["admitted"]);
    expect(viewer.wait(1_000).admit("b")).toEqual(["admitted"]);
    expect(viewer.wait(1_000).admit("c")).toEqual(["admitted", "a evicted"]);
    expect(viewer.playing).toEqual(["b", "c"]);
  });

  it("of streams that began at once, the first one that came is the oldest", () => {
    const viewer = new Viewer(evictOldest(1));
    expect([viewer.admit("a"), viewer.admit("b")]).toEqual([["admitted"], ["admitted", "a evicted"]]);
    expect(viewer.playing).toEqual(["b"]);
  });

  it("the newest is refused, and nothing happens to the others", () => {
    const viewer = new Viewer(refuseNewest(2));
    viewer.admit("a");
    viewer.admit("b");
    expect(viewer.admit("c")).toEqual(["refused"]);
    expect(viewer.playing).toEqual(["a", "b"]);
  });

  it("that was lowered, as many end as are too many", () => {
    const viewer = new Viewer(evictOldest(4));
    for (const name of ["a", "b", "c", "d"]) viewer.wait(1).admit(name);
    const step = admit(viewer.state, "e", evictOldest(2), viewer.nowMs);
    expect(step.ended.map(({ sessionId }) => sessionId)).toEqual(["a", "b", "c"]);
    expect(step.state.leases.map(({ sessionId }) => sessionId)).toEqual(["d", "e"]);
  });

  it("a viewer who evicts without end is refused at last, and may go on later", () => {
    const viewer = new Viewer(evictOldest(1));
    const outcomes = Array.from({ length: 200 }, (_, index) => viewer.admit(`s${index}`)[0]);
    expect(outcomes.filter((outcome) => outcome === "admitted")).toHaveLength(121);
    expect(viewer.wait(10 * minuteMs).admit("later")).toEqual(["admitted"]);
  });
});

describe("a place", () => {
  it("is free 90 s after the stream was heard of last, and not before", () => {
    const viewer = new Viewer(refuseNewest(1));
    viewer.admit("a");
    viewer.wait(30_000).renew("a");
    expect(viewer.wait(leaseMs - 1).admit("b")).toEqual(["refused"]);
    expect(viewer.wait(1).admit("b")).toEqual(["admitted"]);
  });

  it("is free at once when the player says so", () => {
    const viewer = new Viewer(refuseNewest(1));
    viewer.admit("a");
    viewer.state = release(viewer.state, "a", viewer.nowMs);
    expect(viewer.admit("b")).toEqual(["admitted"]);
  });

  it("is one place however often its session asks", () => {
    const viewer = new Viewer(refuseNewest(2));
    expect([viewer.admit("a"), viewer.admit("a"), viewer.admit("b"), viewer.admit("a")]).toEqual([
      ["admitted"],
      ["admitted"],
      ["admitted"],
      ["admitted"],
    ]);
    expect(viewer.playing).toEqual(["a", "b"]);
  });

  it("that time took is taken anew where there is room, and else by the rule of the limit", () => {
    const roomy = new Viewer(refuseNewest(2));
    roomy.admit("a");
    expect(roomy.wait(leaseMs).renew("a")).toEqual(["admitted"]);

    const evicting = new Viewer(evictOldest(1));
    evicting.admit("a");
    evicting.wait(leaseMs).admit("b");
    expect(evicting.wait(1).renew("a")).toEqual(["admitted", "b evicted"]);

    const refusing = new Viewer(refuseNewest(1));
    refusing.admit("a");
    refusing.wait(leaseMs).admit("b");
    expect(refusing.wait(1).renew("a")).toEqual(["refused", "a limited"]);
    expect(refusing.playing).toEqual(["b"]);
  });

  it("is not won back by requests that were under way when the stream was ended", () => {
    const viewer = new Viewer(evictOldest(1));
    viewer.admit("a");
    viewer.admit("b");
    expect(viewer.wait(4_000).renew("a")).toEqual(["ended"]);
    expect(viewer.admit("a")).toEqual(["refused"]);
    expect(viewer.playing).toEqual(["b"]);
  });

  it("is not lost to a clock that is a little behind", () => {
    const viewer = new Viewer(refuseNewest(1));
    viewer.admit("a");
    viewer.wait(80_000).renew("a");
    viewer.nowMs -= 5_000;
    viewer.renew("a");
    expect(viewer.wait(5_000 + leaseMs - 1).admit("b")).toEqual(["refused"]);
  });
});

describe("a session is taken for shared", () => {
  it("when it is seen from four networks within ten minutes", () => {
    const viewer = new Viewer(evictOldest(3));
    viewer.admit("a");
    expect(viewer.renew("a", { networks: ["home", "phone"] })).toEqual(["renewed"]);
    expect(viewer.wait(minuteMs).renew("a", { networks: ["train", "home"] })).toEqual(["renewed"]);
    expect(viewer.wait(minuteMs).renew("a", { networks: ["stranger"] })).toEqual(["shared", "a shared"]);
    expect(viewer.playing).toEqual([]);
    expect(viewer.renew("a")).toEqual(["ended"]);
  });

  it("not when it wanders through many networks slowly", () => {
    const viewer = new Viewer(evictOldest(3));
    viewer.admit("a");
    for (let hop = 0; hop < 30; hop++) {
      for (let i = 0; i < 5; i++) {
        expect(viewer.wait(minuteMs).renew("a", { networks: [`hop ${hop}`] })[0]).toMatch(
          /^(renewed|admitted)$/,
        );
      }
    }
  });

  it("when media is fetched far faster than it can be watched", () => {
    const viewer = new Viewer(evictOldest(3));
    viewer.admit("a");
    let outcome = "";
    let minutes = 0;
    // Ten people, each at the speed of the film.
    for (; minutes < 60 && outcome !== "shared"; minutes++) {
      [outcome] = viewer.wait(minuteMs).renew("a", { mediaSeconds: 600 });
    }
    expect(outcome).toBe("shared");
    expect(minutes).toBeLessThanOrEqual(4);
  });

  it("not when a player fills its buffer and the viewer watches at double speed, for hours", () => {
    const viewer = new Viewer(evictOldest(3));
    viewer.admit("a");
    expect(viewer.renew("a", { mediaSeconds: 600 })).toEqual(["renewed"]);
    for (let half = 0; half < 2 * 180; half++) {
      // Now and then a jump, after which the buffer is filled again.
      const mediaSeconds = 60 + (half % 20 === 7 ? 600 : 0);
      expect(viewer.wait(30_000).renew("a", { mediaSeconds })).toEqual(["renewed"]);
    }
  });

  it("not by numbers that make no sense", () => {
    const viewer = new Viewer(evictOldest(1));
    viewer.admit("a");
    expect(viewer.renew("a", { mediaSeconds: -1e9 })).toEqual(["renewed"]);
    expect(viewer.renew("a", { mediaSeconds: 700 })).toEqual(["renewed"]);
    expect(viewer.renew("a", { mediaSeconds: 700 })).toEqual(["shared", "a shared"]);
  });
});

describe("whatever happens, in any order", () => {
  const session = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const event = fc.oneof(
    fc.record({ do: fc.constant("admit" as const), session }),
    fc.record({ do: fc.constant("renew" as const), session, mediaSeconds: fc.nat(400), networks: fc.nat(2) }),
    fc.record({ do: fc.constant("release" as const), session }),
    fc.record({ do: fc.constant("wait" as const), ms: fc.nat(100_000) }),
  );

  it("no more streams have a place than the limit, and none that was ended has one again", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom("evictOldest" as const, "refuseNewest" as const),
        fc.array(event, { maxLength: 80, size: "max" }),
        (maxStreams, action, events) => {
          const viewer = new Viewer({ maxStreams, action });
          const over = new Map<string, number>();
          for (const one of events) {
            const told: string[] = [];
            switch (one.do) {
              case "admit":
                told.push(...viewer.admit(one.session).slice(1));
                break;
              case "renew": {
                const networks = ["home", "phone"].slice(0, one.networks);
                told.push(
                  ...viewer.renew(one.session, { mediaSeconds: one.mediaSeconds, networks }).slice(1),
                );
                break;
              }
              case "release":
                viewer.state = release(viewer.state, one.session, viewer.nowMs);
                break;
              case "wait":
                viewer.wait(one.ms);
                break;
            }
            for (const ended of told) over.set(ended.split(" ")[0] ?? "", viewer.nowMs);
            expect(viewer.playing.length).toBeLessThanOrEqual(maxStreams);
            expect(new Set(viewer.playing).size).toBe(viewer.playing.length);
            for (const [sessionId, atMs] of over) {
              if (viewer.nowMs - atMs < 10 * minuteMs) expect(viewer.playing).not.toContain(sessionId);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("evicting always lets the new one in, and ends the oldest first", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat(20_000), { maxLength: 20 }),
        (max, waits) => {
          const viewer = new Viewer(evictOldest(max));
          const order: string[] = [];
          for (const [index, ms] of waits.entries()) {
            viewer.wait(ms);
            for (const playing of viewer.playing) viewer.renew(playing);
            expect(viewer.admit(`s${index}`)[0]).toBe("admitted");
            order.push(`s${index}`);
            expect(viewer.playing).toEqual(order.slice(-max));
          }
        },
      ),
    );
  });

  it("nothing is left ten minutes after the last stream", () => {
    const viewer = new Viewer(evictOldest(1));
    for (const name of ["a", "b", "c"]) viewer.admit(name);
    expect(isEmpty(current(viewer.state, viewer.nowMs + 10 * minuteMs))).toBe(true);
  });
});
