// Runners that read and write the bucket straight, by URLs that the Worker signs: with the local S3 endpoint.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { protocolHeader, protocolVersion, task as taskSchema } from "#workers/transcoding/contract.ts";
import { leaseHeader, urlReply, type Task } from "#workers/transcoding/contract.ts";
import type { Video } from "#workers/videos/contract.ts";
import { probeSource } from "#transcoder/probe.ts";
import { makeClip } from "../scripts/demo/clip.ts";
import { uploadFile } from "../scripts/demo/upload.ts";
import { waitForVideo } from "../scripts/demo/video.ts";
import { storedObjects } from "../scripts/proof/media.ts";
import { startRunner } from "../scripts/stack/runner.ts";
import { startTestStack, type TestStack } from "./stack.ts";

let stack: TestStack;
let clip: string;
beforeAll(async () => {
  stack = await startTestStack({ s3: true, runners: 0 });
  clip = join(stack.scratch, "clip.mp4");
  await makeClip({ path: clip, durationSeconds: 3, width: 320, height: 180 });
});
afterAll(() => stack?.stop());

async function runnerToken(): Promise<{ readonly id: string; readonly token: string }> {
  const response = await fetch(`${stack.url}/v1/runner-tokens`, {
    method: "POST",
    headers: { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ name: "by hand" }),
  });
  return response.json() as Promise<{ id: string; token: string }>;
}

