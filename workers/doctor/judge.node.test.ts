import { describe, expect, it } from "vitest";
import * as judge from "./judge.ts";

const nowMs = 1_800_000_000_000;
const minuteMs = 60_000;

const runner = {
  id: "gpu-1",
  release: "0.1.0",
  protocol: "2",
  ffmpegVersion: "7.1",
  codecs: ["h264", "aac"],
  seenAtMs: nowMs,
};
const fleet = {
  kind: "external",
  release: "0.1.0",
  protocol: "2",
  runners: [runner],
  openTasks: 0,
  isPaused: false,
  jobs: 2,
};
const queue = { binding: "ERASE_QUEUE", arrived: true, seenAtMs: nowMs };
const put = { origins: ["*"], methods: ["PUT"], exposed: ["ETag"] };

const judged: Readonly<Record<string, readonly (readonly [judge.Finding, string])[]>> = {
  schema: [
    [judge.judgeSchema([], "0019_operating.sql"), "ok"],
    [judge.judgeSchema(["videos.clip_of"], "0007_subtitles.sql"), "failed"],
  ],
  bucket: [
    [judge.judgeBucket(true, 40), "ok"],
    [judge.judgeBucket(true, 1_400), "warning"],
    [judge.judgeBucket(false, 40), "failed"],
  ],
  objects: [
    [judge.judgeObjects({ SCHEDULER: null }), "ok"],
    [judge.judgeObjects({ SCHEDULER: null, COUNTERS: "no answer within 1800 ms" }), "failed"],
  ],
  sealed: [
    [judge.judgeSealed(0, 0), "ok"],
    [judge.judgeSealed(3, 3), "ok"],
    [judge.judgeSealed(3, 2), "failed"],
  ],
  cors: [
    [judge.judgeCors({ kind: "noCredentials" }), "ok"],
    [judge.judgeCors({ kind: "refused", code: "AccessDenied" }), "warning"],
    [judge.judgeCors({ kind: "rules", rules: [{ ...put, exposed: [] }] }), "warning"],
    [judge.judgeCors({ kind: "rules", rules: [{ ...put, methods: ["GET"] }] }), "warning"],
    [judge.judgeCors({ kind: "rules", rules: [put] }), "ok"],
  ],
  cache: [
    [judge.judgeCache("cacheApi", true, "video.example"), "ok"],
    [judge.judgeCache("cacheApi", false, "sluice.me.workers.dev"), "warning"],
  ],
  clock: [
    [judge.judgeClock({ "the database": 900, "the bucket": -1_200 }), "ok"],
    [judge.judgeClock({ "the database": 900, "the bucket": -31_000 }), "warning"],
    [judge.judgeClock({ "the database": 120_000, "the bucket": 0 }), "failed"],
  ],
  queues: [
    [judge.judgeQueues([queue], nowMs), "ok"],
    [judge.judgeQueues([queue, { ...queue, arrived: false }], nowMs), "warning"],
    [judge.judgeQueues([{ ...queue, arrived: false, seenAtMs: nowMs - 60 * minuteMs }], nowMs), "failed"],
    [judge.judgeQueues([{ ...queue, arrived: false, seenAtMs: null }], nowMs), "failed"],
  ],
  settings: [
    [judge.judgeSettings([], false, "video.example"), "ok"],
    [judge.judgeSettings([], true, "127.0.0.1:8787"), "ok"],
    [judge.judgeSettings([], true, "video.example"), "warning"],
    [judge.judgeSettings(["A is odd."], true, "video.example"), "failed"],
  ],
  cron: [
    [judge.judgeCron(null, nowMs), "warning"],
    [judge.judgeCron(nowMs - minuteMs, nowMs), "ok"],
    [judge.judgeCron(nowMs - 4 * minuteMs, nowMs), "failed"],
  ],
  outbox: [
    [judge.judgeOutbox({ waiting: 0, oldestMs: null }, nowMs), "ok"],
    [judge.judgeOutbox({ waiting: 2, oldestMs: nowMs - 2 * minuteMs }, nowMs), "ok"],
    [judge.judgeOutbox({ waiting: 2, oldestMs: nowMs - 20 * minuteMs }, nowMs), "warning"],
    [judge.judgeOutbox({ waiting: 2, oldestMs: nowMs - 90 * minuteMs }, nowMs), "failed"],
  ],
  erasing: [
    [judge.judgeErasing({ waiting: 1, oldestMs: nowMs - minuteMs }, nowMs), "ok"],
    [judge.judgeErasing({ waiting: 1, oldestMs: nowMs - 90 * minuteMs }, nowMs), "warning"],
  ],
  runners: [
    [judge.judgeRunners(fleet), "ok"],
    [judge.judgeRunners({ ...fleet, isPaused: true }), "warning"],
    [judge.judgeRunners({ ...fleet, runners: [{ ...runner, release: null }] }), "warning"],
    [judge.judgeRunners({ ...fleet, runners: [runner, { ...runner, protocol: "1" }] }), "failed"],
    [judge.judgeRunners({ ...fleet, runners: [{ ...runner, codecs: ["av1"] }] }), "failed"],
    [judge.judgeRunners({ ...fleet, runners: [] }), "warning"],
    [judge.judgeRunners({ ...fleet, runners: [], openTasks: 3 }), "failed"],
    [judge.judgeRunners({ ...fleet, kind: "container", runners: [] }), "ok"],
  ],
  deadLetters: [
    [judge.judgeDeadLetters(0), "ok"],
    [judge.judgeDeadLetters(1), "warning"],
  ],
  webhooks: [
    [judge.judgeWebhooks(0, 0), "ok"],
    [judge.judgeWebhooks(0, 1), "warning"],
    [judge.judgeWebhooks(2, 0), "warning"],
  ],
};

describe.each(Object.entries(judged))("%s", (_, findings) => {
  it("is told as it was measured, with a mend wherever it is not well", () => {
    for (const [finding, state] of findings) {
      expect(finding, JSON.stringify(finding)).toMatchObject({ state });
      expect(finding.summary).toMatch(/^[A-Z0-9].*[^.]\.$/);
      expect(finding.mend === null).toBe(state === "ok");
    }
  });
});

it.each([
  [20_000, "20 s ago"],
  [240_000, "4 min ago"],
  [3 * 3_600_000, "3 h ago"],
  [5 * 86_400_000, "5 days ago"],
  [-5_000, "0 s ago"],
])("a time that has passed is told in one unit: %i ms", (passedMs, text) => {
  expect(judge.ago(nowMs - passedMs, nowMs)).toBe(text);
});
