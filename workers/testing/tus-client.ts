// A tus client for tests that shows each request, where tus-js-client hides them.
import { env, exports } from "cloudflare:workers";
import { newApiKey } from "#workers/access/new-api-key.ts";
import { sourceKey } from "#workers/storage/keys.ts";

export const origin = "http://sluice.test";
export const chunkType = "application/offset+octet-stream";
const tus = { "Tus-Resumable": "1.0.0" };

export async function makeApiKey(
  ...scopes: Parameters<typeof newApiKey>[2]
): Promise<{ Authorization: string }> {
  const { token, row } = await newApiKey(Date.now(), "test", scopes);
  await env.DB.prepare(
    "INSERT INTO api_keys (id, name, secret_hash, scopes, created_at) VALUES (?, ?, ?, ?, ?)",
  )
    .bind(row.id, row.name, row.secret_hash, row.scopes, row.created_at)
    .run();
  return { Authorization: `Bearer ${token}` };
}

export interface TestUpload {
  readonly url: string;
  readonly uploadId: string;
  readonly videoId: string;
}

/** `sizeBytes` null defers the length. */
export async function createUpload(
  sizeBytes: number | null,
  headers: Record<string, string> = {},
): Promise<TestUpload> {
  const length = sizeBytes === null ? { "Upload-Defer-Length": "1" } : { "Upload-Length": String(sizeBytes) };
  const response = await exports.default.fetch(`${origin}/v1/uploads/tus`, {
    method: "POST",
    headers: { ...(await makeApiKey("uploads:write")), ...tus, ...length, ...headers },
  });
  const url = response.headers.get("Location");
  const videoId = response.headers.get("Sluice-Video-Id");
  if (response.status !== 201 || url === null || videoId === null) {
    throw new Error(`creation answered ${response.status}: ${await response.text()}`);
  }
  return { url, videoId, uploadId: new URL(url).pathname.split("/")[3] ?? "" };
}

export function send(
  url: string,
  method: string,
  headers: Record<string, string> = {},
  body: BodyInit | null = null,
): Promise<Response> {
  return exports.default.fetch(url, { method, headers: { ...tus, ...headers }, body });
}

export function patch(
  url: string,
  offsetBytes: number,
  body: BodyInit,
  headers: Record<string, string> = {},
): Promise<Response> {
  return send(
    url,
    "PATCH",
    { "Content-Type": chunkType, "Upload-Offset": String(offsetBytes), ...headers },
    body,
  );
}

/** -1 when the answer has none. */
export async function offsetOf(url: string): Promise<number> {
  return Number((await send(url, "HEAD")).headers.get("Upload-Offset") ?? -1);
}

export async function storedSource(videoId: string): Promise<Uint8Array | null> {
  const object = await env.MEDIA.get(sourceKey(videoId));
  return object === null ? null : new Uint8Array(await object.arrayBuffer());
}

/** Bytes whose every part differs from every other, from a seed. */
export function noise(sizeBytes: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  let state = seed;
  for (let i = 0; i < words.length; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, sizeBytes);
}

/** `Response` and assertions print megabytes when they differ; this says where. */
export function firstDifference(a: Uint8Array | null, b: Uint8Array): number | null {
  if (a === null || a.length !== b.length) return Math.min(a?.length ?? 0, b.length);
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return i;
  return null;
}

/** Polls until `probe` gives a value. */
export async function until<T>(probe: () => Promise<T | null>, deadlineMs = 10_000): Promise<T> {
  for (const endMs = Date.now() + deadlineMs; ;) {
    const value = await probe();
    if (value !== null) return value;
    if (Date.now() > endMs) throw new Error("What was waited for did not come");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
