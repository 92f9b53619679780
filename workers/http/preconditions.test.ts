// ETag, If-None-Match and If-Match, through the Worker's own entry.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("admin");
});

interface Shown {
  readonly path: string;
  readonly tag: string;
}

const tagOf = (answer: Response): string => answer.headers.get("ETag") ?? "none";

async function newVideo(): Promise<Shown & { readonly id: string; readonly playbackId: string }> {
  const made = await call("POST", "/v1/videos", { token, json: { title: "seen" } });
  const { id, playbackIds } = await made.json<{ id: string; playbackIds: { id: string }[] }>();
  return { id, path: `/v1/videos/${id}`, tag: tagOf(made), playbackId: playbackIds[0]?.id ?? "" };
}

async function newProfile(): Promise<Shown> {
  const made = await call("POST", "/v1/encoding-profiles", {
    token,
    json: { name: "seen", rungs: [{ side: 360, maxBitrateBps: 600_000 }] },
  });
  if (made.status !== 201) throw new Error(await made.text());
  const { id } = await made.json<{ id: string }>();
  return { path: `/v1/encoding-profiles/${id}`, tag: tagOf(made) };
}

async function newPlaybackId(): Promise<Shown> {
  const video = await newVideo();
  const made = await call("POST", `${video.path}/playback-ids`, { token, json: { policy: "public" } });
  const { id } = await made.json<{ id: string }>();
  return { path: `${video.path}/playback-ids/${id}`, tag: tagOf(made) };
}

const patch = (path: string, tag: string, json: unknown) =>
  call("PATCH", path, { token, json, headers: { "If-Match": tag } });

describe("GET", () => {
  it("answers 304 without a body to who has it", async () => {
    const { path } = await newVideo();
    const first = await call("GET", path, { token });
    const again = await call("GET", path, { token, headers: { "If-None-Match": `"x", W/${tagOf(first)}` } });
    expect([again.status, await again.text(), tagOf(again)]).toEqual([304, "", tagOf(first)]);
    expect(again.headers.get("X-Request-Id")).toMatch(/./);
  });

  it("answers in full once something of it is another", async () => {
    const { path } = await newVideo();
    const first = await call("GET", path, { token });
    await call("PATCH", path, { token, json: { tags: ["new"] } });
    const again = await call("GET", path, { token, headers: { "If-None-Match": tagOf(first) } });
    expect(again.status).toBe(200);
    expect(tagOf(again)).not.toBe(tagOf(first));
  });
});

