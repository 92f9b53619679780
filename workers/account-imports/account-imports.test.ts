// Accounts elsewhere, as their providers document them: fakes that refuse what the documentation does not allow.
import { createExecutionContext, runDurableObjectAlarm, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import worker from "#workers/index.ts";
import { call, insertApiKey, origin } from "#workers/testing/api-client.ts";
import { tinyFilm } from "#workers/testing/tiny-film.ts";
import { storedSource } from "#workers/testing/tus-client.ts";
import type { Video } from "#workers/videos/contract.ts";
import { advance } from "./advance.ts";
import type { AccountImport, BroughtVideo } from "./contract.ts";

const film = tinyFilm([2, 2]).bytes;
const accountId = "0123456789abcdef0123456789abcdef";

type Answer = Response | null;
type Fake = (request: Request, url: URL) => Answer | Promise<Answer>;

let token: string;
let fakes: Fake[];
let requests: string[];
let clockMs: number;

beforeEach(async () => {
  token = await insertApiKey("uploads:write", "videos:read", "videos:write");
  // What another test brought of an account of the same videos is here already, once it is ready.
  await env.DB.prepare("DELETE FROM video_metadata WHERE key = 'importedId'").run();
  fakes = [];
  requests = [];
  clockMs = Date.now();
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    requests.push(`${request.method} ${url.host}${url.pathname}`);
    for (const fake of fakes) {
      const answer = await fake(request, url);
      if (answer !== null) return answer;
    }
    throw new Error(`nobody answers ${request.method} ${request.url}`);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const enveloped = (result: unknown) => Response.json({ success: true, errors: [], messages: [], result });

interface StreamVideo {
  readonly uid: string;
  readonly created: string;
  readonly meta?: object;
  readonly creator?: string;
  readonly requireSignedURLs?: boolean;
  readonly state?: string;
}

/** Of https://developers.cloudflare.com/api/resources/stream/ : paths, parameters, credential, envelope. */
function streamAccount(
  videos: readonly StreamVideo[],
  downloads: (uid: string, asked: number) => object,
): Fake {
  const asked = new Map<string, number>();
  return async (request, url) => {
    if (url.host !== "api.cloudflare.com") return null;
    if (request.headers.get("Authorization") !== "Bearer of-the-account")
      return new Response(null, { status: 403 });
    const [, path] =
      /^\/client\/v4\/accounts\/0123456789abcdef0123456789abcdef\/stream(.*)$/.exec(url.pathname) ?? [];
    if (path === "" && request.method === "GET") {
      const known = new Set(["asc", "limit", "start"]);
      for (const name of url.searchParams.keys()) expect(known.has(name), name).toBe(true);
      expect(url.searchParams.get("asc")).toBe("true");
      const start = url.searchParams.get("start");
      const limit = Math.min(Number(url.searchParams.get("limit")), 1_000);
      return enveloped(
        videos
          .filter(({ created }) => start === null || Date.parse(created) > Date.parse(start))
          .toSorted((a, b) => Date.parse(a.created) - Date.parse(b.created))
          .slice(0, limit)
          .map(({ state = "ready", ...video }) => ({
            ...video,
            readyToStream: state === "ready",
            status: { state, pctComplete: "100.000000" },
          })),
      );
    }
    const [, uid = "", verb] = /^\/(\w+)\/(downloads|token)$/.exec(path ?? "") ?? [];
    const video = videos.find((each) => each.uid === uid);
    if (video === undefined)
      return Response.json({ success: false, errors: [{ code: 10003 }] }, { status: 404 });
    if (request.method !== "POST") return new Response(null, { status: 405 });
    if (verb === "token") {
      expect(await request.json()).toMatchObject({ downloadable: true });
      return enveloped({ token: `signed-${uid}` });
    }
    const times = (asked.get(uid) ?? 0) + 1;
    asked.set(uid, times);
    return enveloped({ default: downloads(uid, times) });
  };
}

const readyAt = (uid: string) => ({
  ...{ status: "ready", percentComplete: 100 },
  url: `https://customer-a1.cloudflarestream.com/${uid}/downloads/default.mp4`,
});

const filesAt =
  (host: string): Fake =>
  (_request, url) =>
    url.host === host ? new Response(film, { headers: { "Content-Type": "video/mp4" } }) : null;

interface Asset {
  readonly id: string;
  readonly status?: string;
  readonly policy?: string;
  readonly meta?: object;
  readonly passthrough?: string;
}

/** Of https://www.mux.com/docs/api-reference/video/assets . */
function muxAssets(assets: readonly Asset[], perPage: number): Fake {
  const master = new Map<string, number>();
  const shown = ({ id, status = "ready", policy = "public", ...more }: Asset) => {
    const asked = master.get(id);
    const state = asked === undefined ? undefined : asked > 1 ? "ready" : "preparing";
    return {
      ...{ id, status, created_at: "1521503163", playback_ids: [{ id: `play${id}`, policy }], ...more },
      ...(state === undefined
        ? {}
        : {
            master: {
              status: state,
              ...(state === "ready" ? { url: `https://master.mux.com/${id}/master.mp4` } : {}),
            },
          }),
    };
  };
  return async (request, url) => {
    if (url.host !== "api.mux.com") return null;
    if (request.headers.get("Authorization") !== `Basic ${btoa("the-id:the-secret")}`)
      return Response.json({ error: { type: "unauthorized" } }, { status: 401 });
    if (url.pathname === "/video/v1/assets" && request.method === "GET") {
      expect(Number(url.searchParams.get("limit"))).toBeLessThanOrEqual(100);
      const from = Number(url.searchParams.get("cursor")?.replace("at-", "") ?? 0);
      const data = assets.slice(from, from + perPage).map(shown);
      const next = from + perPage < assets.length ? `at-${from + perPage}` : null;
      return Response.json({ data, next_cursor: next });
    }
    const [, id = "", verb] = /^\/video\/v1\/assets\/(\w+)(\/master-access)?$/.exec(url.pathname) ?? [];
    const asset = assets.find((each) => each.id === id);
    if (asset === undefined) return Response.json({ error: { type: "not_found" } }, { status: 404 });
    if (verb !== undefined) {
      expect(request.method).toBe("PUT");
      expect(await request.json()).toEqual({ master_access: "temporary" });
      master.set(id, 1);
    } else if (master.has(id)) master.set(id, (master.get(id) ?? 0) + 1);
    return Response.json({ data: shown(asset) });
  };
}

/** With its first turn at its end: the clock of these tests leaps over the time in which nobody else takes another. */
async function begin(json: object): Promise<AccountImport> {
  const ctx = createExecutionContext();
  const request = new Request<unknown, IncomingRequestCfProperties>(`${origin}/v1/account-imports`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify(json),
  });
  const answer = await worker.fetch(request, env, ctx);
  expect(answer.status).toBe(201);
  await waitOnExecutionContext(ctx);
  return answer.json();
}

const stream = (more: object = {}) =>
  begin({ provider: "cloudflareStream", accountId, apiToken: "of-the-account", ...more });
const muxEnvironment = (more: object = {}) =>
  begin({ provider: "mux", tokenId: "the-id", tokenSecret: "the-secret", ...more });

async function get(id: string): Promise<AccountImport> {
  return (await call("GET", `/v1/account-imports/${id}`, { token })).json();
}

async function videosOf(id: string): Promise<readonly BroughtVideo[]> {
  const all: BroughtVideo[] = [];
  let cursor = "";
  do {
    const path = `/v1/account-imports/${id}/videos?limit=100${cursor === "" ? "" : `&cursor=${cursor}`}`;
    const page = await (
      await call("GET", path, { token })
    ).json<{
      data: readonly BroughtVideo[];
      nextCursor: string | null;
    }>();
    all.push(...page.data);
    cursor = page.nextCursor ?? "";
  } while (cursor !== "");
  return all;
}

/** Turns as the cron takes them, and the alarms of the uploads, without the waits between. */
async function untilOver(id: string): Promise<AccountImport> {
  for (let turn = 0; turn < 60; turn++) {
    clockMs += 4_000_000;
    await advance(env, id, clockMs);
    const open = await env.DB.prepare(
      `SELECT u.id FROM account_import_videos v JOIN imports i ON i.id = v.import_id JOIN uploads u ON u.id = i.upload_id
       WHERE v.account_import_id = ? AND u.state = 'open'`,
    )
      .bind(id)
      .all<{ id: string }>();
    for (const upload of open.results) await runDurableObjectAlarm(env.UPLOADS.getByName(upload.id));
    const now = await get(id);
    if (now.completedAt !== null) return now;
  }
  throw new Error("it is not over after sixty turns");
}

describe("a Cloudflare Stream account", () => {
  const videos: readonly StreamVideo[] = [
    { uid: "aaa", created: "2026-01-01T10:00:00.000Z", meta: { name: "First", course: "7" }, creator: "ann" },
    { uid: "bbb", created: "2026-01-02T10:00:00.000Z", meta: { name: "Second" }, requireSignedURLs: true },
    { uid: "ccc", created: "2026-01-03T10:00:00.000Z", state: "error" },
    { uid: "ddd", created: "2026-01-04T10:00:00.000Z", state: "live-inprogress" },
    { uid: "eee", created: "2026-01-05T10:00:00.000Z", meta: { name: 5 } },
  ];

  it("comes with titles, creators, data and policies; a file that is made takes its time", async () => {
    fakes = [
      streamAccount(videos, (uid, asked) =>
        uid === "eee"
          ? { status: "error" }
          : asked < 3
            ? { status: "inprogress", percentComplete: 40 }
            : readyAt(uid),
      ),
      filesAt("customer-a1.cloudflarestream.com"),
    ];
    const { id } = await stream({ encoding: "passthrough" });
    const over = await untilOver(id);
    expect(over).toMatchObject({
      ...{ state: "completed", error: null, account: accountId },
      counts: { listed: 5, waiting: 0, brought: 2, skipped: 2, failed: 1 },
    });
    const brought = await videosOf(id);
    expect(brought.map(({ providerVideoId, state, error }) => [providerVideoId, state, error?.code])).toEqual(
      [
        ["aaa", "brought", undefined],
        ["bbb", "brought", undefined],
        ["ccc", "skipped", "failedThere"],
        ["ddd", "skipped", "live"],
        ["eee", "failed", "fileNotMade"],
      ],
    );
    const video = await (await call("GET", `/v1/videos/${brought[0]?.videoId}`, { token })).json<Video>();
    expect(video).toMatchObject({
      ...{ title: "First", creator: "ann", status: { playable: true } },
      metadata: {
        ...{ course: "7", importedFrom: "cloudflareStream", importedId: "aaa" },
        importedCreatedAt: "2026-01-01T10:00:00.000Z",
      },
      playbackIds: [{ policy: "public" }],
    });
    const signed = await (await call("GET", `/v1/videos/${brought[1]?.videoId}`, { token })).json<Video>();
    expect(signed.playbackIds).toMatchObject([{ policy: "signed" }]);
    expect(requests).toContain("GET customer-a1.cloudflarestream.com/signed-bbb/downloads/default.mp4");
    expect((await storedSource(video.id))?.length).toBe(film.length);
  });

  it("gives what it lets go of, though it refuses one video and answers nonsense of another", async () => {
    const account = streamAccount(videos, (uid) => readyAt(uid));
    fakes = [
      async (request, url) => {
        if (url.pathname.endsWith("/aaa/downloads")) return new Response(null, { status: 403 });
        if (url.pathname.endsWith("/eee/downloads")) return new Response("{}", { status: 409 });
        return account(request, url);
      },
      filesAt("customer-a1.cloudflarestream.com"),
    ];
    const { id } = await stream({ encoding: "passthrough" });
    expect(await untilOver(id)).toMatchObject({ state: "completed", counts: { brought: 1, failed: 2 } });
    const failed = (await videosOf(id)).filter(({ state }) => state === "failed");
    expect(failed.map(({ providerVideoId, error }) => [providerVideoId, error?.code])).toEqual([
      ["aaa", "credentialRefused"],
      ["eee", "answerNotUnderstood"],
    ]);
  });

  it("is listed to its end, however many there are and however many were made in one moment", async () => {
    const many = Array.from({ length: 2_300 }, (_, at): StreamVideo => {
      return {
        uid: `v${at}`,
        created: new Date(Date.UTC(2026, 0, 1) + Math.floor(at / 3) * 1_000).toISOString(),
      };
    });
    fakes = [streamAccount(many, () => ({}))];
    const { id } = await stream({ dryRun: true });
    const over = await untilOver(id);
    expect(over).toMatchObject({
      state: "completed",
      dryRun: true,
      counts: { listed: 2_300, waiting: 2_300 },
    });
    expect(new Set((await videosOf(id)).map(({ providerVideoId }) => providerVideoId)).size).toBe(2_300);
    expect(requests.every((request) => request.startsWith("GET "))).toBe(true);
  });

  it("is listed whatever its owner wrote of the videos: a thousand long descriptions come whole", async () => {
    const many = Array.from({ length: 1_000 }, (_, at): StreamVideo => {
      const created = new Date(Date.UTC(2026, 0, 1) + at * 1_000).toISOString();
      const told = Object.fromEntries(Array.from({ length: 20 }, (_each, n) => [`k${n}`, '"ä'.repeat(100)]));
      return { uid: `long${at}`, created, meta: { name: `No. ${at}`, ...told, other: "x".repeat(2_000) } };
    });
    fakes = [streamAccount(many, () => ({}))];
    const { id } = await stream({ dryRun: true });
    expect(await untilOver(id)).toMatchObject({ state: "completed", counts: { listed: 1_000 } });
    const listed = await videosOf(id);
    expect(listed.map(({ title }) => title)).toEqual(many.map((_, at) => `No. ${at}`));
  });

  it("is asked again without bringing twice, and goes on with what an earlier time left", async () => {
    fakes = [streamAccount(videos.slice(0, 2), readyAt), filesAt("customer-a1.cloudflarestream.com")];
    await untilOver((await stream({ encoding: "passthrough" })).id);
    fakes[0] = streamAccount(
      [...videos.slice(0, 2), { uid: "fff", created: "2026-02-01T10:00:00.000Z" }],
      readyAt,
    );
    const { id } = await stream({ encoding: "passthrough" });
    const again = await untilOver(id);
    expect(again.counts).toMatchObject({ listed: 3, brought: 1, skipped: 2 });
    const [first] = await videosOf(id);
    expect(first).toMatchObject({
      error: { code: "alreadyBrought" },
      videoId: expect.stringMatching(/^vid_/) as string,
    });
  });

  it("that is here already is known to be so in one turn, however long it is", async () => {
    const many = Array.from({ length: 60 }, (_, at): StreamVideo => {
      return { uid: `here${at}`, created: new Date(Date.UTC(2026, 0, 1) + at * 1_000).toISOString() };
    });
    await Promise.all(
      many.map(async ({ uid }) => {
        const metadata = { importedFrom: "cloudflareStream", importedId: uid };
        await call("POST", "/v1/videos", { token, json: { metadata } });
      }),
    );
    fakes = [streamAccount(many, () => ({}))];
    const { id } = await stream();
    expect(await get(id)).toMatchObject({ state: "completed", counts: { listed: 60, skipped: 60 } });
  });

  it("whose turn was cut off behind the import that it made goes on with that one", async () => {
    fakes = [streamAccount(videos.slice(0, 1), readyAt), filesAt("customer-a1.cloudflarestream.com")];
    const { id } = await stream({ encoding: "passthrough" });
    clockMs += 4_000_000;
    await advance(env, id, clockMs);
    await env.DB.prepare(
      "UPDATE account_import_videos SET state = 'waiting', import_id = NULL, video_id = NULL WHERE account_import_id = ?",
    )
      .bind(id)
      .run();
    const over = await untilOver(id);
    expect(over.counts.failed).toBe(0);
    const made = await env.DB.prepare(
      "SELECT count(*) AS n FROM video_metadata WHERE key = 'importedId' AND value = 'aaa'",
    )
      .bind()
      .first<{ n: number }>();
    expect(made?.n).toBe(1);
  });
});

describe("a Mux environment", () => {
  it("comes page by page, by the master files that are made for it", async () => {
    const assets: readonly Asset[] = [
      { id: "a1", meta: { title: "One", creator_id: "bob", external_id: "x-1" }, passthrough: "mine" },
      { id: "a2", policy: "signed" },
      { id: "a3", status: "errored" },
    ];
    fakes = [muxAssets(assets, 2), filesAt("master.mux.com")];
    const { id } = await muxEnvironment({ encoding: "passthrough" });
    const over = await untilOver(id);
    expect(over).toMatchObject({ state: "completed", counts: { listed: 3, brought: 2, skipped: 1 } });
    const [one, two] = await videosOf(id);
    const video = await (await call("GET", `/v1/videos/${one?.videoId}`, { token })).json<Video>();
    expect(video).toMatchObject({
      ...{ title: "One", creator: "bob" },
      metadata: { passthrough: "mine", externalId: "x-1", importedFrom: "mux", importedId: "a1" },
    });
    const signed = await (await call("GET", `/v1/videos/${two?.videoId}`, { token })).json<Video>();
    expect(signed.playbackIds).toMatchObject([{ policy: "signed" }]);
  });
});

describe("a provider that", () => {
  it.each([
    ["refuses the credential", () => new Response(null, { status: 401 }), "credentialRefused"],
    ["knows no such account", () => new Response(null, { status: 404 }), "accountUnknown"],
    ["answers with something else", () => new Response("<html>"), "answerNotUnderstood"],
    ["answers with another shape", () => Response.json({ result: [{ id: 5 }] }), "answerNotUnderstood"],
  ])("%s ends it with a code, and its credential is forgotten", async (_name, answer, code) => {
    fakes = [answer];
    const { id } = await stream();
    expect(await untilOver(id)).toMatchObject({ state: "failed", error: { code } });
    const row = await env.DB.prepare("SELECT sealed_secret FROM account_imports WHERE id = ?")
      .bind(id)
      .first();
    expect(row).toEqual({ sealed_secret: null });
  });

  it("never ends its answer is not listened to for ever", async () => {
    const endless = () =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_048_576)) }),
      );
    fakes = [endless];
    const { id } = await stream();
    expect(await untilOver(id)).toMatchObject({ error: { code: "answerNotUnderstood" } });
  });

  it("is overrun is left alone for as long as it says, and then asked again", async () => {
    let asked = 0;
    const account = streamAccount([], readyAt);
    fakes = [
      (request, url) =>
        ++asked === 1
          ? new Response(null, { status: 429, headers: { "Retry-After": "600" } })
          : account(request, url),
    ];
    const { id } = await stream();
    const startMs = Date.now();
    await advance(env, id, startMs + 300_000);
    expect([asked, (await get(id)).state]).toEqual([1, "listing"]);
    expect(await untilOver(id)).toMatchObject({ state: "completed" });
    expect(asked).toBe(2);
  });

  it("never answers is given up in the end", async () => {
    fakes = [
      () => {
        throw new TypeError("the line is dead");
      },
    ];
    const { id } = await stream();
    expect(await untilOver(id)).toMatchObject({ state: "failed", error: { code: "notReached" } });
  });
});