function say(token: string, path: string, body: object, lease?: string): Promise<Response> {
  const headers = {
    Authorization: `Bearer ${token}`,
    "Content-Type": "application/json",
    [protocolHeader]: String(protocolVersion),
    ...(lease === undefined ? {} : { [leaseHeader]: lease }),
  };
  return fetch(`${stack.url}/internal/v1/tasks/${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
}

async function claim(token: string): Promise<Task> {
  const body = {
    runnerId: "hand",
    cpus: 1,
    codecs: ["h264", "aac"],
    ffmpegVersion: "5",
    waitSeconds: 20,
  };
  return taskSchema.parse(await (await say(token, "claim", body)).json());
}

const straight = (task: Task, token: string, renewal: string | undefined, sizeBytes: number) =>
  say(token, `${task.id}/urls`, { attempt: task.attempt, renewal, sizeBytes }, task.lease);

const put = (url: string, bytes: number, headers: Record<string, string> = { "If-None-Match": "*" }) =>
  fetch(url, { method: "PUT", body: new Uint8Array(bytes), headers });

/** By a real runner with a token of its own, as a machine of somebody's has it. */
async function encodeAll(videoId: string): Promise<void> {
  const { token } = await runnerToken();
  const name = `runner-of-${videoId}`;
  const dataDirectory = join(stack.scratch, "data");
  const runner = startRunner({ url: stack.url, token, name, dataDirectory, onDeath: () => undefined });
  try {
    await waitForVideo(stack, videoId, ({ status }) => status.state === "ready", { deadlineSeconds: 60 });
  } finally {
    await runner.stop();
  }
}

test("a runner encodes by them alone, and no byte goes through the Worker", { timeout: 90_000 }, async () => {
  const { videoId } = await uploadFile(stack, clip);
  await encodeAll(videoId);
  const log = readFileSync(join(stack.scratch, "data", "worker.log"), "utf8");
  expect(log).toContain("/internal/v1/tasks/:id/urls");
  expect(log).not.toContain("/internal/v1/objects/");
});

test(
  "an object of the owner's own plays, is encoded from where it is, and is there when its video is gone",
  { timeout: 90_000 },
  async () => {
    const bucket = await stack.worker.miniflare.getR2Bucket("MEDIA");
    // All that a URL could mistake.
    const objectKey = "own films/ü/a+b & c%2f..#?.mp4";
    const bytes = readFileSync(clip);
    await bucket.put(objectKey, bytes);
    const authorized = { Authorization: `Bearer ${stack.apiKey}` };
    const made = await fetch(`${stack.url}/v1/videos`, {
      method: "POST",
      headers: { ...authorized, "Content-Type": "application/json" },
      body: JSON.stringify({ source: { objectKey } }),
    });
    expect(made.status).toBe(201);
    const video = (await made.json()) as Video;
    expect(video.status).toMatchObject({ state: "uploaded", playable: true });
    await encodeAll(video.id);
    expect(await bucket.head(`sources/${video.id}/original`)).toBeNull();
    const path = `${stack.url}/v1/videos/${video.id}`;
    expect((await fetch(path, { method: "DELETE", headers: authorized })).status).toBe(204);
    await expect
      .poll(async () => (await bucket.list({ prefix: `videos/${video.id}/` })).objects.length, {
        timeout: 20_000,
      })
      .toBe(0);
    const left = await bucket.get(objectKey);
    expect(left && Buffer.from(await left.arrayBuffer()).equals(bytes)).toBe(true);
  },
);

const read = (url: string) => fetch(url, { headers: { Range: "bytes=0-9" } });

function changed(url: string, name: string, value: string): string {
  const other = new URL(url);
  other.searchParams.set(name, value);
  return other.href;
}

/** The day stands in the credential too: after midnight an hour ago was yesterday. */
function signedAgo(url: string, agoMs: number): string {
  const date = new Date(Date.now() - agoMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const credential = new URL(url).searchParams.get("X-Amz-Credential") ?? "";
  const ofDay = credential.replace(/\/\d{8}\//, `/${date.slice(0, 8)}/`);
  return changed(changed(url, "X-Amz-Date", date), "X-Amz-Credential", ofDay);
}

test("a URL reads one object for an hour: forged, expired, of another key or object, it is refused", async () => {
  const { id, token } = await runnerToken();
  await uploadFile(stack, clip);
  const probe = await claim(token);
  const { url, sizeBytes, renewal } = probe.work.source;
  expect(url).toContain("/cdn-cgi/local/r2/s3/");
  expect(new URL(url).searchParams.get("X-Amz-Expires")).toBe("3600");
  const good = await read(url);
  expect([good.status, good.headers.get("Content-Range")]).toEqual([206, `bytes 0-9/${sizeBytes}`]);
  await good.body?.cancel();

  const forged = [
    changed(url, "X-Amz-Signature", "0".repeat(64)),
    changed(url, "X-Amz-Expires", "604800"),
    signedAgo(url, 2 * 3_600_000),
    url.replace("/sources/", "/videos/"),
    url.replace("X-Amz-Credential=local", "X-Amz-Credential=other"),
  ];
  // 401 by the local endpoint where it does not know the key.
  for (const each of forged) expect([401, 403]).toContain((await read(each)).status);
  expect((await put(url, 3)).status).toBe(403);

  await handBack(probe, token);
  expect((await straight(probe, token, renewal, 5)).status).toBe(409);
  const deleted = await fetch(`${stack.url}/v1/runner-tokens/${id}`, {
    method: "DELETE",
    headers: { Authorization: `Bearer ${stack.apiKey}` },
  });
  expect(deleted.status).toBe(204);
  expect((await straight(probe, token, renewal, 5)).status).toBe(401);
});

async function handBack(task: Task, token: string): Promise<void> {
  const body = { attempt: task.attempt, blame: "handback", code: "encodeFailed", message: "" };
  expect((await say(token, `${task.id}/fail`, body, task.lease)).status).toBe(204);
}

test(
  "a URL writes one object of one length once; what a lost attempt writes late is swept away",
  { timeout: 90_000 },
  async () => {
    const { token } = await runnerToken();
    const { videoId } = await uploadFile(stack, clip);
    let task = await claim(token);
    while (task.videoId !== videoId) task = await claim(token);
    const probed = await probeSource(clip, statSync(clip).size, AbortSignal.timeout(30_000));
    if (probed.kind === "refused") throw new Error(probed.message);
    const cost = { cpuSeconds: 0, wallSeconds: 0 };
    const result = { kind: "probe", probe: probed.probe };
    const body = { attempt: task.attempt, result, ...cost };
    expect((await say(token, `${task.id}/complete`, body, task.lease)).status).toBe(204);
    task = await claim(token);
    while (task.work.kind !== "video") task = await claim(token);
    const target = task.work.rungs[0]?.upload;
    const urlFor = async (bytes: number) =>
      urlReply.parse(await (await straight(task, token, target?.renewal, bytes)).json());

    const tooLarge = await straight(task, token, target?.renewal, (target?.maxBytes ?? 0) + 1);
    expect(tooLarge.status).toBe(413);
    const { url, urlSeconds } = await urlFor(1000);
    expect(urlSeconds).toBe(300);
    expect((await put(url, 999)).status).toBe(403);
    expect((await put(url, 1000, {})).status).toBe(403);
    expect((await put(url.replace(".m4s", ".mp4"), 1000)).status).toBe(403);
    expect((await put(signedAgo(url, 600_000), 1000)).status).toBe(403);
    expect((await read(url)).status).toBe(403);
    const late = await urlFor(1234);
    expect((await put(url, 1000)).status).toBe(200);
    expect((await put(url, 1000)).status).toBe(412);

    // Its lease is gone, but its URL is good for minutes yet.
    await handBack(task, token);
    expect((await straight(task, token, target?.renewal, 1000)).status).toBe(409);
    expect((await put(late.url, 1234)).status).toBe(412);
    const bucket = await stack.worker.miniflare.getR2Bucket("MEDIA");
    const stray = new URL(url).pathname.split("/sluice-media/")[1] ?? "";
    expect(await bucket.head(stray)).toMatchObject({ size: 1000 });
    await bucket.delete(stray);
    await encodeAll(videoId);
    const sealed = await storedObjects(stack, videoId);
    expect((await put(url, 1000)).status).toBe(200);
    expect(await bucket.head(stray)).not.toBeNull();
    const time = Date.now() + 12 * 60_000;
    await fetch(`${stack.url}/cdn-cgi/local/scheduled?cron=*+*+*+*+*&time=${time}`);
    expect(await bucket.head(stray)).toBeNull();
    expect(await storedObjects(stack, videoId)).toEqual(sealed);
  },
);

test("a file goes straight to the bucket in parts by URLs that take nothing else, and plays", async () => {
  const authorized = { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": "application/json" };
  const json = (body: object) => ({ method: "POST", headers: authorized, body: JSON.stringify(body) });
  // Longer than a part: what follows the film is no part of it.
  const partBytes = 16 * 1024 * 1024;
  const film = readFileSync(clip);
  const free = Buffer.alloc(partBytes + 4096 - film.length);
  free.writeUInt32BE(free.length, 0);
  free.write("free", 4, "latin1");
  const file = Buffer.concat([film, free]);

  const made = await fetch(`${stack.url}/v1/uploads`, json({ multipart: true, sizeBytes: file.length }));
  expect(made.status).toBe(201);
  const { url, videoId } = (await made.json()) as { url: string; videoId: string };
  interface Parts {
    readonly partCount: number;
    readonly parts: readonly { partNumber: number; offsetBytes: number; sizeBytes: number; url: string }[];
  }
  const { partCount, parts } = (await (await fetch(`${url}/parts`)).json()) as Parts;
  expect([partCount, parts.map(({ sizeBytes }) => sizeBytes)]).toEqual([2, [partBytes, 4096]]);
  const etags: { partNumber: number; etag: string }[] = [];
  // Out of order.
  for (const part of parts.toReversed()) {
    const body = file.subarray(part.offsetBytes, part.offsetBytes + part.sizeBytes);
    // Of a small one: a long body that nobody reads may end in a broken connection before its answer.
    if (part.sizeBytes < partBytes) {
      const longer = await fetch(part.url, { method: "PUT", body: Buffer.concat([body, Buffer.alloc(1)]) });
      expect(longer.status).toBe(403);
    }
    const stored = await fetch(part.url, { method: "PUT", body });
    expect(stored.status).toBe(200);
    etags.push({ partNumber: part.partNumber, etag: stored.headers.get("ETag") ?? "" });
  }
  const complete = (body: unknown) =>
    fetch(`${url}/complete`, { method: "POST", headers: authorized, body: JSON.stringify(body) });
  const forged = etags.map(({ partNumber }) => ({ partNumber, etag: "0".repeat(32) }));
  for (const wrong of [etags.slice(1), [...etags, ...etags], forged])
    expect((await complete({ parts: wrong })).status).toBe(422);
  const answers = await Promise.all([complete({ parts: etags }), complete({ parts: etags })]);
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ state: "completed", offsetBytes: file.length });
  }
  const bucket = await stack.worker.miniflare.getR2Bucket("MEDIA");
  const stored = await bucket.get(`sources/${videoId}/original`);
  expect(stored && Buffer.from(await stored.arrayBuffer()).equals(file)).toBe(true);
  const video = (await (
    await fetch(`${stack.url}/v1/videos/${videoId}`, { headers: authorized })
  ).json()) as Video;
  expect(video.status).toMatchObject({ playable: true, error: null });

  const other = (await (
    await fetch(`${stack.url}/v1/uploads`, json({ multipart: true, sizeBytes: file.length }))
  ).json()) as { id: string; url: string };
  await fetch(`${stack.url}/v1/uploads/${other.id}`, { method: "DELETE", headers: authorized });
  expect((await fetch(`${other.url}/parts`)).status).toBe(410);
});
