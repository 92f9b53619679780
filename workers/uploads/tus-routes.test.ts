import { env, exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import "#workers/testing/loaded-objects.ts";
import {
  chunkType,
  createUpload,
  makeApiKey,
  noise,
  offsetOf,
  origin,
  patch,
  send,
  storedSource,
} from "#workers/testing/tus-client.ts";

async function codeOf(response: Response): Promise<string> {
  const { code } = await response.json<{ code: string }>();
  return `${response.status} ${code}`;
}

async function stateOf(videoId: string) {
  return env.DB.prepare("SELECT state, error_code AS error FROM videos WHERE id = ?").bind(videoId).first();
}

test("a file sent in chunks becomes the video's source, and the video is uploaded with a message to transcode", async () => {
  const { url, videoId } = await createUpload(11, { "Upload-Metadata": `filename ${btoa("a.mp4")}` });
  const first = await patch(url, 0, "hello");
  expect([first.status, first.headers.get("Upload-Offset")]).toEqual([204, "5"]);
  expect(first.headers.get("Upload-Expires")).toMatch(/GMT$/);
  expect(await offsetOf(url)).toBe(5);
  expect(await storedSource(videoId)).toBeNull();
  expect((await patch(url, 5, " world")).headers.get("Upload-Offset")).toBe("11");

  expect(new TextDecoder().decode((await storedSource(videoId)) ?? undefined)).toBe("hello world");
  expect(await stateOf(videoId)).toEqual({ state: "uploaded", error: null });
  const messages = await env.DB.prepare("SELECT body FROM outbox WHERE queue <> 'event' AND body LIKE ?")
    .bind(`%${videoId}%`)
    .all();
  expect(messages.results.length).toBeLessThanOrEqual(1);
});

test("creation-with-upload takes the first bytes, or all of them", async () => {
  const key = await makeApiKey("uploads:write");
  const response = await exports.default.fetch(`${origin}/v1/uploads/tus`, {
    method: "POST",
    headers: { ...key, "Tus-Resumable": "1.0.0", "Upload-Length": "5", "Content-Type": chunkType },
    body: "hello",
  });
  expect([response.status, response.headers.get("Upload-Offset")]).toEqual([201, "5"]);
  expect(await storedSource(response.headers.get("Sluice-Video-Id") ?? "")).toHaveLength(5);
});

test("HEAD tells offset, length and metadata, and is never cached", async () => {
  const metadata = `filename ${btoa("a.mp4")},filetype ${btoa("video/mp4")}`;
  const { url } = await createUpload(20, { "Upload-Metadata": metadata });
  const head = await send(url, "HEAD");
  expect(head.status).toBe(200);
  expect(head.headers.get("Cache-Control")).toBe("no-store");
  expect(head.headers.get("Upload-Offset")).toBe("0");
  expect(head.headers.get("Upload-Length")).toBe("20");
  expect(head.headers.get("Upload-Metadata")).toBe(metadata);
});

test("a deferred length can come with the last PATCH", async () => {
  const { url, videoId } = await createUpload(null);
  expect((await send(url, "HEAD")).headers.get("Upload-Defer-Length")).toBe("1");
  await patch(url, 0, "abc");
  expect((await patch(url, 3, "", { "Upload-Length": "3" })).status).toBe(204);
  expect(await storedSource(videoId)).toHaveLength(3);
});

test("a plain PUT of the whole file completes an upload, and can be repeated after it broke off", async () => {
  const { url, videoId } = await createUpload(null);
  await patch(url, 0, "what an earlier try left");
  const put = await exports.default.fetch(url, { method: "PUT", body: "the file" });
  expect(put.status).toBe(200);
  expect(await put.json()).toMatchObject({ state: "completed", offsetBytes: 8, sizeBytes: 8, videoId });
  expect(new TextDecoder().decode((await storedSource(videoId)) ?? undefined)).toBe("the file");
  expect(await codeOf(await exports.default.fetch(url, { method: "PUT", body: "again" }))).toBe(
    "409 conflict",
  );
});

test("an empty file ends as emptyFile and leaves no object, by length, by deferred length and by PUT", async () => {
  const byLength = await createUpload(0);
  const deferred = await createUpload(null);
  await patch(deferred.url, 0, "", { "Upload-Length": "0" });
  const byPut = await createUpload(null);
  await exports.default.fetch(byPut.url, { method: "PUT", body: "" });
  for (const { videoId, url } of [byLength, deferred, byPut]) {
    expect(await stateOf(videoId)).toEqual({ state: "error", error: "emptyFile" });
    expect(await storedSource(videoId)).toBeNull();
    expect(await offsetOf(url)).toBe(0);
  }
});

test("DELETE removes what arrived; after that the upload is gone and the video says why", async () => {
  const { url, videoId } = await createUpload(20_000_000);
  await patch(url, 0, noise(9_000_000));
  expect((await send(url, "DELETE")).status).toBe(204);
  expect(await codeOf(await patch(url, 9_000_000, "x"))).toBe("410 gone");
  expect((await send(url, "HEAD")).status).toBe(410);
  expect(await stateOf(videoId)).toEqual({ state: "error", error: "uploadCancelled" });
  expect(await storedSource(videoId)).toBeNull();
});

describe("refusals change nothing and name their reason", () => {
  test.each([
    ["a wrong offset", (url: string) => patch(url, 3, "abc"), "409 uploadOffsetMismatch"],
    [
      "a wrong content type",
      (url: string) => send(url, "PATCH", { "Upload-Offset": "0", "Content-Type": "text/plain" }, "abc"),
      "415 unsupportedMediaType",
    ],
    [
      "another tus version",
      (url: string) => patch(url, 0, "abc", { "Tus-Resumable": "0.2.2" }),
      "412 tusVersionUnsupported",
    ],
    ["more bytes than announced", (url: string) => patch(url, 0, "abcdefghijk"), "413 uploadLengthExceeded"],
    [
      "a checksum of an unknown algorithm",
      (url: string) => patch(url, 0, "abc", { "Upload-Checksum": "crc32 AAAAAA==" }),
      "400 invalidParameter",
    ],
    ["a wrong secret", (url: string) => patch(`${url.slice(0, -3)}AAA`, 0, "abc"), "404 notFound"],
    [
      "an unknown id",
      (url: string) => patch(url.replace(/upl_[^/]+/, "upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4"), 0, "abc"),
      "404 notFound",
    ],
    [
      "an id that is none",
      (url: string) => patch(url.replace(/upl_[^/]+/, "upl_1"), 0, "abc"),
      "404 notFound",
    ],
    ["GET", (url: string) => send(url, "GET"), "405 methodNotAllowed"],
    [
      "a PUT shorter than announced",
      (url: string) => send(url, "PUT", {}, "abc"),
      "409 uploadLengthMismatch",
    ],
    [
      "a PUT of a range",
      (url: string) => send(url, "PUT", { "Content-Range": "bytes 0-2/10" }, "abc"),
      "400 invalidParameter",
    ],
  ])("%s", async (_, request, expected) => {
    const { url, videoId } = await createUpload(10);
    const response = await request(url);
    expect(await codeOf(response)).toBe(expected);
    expect(response.headers.get("Tus-Resumable")).toBe("1.0.0");
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(response.headers.get("Access-Control-Expose-Headers")).toContain("Upload-Offset");
    expect(await offsetOf(url)).toBe(0);
    expect(await stateOf(videoId)).toEqual({ state: "awaitingUpload", error: null });
  });

  test("a body over the limit is told of tus and of smaller chunks, before it is read", async () => {
    const { url } = await createUpload(null);
    const body = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => undefined) });
    const response = await patch(url, 0, body.pipeThrough(new FixedLengthStream(95_000_001)));
    expect(response.status).toBe(413);
    const problem = await response.json<{ code: string; detail: string }>();
    expect(problem.code).toBe("bodyTooLarge");
    expect(problem.detail).toMatch(/tus.*chunks/);
  });

  test.each([
    ["no key", {}, "401 unauthenticated"],
    ["a longer upload than allowed", { "Upload-Length": "107374182401" }, "413 uploadTooLarge"],
    ["no length", {}, "400 invalidParameter"],
    ["metadata that is not", { "Upload-Length": "1", "Upload-Metadata": "a %" }, "400 invalidParameter"],
    [
      "a policy that is none",
      { "Upload-Length": "1", "Upload-Metadata": `playbackPolicy ${btoa("open")}` },
      "400 invalidParameter",
    ],
    [
      "an encoding that is none",
      { "Upload-Length": "1", "Upload-Metadata": `encoding ${btoa("best")}` },
      "400 invalidParameter",
    ],
    [
      "a profile that is not there",
      { "Upload-Length": "1", "Upload-Metadata": `encoding ${btoa("enc_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4")}` },
      "422 encodingProfileUnknown",
    ],
    [
      "a priority that is none",
      { "Upload-Length": "1", "Upload-Metadata": `priority ${btoa("HIGH")}` },
      "400 invalidParameter",
    ],
    [
      "a video that is not there",
      { "Upload-Length": "1", "Upload-Metadata": `videoId ${btoa("vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4")}` },
      "404 notFound",
    ],
  ])("a creation with %s", async (name, headers, expected) => {
    const key = name === "no key" ? {} : await makeApiKey("uploads:write");
    const before = await env.DB.prepare("SELECT count(*) AS n FROM videos").first();
    const response = await exports.default.fetch(`${origin}/v1/uploads/tus`, {
      method: "POST",
      headers: { ...key, "Tus-Resumable": "1.0.0", ...headers } as Record<string, string>,
    });
    expect(await codeOf(response)).toBe(expected);
    expect(response.headers.get("Tus-Resumable")).toBe("1.0.0");
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(await env.DB.prepare("SELECT count(*) AS n FROM videos").first()).toEqual(before);
  });
});

