import { createServer } from "node:http";
import { expect, it } from "vitest";
import type { Task } from "#workers/transcoding/contract.ts";
import { NoUrl, objectUrls } from "./object-urls.ts";
import { putObject } from "./upload.ts";

const never = new AbortController().signal;
const probe = { kind: "probe", source: { url: "http://a/source", sizeBytes: 1, renewal: "s" } } as const;
const task: Task = {
  id: "tsk_1",
  attempt: 1,
  videoId: "vid_1",
  version: 1,
  leaseSeconds: 30,
  urlSeconds: 3600,
  work: probe,
};
const target = { url: "http://a/first", maxBytes: 100, renewal: "r" };

/** A Worker that gives numbered URLs. */
function worker(base = "http://a/") {
  const asked: (number | null)[] = [];
  const renewUrl = (_: Task, renewal: string, sizeBytes: number | null) => {
    asked.push(sizeBytes);
    return Promise.resolve({ url: `${base}${renewal}${asked.length}`, urlSeconds: 3600 });
  };
  return { asked, renewUrl };
}

it("a URL is used while it is young, and renewed before it ends, each time anew", async () => {
  let nowMs = 0;
  const client = worker();
  const urls = objectUrls(task, client, () => nowMs);
  expect(await urls.current(target, never)).toBe("http://a/first");
  nowMs = 2_699_999;
  expect(await urls.current(target, never)).toBe("http://a/first");
  nowMs = 2_700_000;
  expect(await urls.current(target, never)).toBe("http://a/r1");
  nowMs = 2 * 2_700_000 - 1;
  expect(await urls.current(target, never)).toBe("http://a/r1");
  nowMs++;
  expect(await urls.current(target, never)).toBe("http://a/r2");
});

it("a URL that was refused is renewed at once, and others that are asked for then share the new one", async () => {
  const client = worker();
  const urls = objectUrls(task, client, () => 0);
  expect(await urls.current(target, never, "http://a/first")).toBe("http://a/r1");
  expect(await urls.current(target, never, "http://a/first")).toBe("http://a/r1");
  expect(client.asked).toHaveLength(1);
});

it("there is no URL any more when the lease is lost", async () => {
  const urls = objectUrls(task, { renewUrl: () => Promise.resolve(null) }, () => 0);
  await expect(urls.current(target, never, target.url)).rejects.toThrow(NoUrl);
  const refused = await putObject(target, new Uint8Array(3), never, {
    ...urls,
    current: () => Promise.reject(new NoUrl()),
  });
  expect(refused).toMatchObject({ reason: { kind: "leaseLost" } });
});

/** Answers each PUT with the next of these, and keeps what was asked. */
async function bucket(answers: readonly { status: number; headers?: Record<string, string> }[]) {
  const seen: string[] = [];
  const left = [...answers];
  const server = createServer((request, response) => {
    seen.push(`${request.url} ${request.headers["if-none-match"]} ${request.headers["content-length"]}`);
    request.resume().on("end", () => {
      const { status, headers } = left.shift() ?? { status: 500 };
      response.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const base = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/`;
  return { base, seen, close: () => server.close() };
}

const direct: Task = { ...task, direct: true };

it.each([
  ["is stored at once", [200], 1, { ok: true }],
  ["is stored by a second URL when the first has expired", [403, 200], 2, { ok: true }],
  ["is given up when no URL is good", [403, 403], 2, { reason: { kind: "refused", status: 403 } }],
])("an object that goes straight to the bucket %s", async (_, statuses, asked, outcome) => {
  const at = await bucket(statuses.map((status) => ({ status })));
  const client = worker(at.base);
  const urls = objectUrls(direct, client, () => 0);
  expect(await putObject(target, new Uint8Array(3), never, urls)).toMatchObject(outcome);
  expect(client.asked).toEqual(Array.from({ length: asked }, () => 3));
  expect(at.seen[0]).toBe("/r1 * 3");
  at.close();
});

it.each([
  ["ours, if it is as long", "3", { ok: true }],
  ["another's, if it is not", "4", { reason: { kind: "otherObjectExists" } }],
])("an object that is in the bucket already is %s: the Worker says so", async (_, size, outcome) => {
  const at = await bucket([{ status: 412 }, { status: 412, headers: { "Sluice-Object-Size": size } }]);
  const urls = objectUrls(direct, worker(at.base), () => 0);
  const own = { ...target, url: `${at.base}own` };
  expect(await putObject(own, new Uint8Array(3), never, urls)).toMatchObject(outcome);
  expect(at.seen.map((line) => line.split(" ")[0])).toEqual(["/r1", "/own"]);
  at.close();
});

it("an object that is larger than the task allows is sent nowhere", async () => {
  const client = worker();
  const refused = await putObject(
    target,
    new Uint8Array(101),
    never,
    objectUrls(direct, client, () => 0),
  );
  expect(refused).toMatchObject({ reason: { kind: "tooLarge", sizeBytes: 101 } });
  expect(client.asked).toEqual([]);
});
