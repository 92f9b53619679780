import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { chunkType, createUpload, patch, send } from "#workers/testing/tus-client.ts";
import type { ToldEvent } from "./live-contract.ts";
import { readTicket, ticketMs } from "./ticket.ts";

interface Listed {
  readonly data: readonly ToldEvent[];
  readonly lastSequence: number;
  readonly gap: boolean;
}

let reader = "";
beforeAll(async () => {
  reader = await insertApiKey("videos:read");
});

async function list(query: string): Promise<Listed> {
  const response = await call("GET", `/v1/events${query}`, { token: reader });
  expect(response.status).toBe(200);
  return response.json();
}

it("lists what an upload tells: that it has come, and why it can't be played as it is", async () => {
  const { lastSequence: from } = await list("");
  const { url, videoId } = await createUpload(20);
  expect((await patch(url, 0, "this is not a video!")).status).toBe(204);
  const { data, lastSequence, gap } = await list(`?after=${from}&videoId=${videoId}`);
  expect(data).toMatchObject([{ type: "video.uploaded", videoId, waits: { code: "containerNotSupported" } }]);
  expect([lastSequence > from, gap]).toEqual([true, false]);
  const video = await (await call("GET", `/v1/videos/${videoId}`, { token: reader })).json();
  expect(video).toMatchObject({
    instantPlay: { state: "waiting", reason: { code: "containerNotSupported" } },
  });
});

it("lists an upload that was cancelled as a video that has failed", async () => {
  const { url, videoId } = await createUpload(20);
  expect((await send(url, "DELETE")).status).toBe(204);
  const { data } = await list(`?videoId=${videoId}`);
  expect(data).toMatchObject([{ type: "video.failed", videoId, code: "uploadCancelled" }]);
});

it("lists from a number on, and says where that is too long ago", async () => {
  const videoId = "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4";
  for (const atMs of [1, 2, 3]) {
    await env.EVENT_HUB.getByName("hub").publish({ type: "video.playable", videoId, atMs }, null);
  }
  const { data, lastSequence } = await list("");
  expect(lastSequence).toBe(data.at(-1)?.sequence);
  const after = lastSequence - 2;
  expect((await list(`?after=${after}`)).data.map(({ sequence }) => sequence)).toEqual([
    after + 1,
    after + 2,
  ]);
  expect(await list(`?after=${lastSequence + 5}`)).toEqual({ data: [], lastSequence, gap: true });
  for (const query of ["?after=x", "?after=-1", "?after=1e3", "?after=", "?videoId=", "?videoId=vid_1"]) {
    const response = await call("GET", `/v1/events${query}`, { token: reader });
    expect([query, (await problemOf(response)).code]).toEqual([query, "invalidParameter"]);
  }
});

it("gives who holds an upload's URL a ticket for its video, and nobody else", async () => {
  const { url, videoId } = await createUpload(20, { "Content-Type": chunkType });
  const path = `${new URL(url).pathname}/events-ticket`;
  const answer = await call("POST", path);
  expect([answer.status, answer.headers.get("Cache-Control")]).toEqual([201, "no-store"]);
  const { ticket, expiresAt } = await answer.json<{ ticket: string; expiresAt: string }>();
  const read = await readTicket(env.OBJECT_URL_KEY, ticket, Date.now());
  expect(read).toEqual({ ok: true, value: { videoId, expiresMs: Date.parse(expiresAt) } });
  expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.now() + ticketMs);
  const late = await readTicket(env.OBJECT_URL_KEY, ticket, Date.parse(expiresAt));
  expect(late).toEqual({ ok: false, reason: "expired" });
  for (const wrong of [
    path.replace(/[^/]+\/events-ticket/, "wrong/events-ticket"),
    "/v1/uploads/upl_x/y/events-ticket",
  ]) {
    expect((await problemOf(await call("POST", wrong))).code).toBe("notFound");
  }
});

it("refuses a ticket for what is no video's id", async () => {
  for (const json of [{ videoId: "x" }, { videoId: null }, { videoIds: [] }]) {
    const response = await call("POST", "/v1/events/tickets", { token: reader, json });
    expect((await problemOf(response)).code).toBe("unprocessable");
  }
});
