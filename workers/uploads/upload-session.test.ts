import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { restart } from "#workers/testing/restart.ts";
import { sourceKey } from "#workers/storage/keys.ts";
import {
  createUpload,
  firstDifference,
  noise,
  offsetOf,
  patch,
  send,
  storedSource,
  until,
  type TestUpload,
} from "#workers/testing/tus-client.ts";
import { expireUploads } from "./expire.ts";
import type { Session } from "./session.ts";

const mebibyte = 1024 * 1024;
const partBytes = 8 * mebibyte;

const objectOf = ({ uploadId }: TestUpload) => env.UPLOADS.getByName(uploadId);

function changeSession(upload: TestUpload, change: Partial<Session>): Promise<void> {
  return runInDurableObject(objectOf(upload), (_, { storage }) => {
    const session = storage.kv.get<Session>("session");
    storage.kv.put("session", { ...session, ...change });
  });
}

async function rowOf({ videoId, uploadId }: TestUpload) {
  return env.DB.prepare(
    `SELECT v.state AS video, v.error_code AS error, u.state AS upload FROM videos v
     JOIN uploads u ON u.video_id = v.id WHERE v.id = ? AND u.id = ?`,
  )
    .bind(videoId, uploadId)
    .first();
}

async function digest(algorithm: string, bytes: Uint8Array): Promise<string> {
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest(algorithm, bytes))));
}

/** A body whose end is in the test's hands. */
function openBody() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  return { readable, writer: writable.getWriter() };
}

