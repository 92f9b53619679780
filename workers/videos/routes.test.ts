import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { newId } from "#workers/ids.ts";
import { call, insertApiKey, origin, problemOf } from "#workers/testing/api-client.ts";
import type { Video, VideoDetail } from "./contract.ts";
import { failed, planned, uploadCompleted } from "./transitions.ts";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("videos:read", "videos:write");
});
beforeEach(async () => {
  await env.DB.batch(["videos", "playback_ids"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});

async function create(json: unknown = {}): Promise<Video> {
  const response = await call("POST", "/v1/videos", { token, json });
  expect(response.status).toBe(201);
  return response.json();
}

async function insertAt(createdMs: number, title: string, creator: string | null = null): Promise<string> {
  const id = newId("video", createdMs);
  await env.DB.prepare(
    `INSERT INTO videos (id, title, creator, state, created_at, updated_at) VALUES (?, ?, ?, 'awaitingUpload', ?, ?)`,
  )
    .bind(id, title, creator, createdMs, createdMs)
    .run();
  return id;
}

interface Page {
  readonly data: readonly Video[];
  readonly nextCursor: string | null;
}

const videosPath = (query: Readonly<Record<string, string>>) =>
  `/v1/videos?${new URLSearchParams(query).toString()}`;

async function page(query: Record<string, string> = {}): Promise<Page> {
  const response = await call("GET", videosPath(query), { token });
  expect(response.status).toBe(200);
  return response.json();
}

const titles = ({ data }: Page) => data.map((video) => video.title);

describe("POST /v1/videos", () => {
  it("answers the whole video, and nothing that is not in the contract", async () => {
    const response = await call("POST", "/v1/videos", {
      token,
      json: { title: " Film ", creator: "u_1", metadata: { course: "a" }, segmentSeconds: 6 },
    });
    const video = await response.json<Video>();
    expect(response.headers.get("Location")).toBe(`${origin}/v1/videos/${video.id}`);
    const [id] = video.playbackIds;
    expect(video).toEqual({
      id: expect.stringMatching(/^vid_[0-9A-Z]{26}$/),
      title: "Film",
      creator: "u_1",
      metadata: { course: "a" },
      status: { state: "awaitingUpload", playable: false, percent: 0, error: null },
      instantPlay: null,
      encoding: "standard",
      priority: "normal",
      durationSeconds: null,
      width: null,
      height: null,
      frameRate: null,
      source: null,
      replacement: null,
      segmentSeconds: 6,
      tags: [],
      availableFrom: null,
      availableUntil: null,
      deleteAt: null,
      posterTimeSeconds: null,
      clip: null,
      playback: {},
      playbackIds: [
        {
          id: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
          policy: "public",
          restrictions: {},
          limits: {},
          streams: null,
          downloads: false,
          hlsUrl: `${origin}/p/${id?.id}/hls.m3u8`,
          dashUrl: `${origin}/p/${id?.id}/dash.mpd`,
          watchUrl: `${origin}/watch/${id?.id}`,
          posterUrl: `${origin}/p/${id?.id}/thumbnail.jpg`,
        },
      ],
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      updatedAt: video.createdAt,
    });
    expect(Object.keys(video).toSorted()).toEqual(videoKeys);
  });

  it("makes the first playback id with the policy that was asked for", async () => {
    const video = await create({ playbackPolicy: "signed" });
    expect(video.playbackIds.map((id) => id.policy)).toEqual(["signed"]);
  });

  it("writes URLs with the host and scheme that a proxy says it was reached at", async () => {
    const response = await call("POST", "/v1/videos", {
      token,
      json: {},
      headers: { "X-Forwarded-Proto": "http", "X-Forwarded-Host": "video.example:8080, inner" },
    });
    const video = await response.json<Video>();
    expect(video.playbackIds[0]?.hlsUrl).toMatch(/^http:\/\/video\.example:8080\/p\//);
  });

  it("ignores a forwarded host that is not one", async () => {
    const headers = { "X-Forwarded-Host": "evil.example/path?" };
    const response = await call("POST", "/v1/videos", { token, json: {}, headers });
    const video = await response.json<Video>();
    expect(video.playbackIds[0]?.hlsUrl.startsWith(`${origin}/p/`)).toBe(true);
  });

  it.each([
    ["an unknown field", { titel: "x" }, "#/titel"],
    ["a title that is too long", { title: "x".repeat(201) }, "#/title"],
    ["a title of another type", { title: 7 }, "#/title"],
    ["metadata that is not text", { metadata: { deep: { er: 1 } } }, "#/metadata/deep"],
    ["a key with a slash, escaped as RFC 6901 says", { metadata: { "a/b": 1 } }, "#/metadata/a~1b"],
    [
      "too much metadata",
      { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [i, ""])) },
      "#/metadata",
    ],
    ["a policy there is not", { playbackPolicy: "secret" }, "#/playbackPolicy"],
    ["segments of 5 s", { segmentSeconds: 5 }, "#/segmentSeconds"],
    ["a list", [], "#"],
  ])("refuses %s with 422 and a pointer", async (_, json, pointer) => {
    const response = await call("POST", "/v1/videos", { token, json });
    expect(response.status).toBe(422);
    const problem = await problemOf(response);
    expect(problem.code).toBe("unprocessable");
    expect(problem.errors?.map((error) => error.pointer)).toEqual([pointer]);
  });
});

const videoKeys = [
  "availableFrom",
  "availableUntil",
  "clip",
  "createdAt",
  "creator",
  "deleteAt",
  "durationSeconds",
  "encoding",
  "frameRate",
  "height",
  "id",
  "instantPlay",
  "metadata",
  "playback",
  "playbackIds",
  "posterTimeSeconds",
  "priority",
  "replacement",
  "segmentSeconds",
  "source",
  "status",
  "tags",
  "title",
  "updatedAt",
  "width",
];

describe("GET /v1/videos/{videoId}", () => {
  it("shows what is known of the source, and the state", async () => {
    const { id } = await create();
    const facts = { durationSeconds: 12.5, width: 720, height: 1280, frameRate: "30000/1001" };
    await env.DB.batch([
      uploadCompleted(env.DB, id, { name: "a.mov", sizeBytes: 123 }, 1_000),
      planned(env.DB, id, 1, facts, 2_000),
    ]);
    const video = await (await call("GET", `/v1/videos/${id}`, { token })).json<Video>();
    expect(video).toMatchObject({
      status: { state: "processing", playable: false },
      durationSeconds: 12.5,
      width: 720,
      height: 1280,
      frameRate: 29.97,
      source: { name: "a.mov", sizeBytes: 123, objectKey: null },
      updatedAt: "1970-01-01T00:00:02.000Z",
    });
  });

  it("alone shows what its encoding says of itself, and texts; lists and changes do not", async () => {
    const { id } = await create();
    const one = await (await call("GET", `/v1/videos/${id}`, { token })).json<VideoDetail>();
    expect(Object.keys(one).toSorted()).toEqual([...videoKeys, "subtitles"].toSorted());
    expect(one.status).toMatchObject({ etaSeconds: null, tasks: null });
    const [listed] = (await page()).data;
    const changed = await call("PATCH", `/v1/videos/${id}`, { token, json: { title: "x" } });
    for (const video of [listed, await changed.json<Video>()]) {
      if (video === undefined) throw new Error("a video");
      expect(Object.keys(video).toSorted()).toEqual(videoKeys);
      expect(Object.keys(video.status).toSorted()).toEqual(["error", "percent", "playable", "state"]);
    }
  });

  it.each([
    ["broken", () => Promise.reject(new Error("broken"))],
    ["silent", () => new Promise<never>(() => undefined)],
  ])("is answered though the task board is %s", async (_, job) => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { id } = await create();
    await uploadCompleted(env.DB, id, { name: "a.mov", sizeBytes: 123 }, 1_000).run();
    const stub = { job } as unknown as ReturnType<typeof env.SCHEDULER.getByName>;
    const found = vi.spyOn(env.SCHEDULER, "getByName").mockReturnValue(stub);
    const video = await (await call("GET", `/v1/videos/${id}`, { token })).json<VideoDetail>();
    expect(video.status).toMatchObject({ state: "uploaded", etaSeconds: null, tasks: null });
    expect(found).toHaveBeenCalledWith("board");
    vi.restoreAllMocks();
  });

  it("shows why a video failed", async () => {
    const { id } = await create();
    await failed(env.DB, id, { code: "unreadable", message: "Not a video." }, 1_000).run();
    const video = await (await call("GET", `/v1/videos/${id}`, { token })).json<Video>();
    expect(video.status).toMatchObject({
      state: "error",
      playable: false,
      percent: 0,
      error: { code: "unreadable", message: "Not a video." },
    });
  });

  it("answers HEAD like GET, without a body", async () => {
    const { id } = await create();
    const response = await call("HEAD", `/v1/videos/${id}`, { token });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });

  it("answers 404 for a video there is not", async () => {
    const response = await call("GET", "/v1/videos/vid_nope", { token });
    expect([response.status, (await problemOf(response)).code]).toEqual([404, "notFound"]);
  });
});

