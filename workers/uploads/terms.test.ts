// What the maker of an upload's URL allows is held, whoever has the URL.
import { env, exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { newApiKey } from "#workers/access/new-api-key.ts";
import { chunkType, noise, origin, patch, send, storedSource } from "#workers/testing/tus-client.ts";
import { tinyFilm } from "#workers/testing/tiny-film.ts";
import { firstVersion } from "#workers/timeline/version-numbers.ts";
import { readJobSettings } from "#workers/transcoding/job-settings.ts";
import type { Upload } from "./contract.ts";
import { isOriginPattern, noTerms, originRefusal } from "./terms.ts";

const { token, row } = await newApiKey(0, "test", ["uploads:write", "videos:read"]);
const authorized = { Authorization: `Bearer ${token}` };

interface Answered<T> {
  readonly status: number;
  readonly body: T & { readonly code?: string };
}

async function ask<T>(method: string, path: string, json?: unknown): Promise<Answered<T>> {
  await env.DB.prepare(
    "INSERT OR IGNORE INTO api_keys (id, name, secret_hash, scopes, created_at) VALUES (?, ?, ?, ?, ?)",
  )
    .bind(row.id, row.name, row.secret_hash, row.scopes, row.created_at)
    .run();
  const answer = await exports.default.fetch(`${origin}${path}`, {
    method,
    headers: { ...authorized, "Content-Type": "application/json" },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  return { status: answer.status, body: await answer.json() };
}

const create = (wanted: object) => ask<Upload & { url: string }>("POST", "/v1/uploads", wanted);
const codeOf = async (answer: Response) => [answer.status, (await answer.json<{ code: string }>()).code];
const put = (url: string, body: BodyInit, headers: Record<string, string> = {}) =>
  exports.default.fetch(url, { method: "PUT", body, headers });

test.each([
  ["https://app.example", true],
  ["http://localhost:5173", true],
  ["https://*.app.example", true],
  ["https://app.example/", false],
  ["https://app.example:443", false],
  ["https://APP.example", false],
  ["https://*", false],
  ["https://a.*.example", false],
  ["*", false],
  ["null", false],
  ["ftp://app.example", false],
  ["https://user@app.example", false],
])("%s is an origin that may be named: %s", (text, may) => expect(isOriginPattern(text)).toBe(may));

test.each([
  ["https://app.example", true],
  ["https://x.pages.example", true],
  ["https://x.y.pages.example", true],
  ["https://pages.example", false],
  ["https://.pages.example", false],
  ["https://evilpages.example", false],
  ["http://x.pages.example", false],
  ["https://x.pages.example:444", false],
  ["https://app.example.evil", false],
  ["null", false],
  [null, true],
])("a page of %s may write where app.example and *.pages.example may: %s", (asking, may) => {
  const terms = { ...noTerms, allowedOrigins: ["https://app.example", "https://*.pages.example"] };
  expect(originRefusal(terms, asking) === null).toBe(may);
});

describe("a longest size", () => {
  test("refuses a longer file when it is announced, at creation or later, and as it comes", async () => {
    expect(await create({ sizeBytes: 1_001, maxSizeBytes: 1_000 })).toMatchObject({
      status: 413,
      body: { code: "uploadTooLarge" },
    });
    const { url } = (await create({ maxSizeBytes: 1_000 })).body;
    const later = await patch(url, 0, noise(10), { "Upload-Length": "1001" });
    expect(await codeOf(later)).toEqual([413, "uploadTooLarge"]);
    expect(await codeOf(await put(url, noise(1_001)))).toEqual([413, "uploadTooLarge"]);
    await patch(url, 0, noise(600));
    expect(await codeOf(await patch(url, 600, noise(401)))).toEqual([413, "uploadTooLarge"]);
    const head = await send(url, "HEAD");
    expect(head.headers.get("Upload-Offset")).toBe("600");
  });

  test("is met by a file of that length", async () => {
    const { url, id } = (await create({ maxSizeBytes: 1_000 })).body;
    expect((await put(url, noise(1_000))).status).toBe(200);
    expect((await ask<Upload>("GET", `/v1/uploads/${id}`)).body).toMatchObject({
      state: "completed",
      maxSizeBytes: 1_000,
    });
  });
});

describe("allowed origins", () => {
  test("keep pages of others from reading, writing and ending the upload, by tus and by PUT", async () => {
    const allowedOrigins = ["https://app.example"];
    const { url, id } = (await create({ sizeBytes: 10, allowedOrigins })).body;
    const foreign = { Origin: "https://evil.example" };
    expect((await send(url, "HEAD", foreign)).status).toBe(403);
    for (const answer of [
      await send(url, "DELETE", foreign),
      await patch(url, 0, noise(10), foreign),
      await put(url, noise(10), foreign),
    ])
      expect(await codeOf(answer)).toEqual([403, "uploadOriginNotAllowed"]);
    const own = { Origin: "https://app.example" };
    expect((await patch(url, 0, noise(5), own)).status).toBe(204);
    // Our own upload page is no stranger.
    expect((await patch(url, 5, noise(5), { Origin: origin })).status).toBe(204);
    expect((await ask<Upload>("GET", `/v1/uploads/${id}`)).body).toMatchObject({
      state: "completed",
      allowedOrigins,
    });
  });
});

describe("an end that was asked for", () => {
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

  test("stands, whatever is written", async () => {
    const expiresAt = inHours(1);
    const { url, body } = await create({ sizeBytes: 10, expiresAt }).then((made) => ({
      url: made.body.url,
      body: made.body,
    }));
    expect(body.expiresAt).toBe(expiresAt);
    const written = await patch(url, 0, noise(4));
    expect(written.headers.get("Upload-Expires")).toBe(new Date(expiresAt).toUTCString());
  });

  test.each([-1, 0, 6 * 24 + 1, 10_000])("is refused %d hours from now", async (hours) => {
    expect(await create({ expiresAt: inHours(hours) })).toMatchObject({
      status: 422,
      body: { code: "unprocessable" },
    });
  });
});

describe("a longest duration", () => {
  test("ends a longer film in durationTooLong, and nothing of it is kept", async () => {
    const { bytes } = tinyFilm([4, 4]);
    const { url, id, videoId } = (await create({ maxDurationSeconds: 7 })).body;
    await put(url, bytes);
    expect((await ask<Upload>("GET", `/v1/uploads/${id}`)).body).toMatchObject({
      state: "failed",
      error: { code: "durationTooLong" },
    });
    const video = await ask<{ status: unknown }>("GET", `/v1/videos/${videoId}`);
    expect(video.body.status).toMatchObject({
      state: "error",
      playable: false,
      error: { code: "durationTooLong" },
    });
    expect(await storedSource(videoId)).toBeNull();
    const left = await env.MEDIA.list();
    expect(left.objects.filter(({ key }) => key.includes(videoId))).toEqual([]);
  });

  test("lets a film of that length play, and is told to whoever encodes it", async () => {
    const { bytes } = tinyFilm([4, 4]);
    const { url, videoId } = (await create({ maxDurationSeconds: 8 })).body;
    await put(url, bytes);
    const video = await ask<{ status: unknown }>("GET", `/v1/videos/${videoId}`);
    expect(video.body.status).toMatchObject({ playable: true, error: null });
    expect(await readJobSettings(env.DB, { videoId, version: firstVersion })).toMatchObject({
      maxDurationSeconds: 8,
    });
  });
});

test("tus clients that create their uploads may say the same in Upload-Metadata", async () => {
  const pair = (key: string, value: string) => `${key} ${btoa(value)}`;
  const metadata = [pair("maxSizeBytes", "100"), pair("allowedOrigins", '["https://app.example"]')].join(",");
  const creation = await exports.default.fetch(`${origin}/v1/uploads/tus`, {
    method: "POST",
    headers: {
      ...authorized,
      "Tus-Resumable": "1.0.0",
      "Upload-Defer-Length": "1",
      "Upload-Metadata": metadata,
    },
  });
  const url = creation.headers.get("Location") ?? "";
  const headers = { "Content-Type": chunkType, "Upload-Offset": "0", Origin: "https://app.example" };
  expect(await codeOf(await send(url, "PATCH", headers, noise(101)))).toEqual([413, "uploadTooLarge"]);
});
