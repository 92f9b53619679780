// A POST with an idempotency key, through the Worker's own entry.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { seal } from "#workers/access/sealing.ts";
import { encodeBase64url } from "#workers/base64url.ts";
import { call, insertApiKey, problemOf, secretOf } from "#workers/testing/api-client.ts";
import { heldMs, keptMs, sweepAnswers } from "./kept-answers.ts";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("admin");
});

let made = 0;
const newKey = () => `key-${(made += 1)}-${crypto.randomUUID()}`;

const create = (key: string, json: unknown = { title: "once" }, by = token) =>
  call("POST", "/v1/videos", { token: by, json, headers: { "Idempotency-Key": key } });

async function videosTitled(title: string): Promise<number> {
  const row = await env.DB.prepare("SELECT count(*) AS n FROM videos WHERE title = ?")
    .bind(title)
    .first<{ n: number }>();
  return row?.n ?? 0;
}

describe("the same key", () => {
  it("gives the first answer again: status, body, location and tag, and makes nothing", async () => {
    const key = newKey();
    const title = crypto.randomUUID();
    const first = await create(key, { title });
    const again = await create(key, { title });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(await again.text()).toBe(await first.text());
    for (const name of ["Location", "ETag", "Content-Type"])
      expect([name, again.headers.get(name)]).toEqual([name, first.headers.get(name)]);
    expect(first.headers.get("Idempotent-Replayed")).toBeNull();
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await videosTitled(title)).toBe(1);
  });

  it("of an answer that another sealing key sealed says that it was done, and does not do it again", async () => {
    const [key, title] = [newKey(), crypto.randomUUID()];
    await create(key, { title });
    const other = await seal(encodeBase64url(new Uint8Array(32)), "kept answer", new Uint8Array(9));
    await env.DB.prepare("UPDATE idempotency_keys SET answer = ? WHERE answer IS NOT NULL").bind(other).run();
    const again = await create(key, { title });
    expect([again.status, (await problemOf(again)).code]).toEqual([409, "conflict"]);
    expect(await videosTitled(title)).toBe(1);
  });

  it("is the same quoted and bare", async () => {
    const key = newKey();
    const first = await create(`"${key}"`);
    const again = await create(key);
    expect(await again.text()).toBe(await first.text());
  });

  it("does it once when it comes ten times at once", async () => {
    const key = newKey();
    const title = crypto.randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => create(key, { title })));
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(answer.headers.get("Retry-After")).toBe("1");
      expect((await problemOf(answer)).code).toBe("idempotencyKeyInUse");
    }
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0);
    expect(await videosTitled(title)).toBe(1);
  });

  it("with another body is refused", async () => {
    const key = newKey();
    await create(key);
    const other = await create(key, { title: "another" });
    expect([other.status, (await problemOf(other)).code]).toEqual([422, "idempotencyKeyReused"]);
  });

  it("of another caller is another key", async () => {
    const key = newKey();
    const title = crypto.randomUUID();
    await create(key, { title });
    await create(key, { title }, await insertApiKey("admin"));
    expect(await videosTitled(title)).toBe(2);
  });

  it("of another route is another key", async () => {
    const key = newKey();
    const first = await create(key);
    const other = await call("POST", "/v1/uploads", { token, json: {}, headers: { "Idempotency-Key": key } });
    expect([first.status, other.status]).toEqual([201, 201]);
  });

  it("is free again after a day", async () => {
    const key = newKey();
    const title = crypto.randomUUID();
    await create(key, { title });
    await env.DB.prepare("UPDATE idempotency_keys SET expires_at = expires_at - ?").bind(keptMs).run();
    await create(key, { title });
    expect(await videosTitled(title)).toBe(2);
  });
});

describe("an answer that may be another at the next try", () => {
  it("is not kept: a body that is mended is taken", async () => {
    const key = newKey();
    const refused = await create(key, { title: 7 });
    expect(refused.status).toBe(422);
    expect((await create(key, { title: "mended" })).status).toBe(201);
  });

  it("is not kept when something broke", async () => {
    const key = newKey();
    const broken = vi.spyOn(env.DB, "batch").mockRejectedValueOnce(new Error("no database"));
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const failed = await create(key);
    broken.mockRestore();
    expect(failed.status).toBe(500);
    expect((await create(key)).status).toBe(201);
  });
});

describe("an attempt that died", () => {
  const die = async (key: string) => {
    await create(key);
    await env.DB.prepare("UPDATE idempotency_keys SET answer = NULL").run();
  };

  it("holds the key while it may be alive", async () => {
    const key = newKey();
    await die(key);
    const again = await create(key);
    expect([again.status, (await problemOf(again)).code]).toEqual([409, "idempotencyKeyInUse"]);
  });

  it("is succeeded when its time is over", async () => {
    const key = newKey();
    await die(key);
    await env.DB.prepare("UPDATE idempotency_keys SET held_until = held_until - ?").bind(heldMs).run();
    expect((await create(key)).status).toBe(201);
  });
});

it("takes the largest body that a POST may have", async () => {
  const made = await call("POST", "/v1/videos", { token, json: {} });
  const { id } = await made.json<{ id: string }>();
  const cue = `00:01.000 --> 00:02.000\n${"x".repeat(1_000)}\n\n`;
  const send = () =>
    call("POST", `/v1/videos/${id}/captions/en`, {
      token,
      headers: { "Idempotency-Key": "large", "Content-Type": "text/vtt" },
      body: `WEBVTT\n\n${cue.repeat(3_000)}`,
    });
  expect((await send()).status).toBe(201);
  expect((await send()).headers.get("Idempotent-Replayed")).toBe("true");
});

it("keeps no secret readable: neither an upload's URL nor an API key", async () => {
  const upload = await call("POST", "/v1/uploads", {
    token,
    json: {},
    headers: { "Idempotency-Key": newKey() },
  });
  const { url } = await upload.json<{ url: string }>();
  const apiKey = await call("POST", "/v1/api-keys", {
    token,
    json: { name: "kept", scopes: ["videos:read"] },
    headers: { "Idempotency-Key": newKey() },
  });
  const { token: secret } = await apiKey.json<{ token: string }>();
  const rows = JSON.stringify((await env.DB.prepare("SELECT * FROM idempotency_keys").all()).results);
  expect(rows).not.toContain(url.split("/").at(-1));
  expect(rows).not.toContain(secretOf(secret));
});

it.each(["", '"', '"open', "a".repeat(256), "ü"])("refuses %j as a key", async (key) => {
  const answer = await create(key);
  expect([answer.status, (await problemOf(answer)).code]).toEqual([400, "invalidParameter"]);
});

it("is asked for nothing by strangers: they are refused first", async () => {
  const before = await env.DB.prepare("SELECT count(*) AS n FROM idempotency_keys").first();
  const answer = await create(newKey(), {}, "sluice_bad");
  expect(answer.status).toBe(401);
  expect(await env.DB.prepare("SELECT count(*) AS n FROM idempotency_keys").first()).toEqual(before);
});

it("is swept when its day is over", async () => {
  const key = newKey();
  await create(key);
  await sweepAnswers(env.DB, Date.now() + keptMs);
  expect(await env.DB.prepare("SELECT count(*) AS n FROM idempotency_keys").first()).toEqual({ n: 0 });
});