test("whatever the chunks, and with restarts between them, the object is the file", async () => {
  // R2's smallest, for speed.
  const smallParts = 5 * mebibyte;
  const file = noise(2 * smallParts + 123_457);
  const cuts = fc.array(fc.integer({ min: 0, max: file.length }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(cuts, fc.boolean(), async (given, evicted) => {
      const upload = await createUpload(file.length);
      await changeSession(upload, { partBytes: smallParts });
      const edges = [...given.sort((a, b) => a - b), file.length];
      for (let from = 0, i = 0; i < edges.length; i += 1) {
        const to = edges[i] ?? file.length;
        const answer = await patch(upload.url, from, file.subarray(from, to));
        expect([answer.status, answer.headers.get("Upload-Offset")]).toEqual([204, String(to)]);
        if (evicted) await evictDurableObject(objectOf(upload));
        from = to;
      }
      expect(firstDifference(await storedSource(upload.videoId), file)).toBeNull();
    }),
    { numRuns: 6 },
  );
});

test.each([partBytes, 2 * partBytes, partBytes - 1, partBytes + 1])(
  "a file of %i bytes, at the edge of a part, is stored whole",
  async (sizeBytes) => {
    const file = noise(sizeBytes);
    const upload = await createUpload(sizeBytes);
    await patch(upload.url, 0, file.subarray(0, sizeBytes - 1));
    await patch(upload.url, sizeBytes - 1, file.subarray(sizeBytes - 1));
    expect(firstDifference(await storedSource(upload.videoId), file)).toBeNull();
  },
);

test("what arrived before a client broke off is kept, and the upload goes on from there", async () => {
  const file = noise(partBytes + 3_000_000);
  const upload = await createUpload(file.length);
  const { readable, writer } = openBody();
  const cut = patch(upload.url, 0, readable);
  await writer.write(file.subarray(0, partBytes + 1_000_000));
  await writer.abort(new Error("the line went dead"));
  await cut.catch(() => undefined);
  const offset = await until(async () => {
    const at = await offsetOf(upload.url);
    return at > partBytes ? at : null;
  });
  expect(offset).toBeGreaterThan(partBytes + 1_000_000 - 65_536);
  await patch(upload.url, offset, file.subarray(offset));
  expect(firstDifference(await storedSource(upload.videoId), file)).toBeNull();
});

test("an object that is evicted in mid-body has lost nothing acknowledged and doubles nothing", async () => {
  const file = noise(3 * partBytes);
  const upload = await createUpload(file.length);
  await patch(upload.url, 0, file.subarray(0, 1_000));
  const { readable, writer } = openBody();
  const broken = patch(upload.url, 1_000, readable).catch(() => null);
  await writer.write(file.subarray(1_000, partBytes + 500_000));
  await until(async () => ((await offsetOf(upload.url)) === partBytes ? true : null));

  await restart(objectOf(upload));
  await broken;

  expect(await offsetOf(upload.url)).toBe(partBytes);
  expect((await patch(upload.url, partBytes, file.subarray(partBytes))).status).toBe(204);
  expect(firstDifference(await storedSource(upload.videoId), file)).toBeNull();
});

test("a second writer is locked out while the first is alive, and nothing is mixed", async () => {
  const file = noise(1_000_000);
  const upload = await createUpload(file.length);
  const { readable, writer } = openBody();
  const first = patch(upload.url, 0, readable);
  await writer.write(file.subarray(0, 500_000));
  const second = await patch(upload.url, 0, noise(1_000, 7));
  expect(second.status).toBe(423);
  expect(await second.json()).toMatchObject({ code: "uploadLocked" });
  await writer.write(file.subarray(500_000));
  await writer.close();
  expect((await first).status).toBe(204);
  expect(firstDifference(await storedSource(upload.videoId), file)).toBeNull();
});

test("a writer that has been silent for long gives way, and what it sent is kept", async () => {
  const file = noise(1_000_000);
  const upload = await createUpload(file.length);
  const { readable, writer } = openBody();
  const dead = patch(upload.url, 0, readable).catch(() => null);
  await writer.write(file.subarray(0, 600_000));
  expect((await patch(upload.url, 0, file)).status).toBe(423);
  const secret = new URL(upload.url).pathname.split("/")[4] ?? "";
  const later = await objectOf(upload).head(secret, Date.now() + 11_000);
  const offset = later.ok ? later.upload.offsetBytes : 0;
  expect(offset).toBeGreaterThan(0);
  expect((await patch(upload.url, offset, file.subarray(offset))).status).toBe(204);
  expect(firstDifference(await storedSource(upload.videoId), file)).toBeNull();
  await dead;
});

describe("a PATCH with a checksum", () => {
  test.each([
    ["sha1", "SHA-1"],
    ["sha256", "SHA-256"],
    ["md5", "MD5"],
  ])("is committed when its %s matches, across parts", async (name, algorithm) => {
    const file = noise(2 * partBytes + 5_000);
    const upload = await createUpload(file.length);
    await patch(upload.url, 0, file.subarray(0, 3_000));
    const rest = file.subarray(3_000);
    const checksum = `${name} ${await digest(algorithm, rest)}`;
    expect((await patch(upload.url, 3_000, rest, { "Upload-Checksum": checksum })).status).toBe(204);
    expect(firstDifference(await storedSource(upload.videoId), file)).toBeNull();
  });

  test("leaves no byte behind when it does not match, though whole parts were stored meanwhile", async () => {
    const file = noise(2 * partBytes + 5_000);
    const upload = await createUpload(file.length);
    await patch(upload.url, 0, file.subarray(0, 3_000));
    const wrong = { "Upload-Checksum": `sha1 ${await digest("SHA-1", noise(10))}` };
    const refused = await patch(upload.url, 3_000, noise(file.length - 3_000, 9), wrong);
    expect(refused.status).toBe(460);
    expect(await refused.json()).toMatchObject({ code: "checksumMismatch" });
    expect(await offsetOf(upload.url)).toBe(3_000);
    expect(await storedSource(upload.videoId)).toBeNull();
    await patch(upload.url, 3_000, file.subarray(3_000));
    expect(firstDifference(await storedSource(upload.videoId), file)).toBeNull();
  });
});

describe("an end that was cut off is taken up again", () => {
  async function multipart(): Promise<{ upload: TestUpload; file: Uint8Array }> {
    const file = noise(partBytes + 10);
    const upload = await createUpload(file.length);
    await patch(upload.url, 0, file);
    return { upload, file };
  }

  const undoRows = (upload: TestUpload) =>
    env.DB.batch([
      env.DB.prepare("UPDATE videos SET state = 'awaitingUpload' WHERE id = ?").bind(upload.videoId),
      env.DB.prepare("UPDATE uploads SET state = 'open' WHERE id = ?").bind(upload.uploadId),
    ]);

  test("the object was put together, and nobody noted it", async () => {
    const { upload, file } = await multipart();
    await undoRows(upload);
    await changeSession(upload, { phase: { kind: "assembling" } });
    await evictDurableObject(objectOf(upload));
    expect(await offsetOf(upload.url)).toBe(file.length);
    expect(await rowOf(upload)).toMatchObject({ video: "uploaded", upload: "completed" });
    expect(firstDifference(await storedSource(upload.videoId), file)).toBeNull();
  });

  test("the database knew, and the upload did not: no second message", async () => {
    const { upload } = await multipart();
    await env.DB.prepare("DELETE FROM outbox").run();
    await changeSession(upload, { phase: { kind: "stored" } });
    await runDurableObjectAlarm(objectOf(upload));
    expect(await rowOf(upload)).toMatchObject({ upload: "completed" });
    expect(await env.DB.prepare("SELECT count(*) AS n FROM outbox WHERE queue <> 'event'").first()).toEqual({
      n: 0,
    });
  });

  test("the alarm does it when no client comes back", async () => {
    const { upload } = await multipart();
    await undoRows(upload);
    await changeSession(upload, { phase: { kind: "stored" } });
    await evictDurableObject(objectOf(upload));
    expect(await runDurableObjectAlarm(objectOf(upload))).toBe(true);
    expect(await rowOf(upload)).toMatchObject({ video: "uploaded", upload: "completed" });
  });

  test("parts that are gone for good end the upload with a reason", async () => {
    const { upload } = await multipart();
    await undoRows(upload);
    await env.MEDIA.delete(sourceKey(upload.videoId));
    await changeSession(upload, { phase: { kind: "assembling" } });
    await send(upload.url, "HEAD");
    expect(await rowOf(upload)).toEqual({ video: "error", error: "sourceMissing", upload: "failed" });
  });

  test("a part number that a crash left in doubt is not used again", async () => {
    const file = noise(2 * partBytes);
    const upload = await createUpload(file.length);
    await patch(upload.url, 0, file.subarray(0, partBytes));
    await changeSession(upload, { nextPartNumber: 7 });
    await patch(upload.url, partBytes, file.subarray(partBytes));
    expect(firstDifference(await storedSource(upload.videoId), file)).toBeNull();
  });
});

test("a video that was deleted while its file arrived leaves no object", async () => {
  const file = noise(100);
  const upload = await createUpload(file.length);
  await env.DB.prepare("DELETE FROM videos WHERE id = ?").bind(upload.videoId).run();
  await patch(upload.url, 0, file);
  expect(await storedSource(upload.videoId)).toBeNull();
  expect((await send(upload.url, "HEAD")).status).toBe(410);
});

describe("expiry", () => {
  test("ends an open upload by its alarm, and nothing of it is left", async () => {
    const upload = await createUpload(20_000_000);
    await patch(upload.url, 0, noise(9_000_000));
    await changeSession(upload, { expiresAtMs: Date.now() - 1 });
    const refused = await patch(upload.url, 9_000_000, "x");
    expect([refused.status, (await refused.json<{ code: string }>()).code]).toEqual([410, "uploadExpired"]);
    expect(await runDurableObjectAlarm(objectOf(upload))).toBe(true);
    expect(await rowOf(upload)).toEqual({ video: "error", error: "uploadExpired", upload: "expired" });
    expect((await send(upload.url, "HEAD")).status).toBe(410);
    await runInDurableObject(objectOf(upload), (_, { storage }) => {
      expect(storage.sql.exec("SELECT count(*) AS n FROM tail").one()).toEqual({ n: 0 });
    });
  });

  test("the sweep ends what no alarm ended, and puts off what was written to since", async () => {
    const lost = await createUpload(10);
    await changeSession(lost, { expiresAtMs: 1 });
    const alive = await createUpload(10);
    const never = { uploadId: "upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4", videoId: alive.videoId };
    await env.DB.prepare("UPDATE uploads SET expires_at = 1").run();
    await env.DB.prepare(
      "INSERT INTO uploads (id, video_id, state, created_at, expires_at) VALUES (?, 'vid_x', 'open', 1, 1)",
    )
      .bind(never.uploadId)
      .run();
    await expireUploads(env, Date.now());
    expect(await rowOf(lost)).toEqual({ video: "error", error: "uploadExpired", upload: "expired" });
    expect(await rowOf(alive)).toEqual({ video: "awaitingUpload", error: null, upload: "open" });
    const rows = await env.DB.prepare(
      "SELECT count(*) AS n FROM uploads WHERE state = 'open' AND expires_at <= ?",
    )
      .bind(Date.now())
      .first();
    expect(rows).toEqual({ n: 0 });
  });

  test("an ended upload is forgotten a day later", async () => {
    const upload = await createUpload(3);
    await patch(upload.url, 0, "abc");
    await runDurableObjectAlarm(objectOf(upload));
    expect((await send(upload.url, "HEAD")).status).toBe(404);
    expect(await rowOf(upload)).toMatchObject({ upload: "completed" });
  });
});

test("guessing at ids writes nothing", async () => {
  const id = "upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V5";
  await exports.default.fetch(`http://sluice.test/v1/uploads/${id}/x`, {
    method: "HEAD",
    headers: { "Tus-Resumable": "1.0.0" },
  });
  await runInDurableObject(env.UPLOADS.getByName(id), (_, { storage }) => {
    const tables = storage.sql
      .exec("SELECT name FROM sqlite_master WHERE name IN ('parts', 'tail')")
      .toArray();
    expect(tables).toEqual([]);
    expect(storage.kv.get("session")).toBeUndefined();
  });
});