describe("GET /v1/videos", () => {
  it("pages newest first, without a duplicate or a gap while videos are inserted", async () => {
    for (let i = 0; i < 5; i += 1) await insertAt(1_000 + i, `old ${i}`);
    const first = await page({ limit: "2" });
    await insertAt(9_000, "new");
    const second = await page({ limit: "2", cursor: String(first.nextCursor) });
    await insertAt(9_001, "newer");
    const third = await page({ limit: "2", cursor: String(second.nextCursor) });
    expect([first, second, third].flatMap(titles)).toEqual(["old 4", "old 3", "old 2", "old 1", "old 0"]);
    expect(third.nextCursor).toBeNull();
    expect(titles(await page({ limit: "1" }))).toEqual(["newer"]);
  });

  it("says there is no next page when the last one is exactly full", async () => {
    await insertAt(1_000, "a");
    await insertAt(1_001, "b");
    expect((await page({ limit: "2" })).nextCursor).toBeNull();
  });

  it("gives each video its own playback ids", async () => {
    const a = await create({ title: "a" });
    const b = await create({ title: "b" });
    const listed = await page();
    expect(new Map(listed.data.map((video) => [video.id, video]))).toEqual(
      new Map([
        [a.id, a],
        [b.id, b],
      ]),
    );
  });

  it("filters by state, creator, part of the title and time", async () => {
    await insertAt(Date.parse("2026-01-01T00:00:00Z"), "Alpha", "u_1");
    await insertAt(Date.parse("2026-02-01T00:00:00Z"), "Beta", "u_2");
    const failedId = await insertAt(Date.parse("2026-03-01T00:00:00Z"), "Alphabet", "u_1");
    await failed(env.DB, failedId, { code: "unreadable", message: "" }, 1).run();
    expect(titles(await page({ creator: "u_1" }))).toEqual(["Alphabet", "Alpha"]);
    expect(titles(await page({ state: "error" }))).toEqual(["Alphabet"]);
    expect(titles(await page({ search: "alpha" }))).toEqual(["Alphabet", "Alpha"]);
    expect(titles(await page({ createdAfter: "2026-02-01T00:00:00Z" }))).toEqual(["Alphabet", "Beta"]);
    expect(titles(await page({ createdBefore: "2026-02-01T01:00:00+01:00" }))).toEqual(["Alpha"]);
    expect(titles(await page({ creator: "u_1", state: "awaitingUpload" }))).toEqual(["Alpha"]);
  });

  it("filters by the beginnings of several words in any order, and by metadata, also both and beside a tag", async () => {
    const metadata = { course: "intro", term: "a:b" };
    await create({ title: "Field notes, July-August", metadata, tags: ["t"] });
    await create({ title: "Notes of the field", metadata: { course: "intro" } });
    await create({ title: "Football" });
    expect(titles(await page({ search: "FIELD no" }))).toEqual([
      "Notes of the field",
      "Field notes, July-August",
    ]);
    expect(titles(await page({ search: "aug" }))).toEqual(["Field notes, July-August"]);
    expect(titles(await page({ search: "ield" }))).toEqual([]);
    expect(titles(await page({ metadata: "course:intro" }))).toHaveLength(2);
    expect(titles(await page({ metadata: "course:int" }))).toEqual([]);
    const both = new URLSearchParams([
      ["metadata", "course:intro"],
      ["metadata", "term:a:b"],
    ]);
    const found = await (await call("GET", `/v1/videos?${both.toString()}`, { token })).json<Page>();
    expect(titles(found)).toEqual(["Field notes, July-August"]);
    expect(titles(await page({ metadata: "course:intro", tag: "t" }))).toEqual(["Field notes, July-August"]);
    expect(titles(await page({ metadata: "course:intro", search: "of" }))).toEqual(["Notes of the field"]);
    const [first] = (await page({ search: "football" })).data;
    const change = { title: "Soccer", metadata: { course: "other" } };
    await call("PATCH", `/v1/videos/${first?.id}`, { token, json: change });
    expect(titles(await page({ search: "football" }))).toEqual([]);
    expect(titles(await page({ search: "socc", metadata: "course:other" }))).toEqual(["Soccer"]);
    await call("DELETE", `/v1/videos/${first?.id}`, { token });
    const left = await env.DB.prepare("SELECT count(*) AS n FROM video_words WHERE video_id = ?")
      .bind(first?.id ?? "")
      .first();
    expect(left).toEqual({ n: 0 });
  });

  it("finds words behind any sign, and letters beyond ASCII however they are written", async () => {
    const written = ["Ärzte (Trailer)", 'A/B: "Finale"!', "ФИЛЬМ номер", "E\u0301te\u0301, deux"];
    for (const title of written) await create({ title });
    for (const [search, title] of [
      ...[
        ["ärz", written[0]],
        ["ÄRZTE", written[0]],
        ["trail", written[0]],
        ["(Trailer)", written[0]],
      ],
      ...[
        ["finale", written[1]],
        ["b", written[1]],
        ["a/b", written[1]],
      ],
      ...[
        ["фильм", written[2]],
        ["Номер", written[2]],
      ],
      ...[
        ["\u00c9t\u00e9", written[3]],
        ["\u00e9", written[3]],
      ],
    ] as const)
      expect([search, titles(await page({ search: search ?? "" }))]).toEqual([search, [title]]);
    await call("PATCH", `/v1/videos/${(await page({ search: "finale" })).data[0]?.id}`, {
      token,
      json: { title: "Anfang; [Ende]" },
    });
    expect(titles(await page({ search: "ende" }))).toEqual(["Anfang; [Ende]"]);
    expect(titles(await page({ search: "finale" }))).toEqual([]);
  });

  it("takes the signs of a pattern in a search for themselves", async () => {
    await insertAt(1_000, "100% sure");
    await insertAt(1_001, "100 sure");
    await insertAt(1_002, "a_b");
    await insertAt(1_003, "aXb");
    await insertAt(1_004, String.raw`back\slash`);
    expect(titles(await page({ search: "100%" }))).toEqual(["100% sure"]);
    expect(titles(await page({ search: "a_b" }))).toEqual(["a_b"]);
    expect(titles(await page({ search: String.raw`back\s` }))).toEqual([String.raw`back\slash`]);
    expect(titles(await page({ search: `' OR 1=1 --` }))).toEqual([]);
  });

  it("refuses a cursor that was altered, or that belongs to another query", async () => {
    for (let i = 0; i < 3; i += 1) await insertAt(1_000 + i, `t${i}`, "u_1");
    const { nextCursor } = await page({ limit: "1", creator: "u_1" });
    const cursor = String(nextCursor);
    const altered = cursor.replace(/^./, (first) => (first === "A" ? "B" : "A"));
    const refused: readonly Record<string, string>[] = [
      { limit: "1", creator: "u_1", cursor: altered },
      { limit: "1", creator: "u_1", cursor: `${cursor}x` },
      { limit: "1", creator: "u_1", cursor: "%%%" },
      { limit: "1", cursor },
    ];
    for (const query of refused) {
      const response = await call("GET", videosPath(query), { token });
      expect([response.status, (await problemOf(response)).code]).toEqual([400, "invalidCursor"]);
    }
    expect(titles(await page({ limit: "2", creator: "u_1", cursor }))).toEqual(["t1", "t0"]);
  });

  it.each([
    ["limit", "0"],
    ["limit", "101"],
    ["limit", "two"],
    ["state", "done"],
    ["createdAfter", "yesterday"],
    ["search", ""],
  ])("refuses %s=%s with 400 and its name", async (name, value) => {
    const response = await call("GET", videosPath({ [name]: value }), { token });
    expect(response.status).toBe(400);
    const problem = await problemOf(response);
    expect([problem.code, problem.errors?.map((error) => error.pointer)]).toEqual([
      "invalidParameter",
      [name],
    ]);
  });
});

