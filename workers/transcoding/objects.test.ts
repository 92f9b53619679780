import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { encode, expectStatus, fakeProbe, FakeRunner } from "#workers/testing/fake-runner.ts";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";
import type { Task } from "./contract.ts";
import { signGrant, verifyGrant } from "./object-url.ts";
import { handleObject, objectSizeHeader } from "./objects.ts";

const probe = fakeProbe({ seconds: 40, sound: true, picture: true });
const runner = new FakeRunner();
const board = () => env.SCHEDULER.getByName("board");

let sourceUrl: string;
let task: Task;
/** Pictures that nobody has written yet, and sound. */
let other: Task;
let sound: Task;
let videoId: string;

beforeAll(async () => {
  const uploaded = await uploadedVideo(env);
  ({ videoId } = uploaded);
  await board().submit({ videoId, version: 1, sourceKey: `sources/${videoId}/original`, sizeBytes: 5000 });
  const first = await runner.mustClaim();
  sourceUrl = first.work.source.url;
  await runner.work(first, probe);
  const tasks: Task[] = [];
  for (let next = await runner.claim(); next !== null; next = await runner.claim()) tasks.push(next);
  const [pictures, more] = tasks.filter(({ work }) => work.kind === "video");
  const audio = tasks.find(({ work }) => work.kind === "audio");
  if (!pictures || !more || !audio) throw new Error("not the tasks of a film");
  [task, other, sound] = [pictures, more, audio];
});

const get = (headers: Readonly<Record<string, string>> = {}, url = sourceUrl) =>
  exports.default.fetch(new Request(url, { headers }));
const source = new Uint8Array(5000).map((_, at) => at % 251);

describe("reading a source", () => {
  it.each([
    ["bytes=0-0", 0, 0],
    ["bytes=100-199", 100, 199],
    ["bytes=4990-", 4990, 4999],
    ["bytes=4990-9999", 4990, 4999],
    ["bytes=-10", 4990, 4999],
    ["bytes=-9999", 0, 4999],
  ])("answers %s with those bytes and says which", async (range, first, last) => {
    const response = await get({ Range: range });
    expect(response.status).toBe(206);
    expect(response.headers.get("Content-Range")).toBe(`bytes ${first}-${last}/5000`);
    expect(response.headers.get("Content-Length")).toBe(String(last - first + 1));
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(source.subarray(first, last + 1));
  });

  it.each(["bytes=5000-", "bytes=5000-6000", "bytes=-0"])("refuses %s with the length", async (range) => {
    const response = await expectStatus(416, get({ Range: range }));
    expect(response.headers.get("Content-Range")).toBe("bytes */5000");
  });

  it.each([undefined, "bytes=9-1", "bytes=0-1,4-5", "lines=1-2", "bytes=-"])(
    "answers %j with the whole",
    async (range) => {
      const response = await expectStatus(200, get(range === undefined ? {} : { Range: range }));
      expect(response.headers.get("Content-Length")).toBe("5000");
      expect((await response.arrayBuffer()).byteLength).toBe(5000);
    },
  );

  it("gives every range the same ETag, and lets no cache keep it", async () => {
    const [a, b] = await Promise.all([get({ Range: "bytes=0-1" }), get({ Range: "bytes=2-3" })]);
    expect(a?.headers.get("ETag")).toBe(b?.headers.get("ETag"));
    expect(a?.headers.get("Cache-Control")).toBe("no-store");
    expect(a?.headers.get("Content-Disposition")).toBe("attachment");
    await Promise.all([a?.body?.cancel(), b?.body?.cancel()]);
  });

  it("has nothing when the source is gone, or is another file by now", async () => {
    const expiresMs = Date.now() + 1000;
    const url = async (key: string, sizeBytes: number) =>
      `https://sluice.test/internal/v1/objects/${await signGrant(env.OBJECT_URL_KEY, { method: "GET", key, sizeBytes, expiresMs, taskId: "tsk_1", attempt: 1 })}`;
    await expectStatus(404, get({}, await url("sources/none/original", 5000)));
    await expectStatus(404, get({ Range: "bytes=0-1" }, await url(`sources/${videoId}/original`, 4000)));
  });

  it("may not write, and a write may not read", async () => {
    const response = await expectStatus(405, runner.put(sourceUrl, new Uint8Array(10)));
    expect(response.headers.get("Allow")).toBe("GET");
    const upload = encode(task)[0]?.url ?? "";
    expect((await expectStatus(405, get({}, upload))).headers.get("Allow")).toBe("PUT");
  });

  it("refuses a token that is not ours, or has expired", async () => {
    await expectStatus(403, get({}, `${sourceUrl}x`));
    await expectStatus(403, get({}, "https://sluice.test/internal/v1/objects/a.b"));
    const grant = {
      method: "GET",
      key: `sources/${videoId}/original`,
      sizeBytes: 5000,
      expiresMs: 1,
      taskId: "tsk_1",
      attempt: 1,
    } as const;
    const expired = `https://sluice.test/internal/v1/objects/${await signGrant(env.OBJECT_URL_KEY, grant)}`;
    await expectStatus(403, get({}, expired));
  });

  it("never logs the token", async () => {
    const lines: string[] = [];
    const spies = (["log", "warn", "error"] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation((line: unknown) => void lines.push(String(line))),
    );
    const responses = [await get(), await get({}, `${sourceUrl}x`)];
    for (const response of responses) await response.body?.cancel();
    for (const spy of spies) spy.mockRestore();
    const token = sourceUrl.split("/").at(-1) ?? "";
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join("\n")).not.toContain(token.slice(0, 40));
  });
});