test("a creation fills the video from Upload-Metadata", async () => {
  const pairs = {
    filename: "a.mov",
    title: "A film",
    creator: "u_81",
    playbackPolicy: "signed",
    segmentSeconds: "6",
    metadata: '{"course":"intro"}',
    encoding: "passthrough",
    priority: "high",
  };
  const header = Object.entries(pairs).map(([name, value]) => `${name} ${btoa(value)}`);
  const { videoId } = await createUpload(10, { "Upload-Metadata": header.join(",") });
  const row = await env.DB.prepare(
    `SELECT title, creator, metadata, segment_fragments, policy, encoding, priority FROM videos v
     JOIN playback_ids p ON p.video_id = v.id WHERE v.id = ?`,
  )
    .bind(videoId)
    .first();
  expect(row).toEqual({
    title: "A film",
    creator: "u_81",
    metadata: '{"course":"intro"}',
    segment_fragments: 3,
    policy: "signed",
    encoding: "passthrough",
    priority: "high",
  });
});

test("OPTIONS tells what is spoken; a browser's preflight is allowed what tus needs", async () => {
  const { url } = await createUpload(10);
  for (const at of [url, `${origin}/v1/uploads/tus`]) {
    const options = await exports.default.fetch(at, { method: "OPTIONS" });
    expect(options.status).toBe(204);
    expect(options.headers.get("Tus-Version")).toBe("1.0.0");
    expect(options.headers.get("Tus-Max-Size")).toBe("107374182400");
    expect(options.headers.get("Tus-Checksum-Algorithm")?.split(",")).toContain("sha1");
    expect(options.headers.get("Tus-Extension")?.split(",")).toEqual([
      "creation",
      "creation-with-upload",
      "creation-defer-length",
      "expiration",
      "checksum",
      "termination",
    ]);
    const preflight = await exports.default.fetch(at, {
      method: "OPTIONS",
      headers: { Origin: "https://app.example", "Access-Control-Request-Method": "PATCH" },
    });
    expect(preflight.headers.get("Access-Control-Allow-Methods")).toContain("PATCH");
    expect(preflight.headers.get("Access-Control-Allow-Headers")).toContain("Upload-Checksum");
  }
});

test("X-HTTP-Method-Override lets a POST be a PATCH", async () => {
  const { url } = await createUpload(5);
  const headers = { "X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0", "Content-Type": chunkType };
  expect((await send(url, "POST", headers, "hello")).status).toBe(204);
});

test("Location is where the client reached us, also behind a proxy that ends TLS", async () => {
  const { url } = await createUpload(5, {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "video.example",
  });
  expect(url).toMatch(/^https:\/\/video\.example\/v1\/uploads\/upl_/);
});