describe("PATCH /v1/videos/{videoId}", () => {
  it("changes what is given and leaves the rest", async () => {
    const before = await create({ title: "a", creator: "u_1", metadata: { x: "1" } });
    const response = await call("PATCH", `/v1/videos/${before.id}`, {
      token,
      json: { metadata: { y: "2" } },
    });
    expect(response.status).toBe(200);
    const after = await response.json<Video>();
    expect(after).toEqual({ ...before, metadata: { y: "2" }, updatedAt: after.updatedAt });
    expect(after.updatedAt >= before.updatedAt).toBe(true);
  });

  it("takes null to mean no creator", async () => {
    const { id } = await create({ creator: "u_1" });
    const after = await (
      await call("PATCH", `/v1/videos/${id}`, { token, json: { creator: null } })
    ).json<Video>();
    expect(after.creator).toBeNull();
  });

  it.each([
    ["nothing to change", {}],
    ["a field that is not the caller's to set", { status: { state: "ready" } }],
    ["a title that is null", { title: null }],
  ])("refuses %s with 422", async (_, json) => {
    const { id } = await create();
    const response = await call("PATCH", `/v1/videos/${id}`, { token, json });
    expect([response.status, (await problemOf(response)).code]).toEqual([422, "unprocessable"]);
  });

  it("answers 404 for a video there is not", async () => {
    const response = await call("PATCH", "/v1/videos/vid_nope", { token, json: { title: "x" } });
    expect([response.status, (await problemOf(response)).code]).toEqual([404, "notFound"]);
  });
});

