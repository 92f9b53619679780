import { createExecutionContext, createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { consume } from "./consume.ts";
import { runCron } from "./cron.ts";
import { dropMessages, outgoing, send, settle, sweepOutbox, type OutboxMessage } from "./outbox.ts";

const sent: OutboxMessage[] = [];
const sentTo: string[] = [];

beforeEach(async () => {
  await env.DB.prepare("DELETE FROM outbox").run();
  sent.length = 0;
  sentTo.length = 0;
  for (const [name, queue] of [
    ["erase", env.ERASE_QUEUE],
    ["transcode", env.TRANSCODE_QUEUE],
    ["priority", env.TRANSCODE_PRIORITY_QUEUE],
  ] as const) {
    vi.spyOn(queue, "send").mockImplementation(async (message) => {
      sent.push(message);
      sentTo.push(name);
      return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
    });
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

const body = { kind: "erase", videoId: "vid_x", scope: "media" } as const;

describe("an outbox message", () => {
  it("is sent again until its consumer settles it, less and less often", async () => {
    const { statement, message } = outgoing(env.DB, body, 0);
    await statement.run();
    expect(await sweepOutbox(env, 59_999)).toBe(0);
    expect(await sweepOutbox(env, 60_000)).toBe(1);
    expect(await sweepOutbox(env, 119_999)).toBe(0);
    expect(await sweepOutbox(env, 120_000)).toBe(1);
    expect(await sweepOutbox(env, 239_999)).toBe(0);
    expect(await sweepOutbox(env, 240_000)).toBe(1);
    expect(sent).toEqual([message, message, message]);
    await settle(env.DB, message.outboxId);
    expect(await sweepOutbox(env, 10 * 3_600_000)).toBe(0);
  });

  it("waits for the time it is meant for", async () => {
    await outgoing(env.DB, body, 0, 7_200_000).statement.run();
    expect(await sweepOutbox(env, 7_199_999)).toBe(0);
    expect(await sweepOutbox(env, 7_200_000)).toBe(1);
  });
});

describe("a video's message", () => {
  it.each([
    ["high", "priority"],
    ["normal", "transcode"],
    ["low", "transcode"],
    [undefined, "transcode"],
  ] as const)(
    "of priority %s goes to the queue %s, also when it was lost and is sent again",
    async (priority, to) => {
      const named = priority === undefined ? {} : { priority };
      const { statement, message } = outgoing(
        env.DB,
        { kind: "transcode", videoId: "v", version: 1, ...named },
        0,
      );
      await statement.run();
      await send(env, message);
      expect(await sweepOutbox(env, 60_000)).toBe(1);
      expect(sent).toEqual([message, message]);
      expect(sentTo).toEqual([to, to]);
    },
  );

  it("to be erased later can be taken back, and no other is with it", async () => {
    const media = { kind: "erase", videoId: "v", scope: "media" } as const;
    const others = [
      { ...media, videoId: "w" },
      { ...media, scope: "video" },
      { kind: "transcode", videoId: "v", version: 1 },
    ] as const;
    for (const each of [media, ...others]) await outgoing(env.DB, each, 0, 1_000).statement.run();
    await dropMessages(env.DB, media).run();
    await sweepOutbox(env, 60_000);
    expect(sent).toEqual(others.map((each) => expect.objectContaining(each) as unknown));
  });
});

describe("the cron", () => {
  it("runs each sweep though another one fails", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await outgoing(env.DB, body, 0).statement.run();
    await env.DB.prepare(
      "INSERT INTO uploads (id, video_id, state, created_at, expires_at) VALUES ('upl_lost', 'vid_x', 'open', 0, 1)",
    ).run();
    vi.spyOn(env.ERASE_QUEUE, "send").mockRejectedValue(new Error("the queue is down"));
    await runCron(env, 60_000);
    expect(logged.mock.calls.join()).toContain('"sweep":"outbox"');
    const upload = await env.DB.prepare("SELECT state FROM uploads WHERE id = 'upl_lost'").first<{
      state: string;
    }>();
    expect(upload?.state).toBe("expired");
  });
});

describe("the consumers", () => {
  it("are found by the queue's name, and no queue is taken for another", async () => {
    const batch = createMessageBatch<OutboxMessage>("somebody-elses", []);
    await expect(consume(batch, env, createExecutionContext())).rejects.toThrow("somebody-elses");
  });
});
