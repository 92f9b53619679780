import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { VideoEvent } from "./live-contract.ts";
import { rememberedEvents } from "./event-log.ts";

const event = (at: number): VideoEvent => ({ type: "video.ready", videoId: `vid_${at}`, atMs: at });
const hub = (name: string) => env.EVENT_HUB.getByName(name);

it("numbers events in the order in which they come, over evictions", async () => {
  await hub("order").publish(event(1), null);
  await hub("order").publish(event(2), null);
  await evictDurableObject(hub("order"));
  await hub("order").publish(event(3), null);
  expect(await hub("order").since(0)).toEqual([1, 2, 3].map((at) => ({ sequence: at, event: event(at) })));
  expect(await hub("order").since(2)).toEqual([{ sequence: 3, event: event(3) }]);
  expect(await hub("order").since(3)).toEqual([]);
});

it("has an event that is told again once", async () => {
  for (const at of [1, 2]) await hub("once").publish(event(at), "vid_1/1 video.ready 1");
  await hub("once").publish(event(3), "vid_1/1 video.ready 2");
  expect((await hub("once").since(0)).map((stored) => stored.event)).toEqual([event(1), event(3)]);
});

it("keeps the last 500", async () => {
  await Promise.all(
    Array.from({ length: rememberedEvents + 20 }, (_, at) => hub("many").publish(event(at), null)),
  );
  const kept = await hub("many").since(0);
  expect(kept).toHaveLength(rememberedEvents);
  expect(kept.at(-1)?.sequence).toBe(rememberedEvents + 20);
});