describe("playback ids", () => {
  it("are added and removed one by one", async () => {
    const video = await create();
    const added = await call("POST", `/v1/videos/${video.id}/playback-ids`, {
      token,
      json: { policy: "signed" },
    });
    expect(added.status).toBe(201);
    const id = await added.json<Video["playbackIds"][number]>();
    expect(Object.keys(id).toSorted()).toEqual([
      "dashUrl",
      "downloads",
      "hlsUrl",
      "id",
      "limits",
      "policy",
      "posterUrl",
      "restrictions",
      "streams",
      "watchUrl",
    ]);
    const path = `/v1/videos/${video.id}`;
    expect((await (await call("GET", path, { token })).json<Video>()).playbackIds).toEqual([
      ...video.playbackIds,
      id,
    ]);
    expect((await call("DELETE", `${path}/playback-ids/${id.id}`, { token })).status).toBe(204);
    expect((await call("DELETE", `${path}/playback-ids/${id.id}`, { token })).status).toBe(404);
    expect((await (await call("GET", path, { token })).json<Video>()).playbackIds).toEqual(video.playbackIds);
  });

  it("can't be removed through another video", async () => {
    const mine = await create();
    const other = await create();
    const path = `/v1/videos/${other.id}/playback-ids/${mine.playbackIds[0]?.id}`;
    expect((await call("DELETE", path, { token })).status).toBe(404);
    expect(
      (await (await call("GET", `/v1/videos/${mine.id}`, { token })).json<Video>()).playbackIds,
    ).toHaveLength(1);
  });

  it("are not made for a video there is not", async () => {
    const response = await call("POST", "/v1/videos/vid_nope/playback-ids", {
      token,
      json: { policy: "public" },
    });
    expect(response.status).toBe(404);
    const rows = await env.DB.prepare("SELECT count(*) AS n FROM playback_ids").first<{ n: number }>();
    expect(rows?.n).toBe(0);
  });

  it("are bounded in number", async () => {
    const { id } = await create();
    for (let i = 1; i < 20; i += 1) {
      expect(
        (await call("POST", `/v1/videos/${id}/playback-ids`, { token, json: { policy: "public" } })).status,
      ).toBe(201);
    }
    const response = await call("POST", `/v1/videos/${id}/playback-ids`, {
      token,
      json: { policy: "public" },
    });
    expect([response.status, (await problemOf(response)).code]).toEqual([409, "conflict"]);
  });
});
