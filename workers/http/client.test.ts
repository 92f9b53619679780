// The client that is offered to others, against the Worker's own entry.
import { exports } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { insertApiKey, origin } from "#workers/testing/api-client.ts";
import { createClient, SluiceError, type SluiceClient } from "../../web/client/client.ts";

let sluice: SluiceClient;
beforeAll(async () => {
  const send = (url: RequestInfo | URL, init?: RequestInit) => exports.default.fetch(new Request(url, init));
  sluice = createClient({ url: origin, apiKey: await insertApiKey("admin"), fetch: send });
});

it("makes, changes, finds and deletes a video", async () => {
  const tag = crypto.randomUUID();
  const made = await sluice.createVideo({ body: { title: "One", tags: [tag] } });
  await sluice.createVideo({ body: { title: "Two", tags: [tag] } });
  const changed = await sluice.patchVideo({ videoId: made.id, body: { title: "One, again" } });
  expect(changed.title).toBe("One, again");
  const titles: string[] = [];
  for await (const { title } of sluice.each("listVideos", { query: { tag, limit: 1 } })) titles.push(title);
  expect(titles).toEqual(["Two", "One, again"]);
  await sluice.deleteVideo({ videoId: made.id });
  await expect(sluice.getVideo({ videoId: made.id })).rejects.toMatchObject({
    status: 404,
    code: "notFound",
  });
});

it("does once what it is told twice by one key", async () => {
  const idempotencyKey = crypto.randomUUID();
  const [one, two] = await Promise.all([
    sluice.createUpload({ body: { title: "Once" }, idempotencyKey }),
    sluice.createUpload({ body: { title: "Once" }, idempotencyKey }),
  ]);
  expect(two).toEqual(one);
});

it("tells the fault of a body by its field", async () => {
  const error = await sluice
    .createVideo({ body: { title: "x".repeat(201) } })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SluiceError);
  expect(error).toMatchObject({ code: "unprocessable", errors: [{ pointer: "#/title" }] });
});
