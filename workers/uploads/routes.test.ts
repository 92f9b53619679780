import { env, exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { makeApiKey, noise, offsetOf, origin, patch, storedSource } from "#workers/testing/tus-client.ts";
import type { Upload } from "./contract.ts";

type Created = Upload & { readonly url: string };

interface Answer<T> {
  readonly status: number;
  readonly body: T & { readonly code?: string };
}

/** The caller names the body it expects; the assertions check it. */
async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<Answer<T>> {
  const response = await exports.default.fetch(`${origin}${path}`, {
    method,
    headers: {
      ...(headers ?? (await makeApiKey("uploads:write", "videos:write", "videos:read"))),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Answer<T>["body"] };
}

test("an upload is made with its video, takes the file by tus or PUT at its url, and says how far it is", async () => {
  const created = await call<Created>("POST", "/v1/uploads", {
    sizeBytes: 1_000,
    fileName: "a.mp4",
    creator: "u_1",
  });
  expect(created.status).toBe(201);
  expect(Object.keys(created.body).sort()).toEqual([
    "allowedOrigins",
    "completedAt",
    "createdAt",
    "error",
    "expiresAt",
    "id",
    "maxDurationSeconds",
    "maxSizeBytes",
    "offsetBytes",
    "replaces",
    "sizeBytes",
    "state",
    "url",
    "videoId",
  ]);
  const { url, id, videoId } = created.body;
  const file = noise(1_000);
  await patch(url, 0, file.subarray(0, 400));
  const half = await call<Upload>("GET", `/v1/uploads/${id}`);
  expect(half.body).toMatchObject({ state: "open", offsetBytes: 400, sizeBytes: 1_000 });
  expect(half.body).not.toHaveProperty("url");
  await patch(url, 400, file.subarray(400));
  const whole = await call<Upload>("GET", `/v1/uploads/${id}`);
  expect(whole.body).toMatchObject({ state: "completed", offsetBytes: 1_000, error: null });
  expect(whole.body.completedAt).not.toBeNull();
  expect(await storedSource(videoId)).toEqual(file);
  const video = await call<{ title: string; creator: string; source: unknown }>(
    "GET",
    `/v1/videos/${videoId}`,
  );
  expect(video.body).toMatchObject({
    title: "a.mp4",
    creator: "u_1",
    source: { name: "a.mp4", sizeBytes: 1_000 },
  });
});

test("an upload says how its video is encoded, and when", async () => {
  const rungs = [{ side: 240, maxBitrateBps: 300_000 }];
  const profile = await call<{ id: string }>("POST", "/v1/encoding-profiles", { name: "small", rungs });
  for (const [asked, encoding, priority] of [
    [{}, "standard", "normal"],
    [{ encoding: "premium", priority: "low" }, "premium", "low"],
    [{ encoding: profile.body.id }, profile.body.id, "normal"],
  ] as const) {
    const { body } = await call<Created>("POST", "/v1/uploads", asked);
    const video = await call("GET", `/v1/videos/${body.videoId}`);
    expect(video.body).toMatchObject({ encoding, priority });
  }
});

test("an empty file is known to have failed at once", async () => {
  const created = await call<Created>("POST", "/v1/uploads", { sizeBytes: 0 });
  expect(created.body).toMatchObject({ state: "failed", error: { code: "emptyFile" } });
});

test("a video that was made before takes one upload at a time, and only while it awaits one", async () => {
  const video = await call<{ id: string }>("POST", "/v1/videos", { title: "first" });
  const videoId = video.body.id;
  const first = await call<Created>("POST", "/v1/uploads", { videoId, fileName: "a.mp4" });
  expect([first.status, first.body.videoId]).toEqual([201, videoId]);
  expect((await call("POST", "/v1/uploads", { videoId })).body.code).toBe("conflict");
  await exports.default.fetch(first.body.url, { method: "PUT", body: "abc" });
  expect((await call("POST", "/v1/uploads", { videoId })).body.code).toBe("conflict");
  expect((await call<{ title: string }>("GET", `/v1/videos/${videoId}`)).body.title).toBe("first");
  expect((await call("POST", "/v1/uploads", { videoId, title: "other" })).status).toBe(422);
});

test("DELETE cancels an open upload, may be repeated, and refuses a complete one", async () => {
  const open = await call<Created>("POST", "/v1/uploads", {});
  await patch(open.body.url, 0, "abc");
  expect((await call("DELETE", `/v1/uploads/${open.body.id}`)).status).toBe(204);
  expect((await call("DELETE", `/v1/uploads/${open.body.id}`)).status).toBe(204);
  expect((await call<Upload>("GET", `/v1/uploads/${open.body.id}`)).body).toMatchObject({
    state: "cancelled",
    error: { code: "uploadCancelled" },
  });
  expect(await offsetOf(open.body.url)).toBe(-1);
  const done = await call<Created>("POST", "/v1/uploads", {});
  await exports.default.fetch(done.body.url, { method: "PUT", body: "abc" });
  expect((await call("DELETE", `/v1/uploads/${done.body.id}`)).body.code).toBe("conflict");
});

test("a list walks all uploads once, newest first, whatever is made meanwhile", async () => {
  await env.DB.prepare("DELETE FROM uploads").run();
  const key = await makeApiKey("uploads:write");
  const made: string[] = [];
  for (let i = 0; i < 5; i += 1) made.push((await call<Created>("POST", "/v1/uploads", {})).body.id);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page = await call<{ data: { id: string }[]; nextCursor: string | null }>(
      "GET",
      `/v1/uploads?limit=2${query}`,
      undefined,
      key,
    );
    seen.push(...page.body.data.map(({ id }) => id));
    cursor = page.body.nextCursor;
    if (seen.length === 2) await call("POST", "/v1/uploads", {});
  } while (cursor !== null);
  expect(seen).toEqual(made.toSorted().toReversed());
  const filtered = await call<{ data: unknown[] }>("GET", "/v1/uploads?state=completed", undefined, key);
  expect(filtered.body.data).toEqual([]);
});

describe("refusals", () => {
  test.each([
    ["GET", "/v1/uploads/upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4", undefined, "404 notFound"],
    ["DELETE", "/v1/uploads/upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4", undefined, "404 notFound"],
    ["GET", "/v1/uploads?cursor=x.y", undefined, "400 invalidCursor"],
    ["GET", "/v1/uploads?limit=0", undefined, "400 invalidParameter"],
    ["POST", "/v1/uploads", { sizeBytes: -1 }, "422 unprocessable"],
    ["POST", "/v1/uploads", { size: 1 }, "422 unprocessable"],
    ["POST", "/v1/uploads", { sizeBytes: 107_374_182_401 }, "413 uploadTooLarge"],
    ["POST", "/v1/uploads", { videoId: "vid_x" }, "404 notFound"],
    ["POST", "/v1/uploads", { encoding: "best" }, "422 unprocessable"],
    ["POST", "/v1/uploads", { encoding: null }, "422 unprocessable"],
    ["POST", "/v1/uploads", { priority: "HIGH" }, "422 unprocessable"],
    ["POST", "/v1/uploads", { encoding: "enc_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" }, "422 encodingProfileUnknown"],
    ["POST", "/v1/uploads", { videoId: "vid_x", encoding: "standard" }, "422 unprocessable"],
  ])("%s %s %j is %s", async (method, path, body, expected) => {
    const answer = await call(method, path, body);
    expect(`${answer.status} ${answer.body.code}`).toBe(expected);
  });

  test.each([
    ["POST", "/v1/uploads"],
    ["GET", "/v1/uploads"],
    ["GET", "/v1/uploads/upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4"],
    ["DELETE", "/v1/uploads/upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4"],
    ["POST", "/v1/uploads/tus"],
  ])("%s %s without a key, and with one that may not", async (method, path) => {
    const body = method === "POST" ? {} : undefined;
    expect((await call(method, path, body, {})).status).toBe(401);
    expect((await call(method, path, body, await makeApiKey("videos:read"))).status).toBe(403);
  });
});
