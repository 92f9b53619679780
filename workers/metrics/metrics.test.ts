import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { parseExposition } from "#workers/testing/parse-exposition.ts";
import { restart } from "#workers/testing/restart.ts";
import { count } from "./count.ts";
import { counters, repeatWithinMs } from "./counters-client.ts";
import { flushCounts } from "./flush-counts.ts";
import { observe } from "./observe.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const token = env.METRICS_TOKEN;
const openMetrics = { Accept: "application/openmetrics-text" };

async function sample(family: string, series: string): Promise<number> {
  const response = await call("GET", "/metrics", { token, headers: openMetrics });
  const families = parseExposition(await response.text(), "openmetrics");
  return families.get(family)?.samples.get(series) ?? 0;
}

describe("/metrics", () => {
  it("is for those who hold its token", async () => {
    const admin = await insertApiKey("admin");
    for (const wrong of [undefined, "", "x", admin, env.RUNNER_TOKEN]) {
      const response = await call("GET", "/metrics", wrong === undefined ? {} : { token: wrong });
      expect([response.status, (await problemOf(response)).code]).toEqual([401, "unauthenticated"]);
    }
  });

  it("speaks the format that is asked for, with exactly its content type", async () => {
    const text = await call("GET", "/metrics", { token });
    expect(text.headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    parseExposition(await text.text(), "prometheus");
    const open = await call("GET", "/metrics", { token, headers: openMetrics });
    expect(open.headers.get("Content-Type")).toBe(
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
    );
    expect(open.headers.get("Vary")).toBe("Accept");
    const families = parseExposition(await open.text(), "openmetrics");
    expect(families.get("transcoding_queue_depth")?.samples.get("transcoding_queue_depth{}")).toBe(0);
  });

  it("counts the requests of the API by route and class", async () => {
    const series = 'http_requests_total{class="4xx",route="/v1/videos/:videoId"}';
    const before = await sample("http_requests", series);
    const admin = await insertApiKey("admin");
    await call("GET", "/v1/videos/vid_a", { token: admin });
    await call("GET", "/v1/videos/vid_b", { token: admin });
    expect(await sample("http_requests", series)).toBe(before + 2);
  });
});

describe("counting", () => {
  it("adds up over calls and reaches the totals", async () => {
    const ctx = createExecutionContext();
    count(env, ctx, "video_views_total", { format: "sum" });
    count(env, ctx, "video_views_total", { format: "sum" }, 4);
    await waitOnExecutionContext(ctx);
    expect(await sample("video_views", 'video_views_total{format="sum"}')).toBe(5);
  });

  it("observes durations into cumulative buckets", async () => {
    const ctx = createExecutionContext();
    for (const seconds of [4, 40, 40_000]) observe(env, ctx, "transcoding_duration_seconds", {}, seconds);
    await waitOnExecutionContext(ctx);
    const read = (suffix: string) =>
      sample("transcoding_duration_seconds", `transcoding_duration_seconds_${suffix}`);
    expect(await read('bucket{le="5"}')).toBe(1);
    expect(await read('bucket{le="60"}')).toBe(2);
    expect(await read('bucket{le="+Inf"}')).toBe(3);
    expect(await read("sum{}")).toBe(40_044);
  });

  it("keeps what could not be sent, and sends it once", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const series = 'video_views_total{format="kept"}';
    const ctx = createExecutionContext();
    await flushCounts(env, Date.now());
    // The object adds, and the answer gets lost on the way.
    const get = env.COUNTERS.get.bind(env.COUNTERS);
    vi.spyOn(env.COUNTERS, "get").mockImplementationOnce((id) => {
      const stub = get(id);
      vi.spyOn(stub, "fetch").mockImplementationOnce(async (...args) => {
        await get(id).fetch(...args);
        throw new Error("the connection was lost");
      });
      return stub;
    });
    const nowMs = Date.now();
    count(env, ctx, "video_views_total", { format: "kept" }, 3);
    await flushCounts(env, nowMs);
    await flushCounts(env, nowMs + 1);
    await waitOnExecutionContext(ctx);
    expect(await sample("video_views", series)).toBe(3);
  });
});

describe("a counter object", () => {
  it("adds a flush once, keeps it over a restart, and forgets its id when no repeat can come", async () => {
    // Anew each time: a stub does not outlive its object.
    const shard = () => counters(env, 7);
    const total = async () => (await shard().read())["x_total"];
    expect(await shard().add("flush-a", { x_total: 2 }, 1_000)).toEqual({ added: true });
    expect(await shard().add("flush-a", { x_total: 2 }, 1_500)).toEqual({ added: false });
    expect(await total()).toBe(2);
    await restart(env.COUNTERS.getByName("counters-7"));
    expect(await total()).toBe(2);
    expect(await shard().add("flush-a", { x_total: 2 }, 2_000)).toEqual({ added: false });
    await shard().add("flush-b", { x_total: 1 }, 1_001 + 2 * repeatWithinMs);
    expect(await shard().add("flush-a", { x_total: 2 }, 1_002 + 2 * repeatWithinMs)).toEqual({ added: true });
    expect(await total()).toBe(5);
  });

  it("answers to no method but its own", async () => {
    const stub = env.COUNTERS.getByName("counters-6");
    for (const path of [
      "call/destroy",
      "call/reset",
      "call/persist",
      "get-prop/totals",
      "set/totals",
      "call/add/x",
    ]) {
      const response = await stub.fetch(`https://itty-durable/do/${path}`, {
        headers: { "do-content": "[]" },
      });
      expect([path, response.status]).toEqual([path, 404]);
    }
  });
});