describe("writing an object", () => {
  it("creates it once; a second time says how long it is and keeps the first", async () => {
    const [made] = encode(task);
    if (made === undefined) throw new Error("no chunk");
    await expectStatus(201, runner.put(made.url, made.bytes));
    const again = await expectStatus(412, runner.put(made.url, new Uint8Array(7)));
    expect(again.headers.get(objectSizeHeader)).toBe(String(made.bytes.length));
    const { objects } = await env.MEDIA.list({ prefix: `videos/${videoId}/` });
    expect(objects.map(({ size }) => size)).toEqual([made.bytes.length]);
    const head = await env.MEDIA.head(objects[0]?.key ?? "");
    expect(head?.httpMetadata?.contentType).toBe("video/mp4");
  });

  it("takes no more bytes than the task said, and none without a length", async () => {
    const target = other.work.kind === "video" ? other.work.rungs[0]?.upload : undefined;
    if (target === undefined) throw new Error("no upload");
    const tooLong = String(target.maxBytes + 1);
    await expectStatus(413, runner.put(target.url, new Uint8Array(1), { "Content-Length": tooLong }));
    const token = target.url.split("/").at(-1) ?? "";
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const request = new Request(target.url, { method: "PUT", body: readable });
    const response = await handleObject(request, env, token, "request-1", Date.now());
    expect(response.status).toBe(400);
    await writable.abort();
    const grant = await verifyGrant(env.OBJECT_URL_KEY, token, Date.now());
    expect(grant.ok && (await env.MEDIA.head(grant.value.key))).toBeNull();
  });

  it("removes what it wrote when the lease was lost while the bytes came in", async () => {
    const [made] = encode(sound);
    if (made === undefined || sound.work.kind !== "audio") throw new Error("no chunk");
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (sent === 0) {
          controller.enqueue(made.bytes.subarray(0, 100));
          sent = 100;
          return;
        }
        await expectStatus(204, runner.fail(sound, "handback"));
        controller.enqueue(made.bytes.subarray(100));
        controller.close();
      },
    });
    const headers = { "Content-Length": String(made.bytes.length) };
    const request = new Request(made.url, { method: "PUT", body, headers });
    const token = made.url.split("/").at(-1) ?? "";
    const response = await handleObject(request, env, token, "request-2", Date.now());
    expect(response.status).toBe(409);
    expect(await env.MEDIA.head(`videos/${videoId}/1/a0/0.1.m4s`)).toBeNull();
  });
});