describe.each([
  ["a video", newVideo, { title: "mine" }, { title: "yours" }],
  ["an encoding profile", newProfile, { name: "mine" }, { name: "yours" }],
  ["a playback id", newPlaybackId, { policy: "signed" }, { policy: "public" }],
] as const)("%s", (_, make, mine, yours) => {
  it("is changed by who has seen it as it is, with the tag of any answer that showed it", async () => {
    const { path, tag } = await make();
    const first = await patch(path, tag, mine);
    expect(first.status).toBe(200);
    const second = await patch(path, tagOf(first), yours);
    expect(second.status).toBe(200);
  });

  it("is not changed by who has not", async () => {
    const { path, tag } = await make();
    await call("PATCH", path, { token, json: mine });
    const late = await patch(path, tag, yours);
    expect([late.status, (await problemOf(late)).code]).toEqual([412, "preconditionFailed"]);
  });

  it("is changed by one of ten at once", async () => {
    const { path, tag } = await make();
    const answers = await Promise.all(Array.from({ length: 10 }, () => patch(path, tag, mine)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(9);
  });

  it("can be changed with the same tag after a refusal: that changed nothing", async () => {
    const { path, tag } = await make();
    expect((await patch(path, tag, { nonsense: 1 })).status).toBe(422);
    expect((await patch(path, tag, mine)).status).toBe(200);
  });

  it("is never matched by a weak tag, and always by *", async () => {
    const { path, tag } = await make();
    expect((await patch(path, `W/${tag}`, mine)).status).toBe(412);
    expect((await patch(path, "*", mine)).status).toBe(200);
  });

  it("is deleted only by who has seen it as it is", async () => {
    const { path, tag } = await make();
    const changed = await call("PATCH", path, { token, json: mine });
    const late = await call("DELETE", path, { token, headers: { "If-Match": tag } });
    expect(late.status).toBe(412);
    const now = await call("DELETE", path, { token, headers: { "If-Match": tagOf(changed) } });
    expect(now.status).toBe(204);
  });
});

it("a video's tag survives the progress of its encoding and a purge, and not a change of its state", async () => {
  const { id, path, tag } = await newVideo();
  await env.DB.prepare("UPDATE videos SET percent = 10, updated_at = 7 WHERE id = ?").bind(id).run();
  await call("POST", "/v1/purge", { token, json: { videoId: id } });
  const edited = await patch(path, tag, { title: "while it encodes" });
  expect(edited.status).toBe(200);
  await env.DB.prepare("UPDATE videos SET state = 'error', percent = 0 WHERE id = ?").bind(id).run();
  expect((await patch(path, tagOf(edited), { title: "late" })).status).toBe(412);
});

it("what has no revision is compared to what GET shows", async () => {
  const made = await call("POST", "/v1/signing-keys", { token, json: { alg: "HS256", name: "x" } });
  const { id } = await made.json<{ id: string }>();
  const path = `/v1/signing-keys/${id}`;
  const shown = tagOf(await call("GET", path, { token }));
  expect((await call("DELETE", path, { token, headers: { "If-Match": '"other"' } })).status).toBe(412);
  expect((await call("DELETE", path, { token, headers: { "If-Match": shown } })).status).toBe(204);
});

describe("of ten who have seen the same, where there is no revision, one gets it", () => {
  const webhook = async (): Promise<string> => {
    const json = { url: "https://hooks.example/seen", events: ["*"] };
    const made = await call("POST", "/v1/webhooks", { token, json });
    return `/v1/webhooks/${(await made.json<{ id: string }>()).id}`;
  };
  const chapters = async (): Promise<string> => `${(await newVideo()).path}/chapters/en`;
  const quota = () => Promise.resolve(`/v1/creators/c_${crypto.randomUUID()}/quota`);
  const chapter = (title: string) => ({ chapters: [{ startSeconds: 0, title }] });

  it.each([
    ["a webhook", webhook, "PATCH", { description: "seen" }, (n: number) => ({ description: `of ${n}` })],
    ["chapters", chapters, "PUT", chapter("seen"), (n: number) => chapter(`of ${n}`)],
    ["a quota", quota, "PUT", { maxMinutes: 1 }, (n: number) => ({ maxMinutes: n + 2 })],
  ] as const)("%s", async (_what, make, method, first, nth) => {
    const path = await make();
    expect((await call(method, path, { token, json: first })).status).toBeLessThan(300);
    const headers = { "If-Match": tagOf(await call("GET", path, { token })) };
    const tries = Array.from({ length: 10 }, (_, n) => call(method, path, { token, json: nth(n), headers }));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status < 300)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(9);
    const now = tagOf(await call("GET", path, { token }));
    const next = await call(method, path, { token, json: first, headers: { "If-Match": now } });
    expect(next.status).toBeLessThan(300);
    expect((await env.DB.prepare("SELECT count(*) AS n FROM idempotency_keys").first())?.["n"]).toBe(0);
  });
});

it("is compared for a key that may change something and not read it", async () => {
  const writer = await insertApiKey("videos:write");
  const made = await call("POST", "/v1/videos", { token: writer, json: {} });
  const { id } = await made.json<{ id: string }>();
  const path = `/v1/videos/${id}/captions/en`;
  const put = await call("PUT", path, { token: writer, body: "WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n" });
  await put.body?.cancel();
  expect((await call("GET", path, { token: writer })).status).toBe(403);
  const remove = (tag: string) => call("DELETE", path, { token: writer, headers: { "If-Match": tag } });
  expect((await remove('"another"')).status).toBe(412);
  expect((await remove(put.headers.get("ETag") ?? "")).status).toBe(204);
});

it("of what is not there says so", async () => {
  const answer = await patch("/v1/videos/vid_unknown", '"1.x"', { title: "x" });
  expect((await problemOf(answer)).code).toBe("notFound");
});