it("is cancelled: nothing more is asked, and the credential is forgotten", async () => {
  fakes = [muxAssets([{ id: "a1" }], 5)];
  const { id } = await muxEnvironment();
  expect((await call("DELETE", `/v1/account-imports/${id}`, { token })).status).toBe(204);
  const before = requests.length;
  clockMs += 4_000_000;
  await advance(env, id, clockMs);
  expect(requests.length).toBe(before);
  expect(await get(id)).toMatchObject({ state: "cancelled" });
  expect((await call("DELETE", `/v1/account-imports/${id}`, { token })).status).toBe(409);
});

it("shows its credential to nobody: not in answers, not in the database as it is", async () => {
  fakes = [muxAssets([], 5)];
  const begun = await muxEnvironment();
  const rows = await env.DB.prepare("SELECT * FROM account_imports").all();
  const audited = await env.DB.prepare("SELECT * FROM audit_log").all();
  for (const text of [begun, await get(begun.id), rows.results, audited.results])
    expect(JSON.stringify(text)).not.toContain("the-secret");
});

it.each([
  { provider: "cloudflareStream", accountId, apiToken: "a\r\nX-Else: b" },
  { provider: "cloudflareStream", accountId, apiToken: "ünlesbar" },
  { provider: "cloudflareStream", accountId: `../${accountId}`, apiToken: "a" },
  { provider: "mux", tokenId: "a:b", tokenSecret: "c" },
  { provider: "mux", tokenId: "", tokenSecret: "c" },
])("no header or path is made of %j", async (json) => {
  expect((await call("POST", "/v1/account-imports", { token, json })).status).toBe(422);
  expect(requests).toEqual([]);
});
