// A creator gets as much as their quota, however many uploads are at it at once.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import { expectStatus, fakeProbe, FakeRunner } from "#workers/testing/fake-runner.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";
import { noise } from "#workers/testing/tus-client.ts";
import { tinyFilm } from "#workers/testing/tiny-film.ts";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";
import { sweepHolds } from "./store.ts";

let token: string;
let creator: string;
let creators = 0;
beforeEach(async () => {
  token = await insertApiKey("admin");
  creator = `creator ${creators++}`;
});

const pathOf = (what: string) => `/v1/creators/${encodeURIComponent(creator)}/${what}`;
const setQuota = (quota: object) => call("PUT", pathOf("quota"), { token, json: quota });
const usage = async () => (await call("GET", pathOf("usage"), { token })).json();
const create = (more: object) => call("POST", "/v1/uploads", { token, json: { creator, ...more } });

async function createOk(
  more: object,
): Promise<{ url: string; id: string; videoId: string; maxSizeBytes: number | null }> {
  const answer = await create(more);
  expect(answer.status).toBe(201);
  return answer.json();
}

async function expectRefused(more: object): Promise<void> {
  const answer = await create(more);
  expect([answer.status, (await answer.json<{ code: string }>()).code]).toEqual([403, "quotaExceeded"]);
}

/** Of films of the tests before: those that are on it, and those whose messages come late, which nobody wants any more. */
async function emptyBoard() {
  const board = env.SCHEDULER.getByName("board");
  const before = await env.DB.prepare("DELETE FROM videos RETURNING id").all<{ id: string }>();
  for (const { id } of before.results) await board.cancel(id);
  return board;
}

const put = (url: string, body: BodyInit) => call("PUT", new URL(url).pathname, { body });

describe("bytes", () => {
  it("of uploads that are open and of files that are there are counted, and come back with what ends", async () => {
    await setQuota({ maxBytes: 1_000 });
    const first = await createOk({ sizeBytes: 600 });
    await expectRefused({ sizeBytes: 401 });
    const second = await createOk({ sizeBytes: 400 });
    expect(await usage()).toMatchObject({ bytes: 0, heldBytes: 1_000, quota: { maxBytes: 1_000 } });
    await put(first.url, noise(600));
    expect(await usage()).toMatchObject({ bytes: 600, heldBytes: 400 });
    await call("DELETE", `/v1/uploads/${second.id}`, { token });
    expect(await usage()).toMatchObject({ bytes: 600, heldBytes: 0 });
    await call("DELETE", `/v1/videos/${first.videoId}`, { token });
    await createOk({ sizeBytes: 1_000 });
  });

  it("that nobody announced are all that is left", async () => {
    await setQuota({ maxBytes: 1_000 });
    const unannounced = await createOk({});
    expect(unannounced.maxSizeBytes).toBe(1_000);
    await expectRefused({ sizeBytes: 1 });
    expect((await put(unannounced.url, noise(1_001))).status).toBe(413);
    expect((await put(unannounced.url, noise(10))).status).toBe(200);
    await createOk({ sizeBytes: 990 });
  });

  it("fit once, of many uploads that are made at the same moment", async () => {
    await setQuota({ maxBytes: 1_000 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => create({ sizeBytes: 300 })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    const made = await env.DB.prepare("SELECT count(*) AS n FROM videos WHERE creator = ?")
      .bind(creator)
      .first();
    expect(made).toEqual({ n: 3 });
  });

  it("held for an upload that never came to be are let go", async () => {
    await setQuota({ maxBytes: 1_000 });
    await env.DB.prepare(
      "INSERT INTO quota_holds (upload_id, creator, bytes, created_at) VALUES ('upl_lost', ?, 900, 0)",
    )
      .bind(creator)
      .run();
    await expectRefused({ sizeBytes: 200 });
    await sweepHolds(env.DB, Date.now());
    await createOk({ sizeBytes: 200 });
  });

  it("of others, and of creators without a quota, are nobody's business", async () => {
    await setQuota({ maxBytes: 0 });
    await expectRefused({ sizeBytes: 1 });
    expect((await create({ sizeBytes: 5_000, creator: "somebody else" })).status).toBe(201);
    expect((await call("DELETE", pathOf("quota"), { token })).status).toBe(204);
    await createOk({ sizeBytes: 5_000 });
    expect((await call("GET", pathOf("quota"), { token })).status).toBe(404);
  });
});

describe("minutes", () => {
  it("are those of the films that are there; a film beyond them is not taken", async () => {
    const { bytes } = tinyFilm([4, 4]);
    await setQuota({ maxMinutes: 0.25 });
    const first = await createOk({});
    await put(first.url, bytes);
    expect(await usage()).toMatchObject({ minutes: 0.13 });
    const second = await createOk({});
    await put(second.url, bytes);
    const ended = await (await call("GET", `/v1/uploads/${second.id}`, { token })).json();
    expect(ended).toMatchObject({ state: "failed", error: { code: "durationTooLong" } });
    await setQuota({ maxMinutes: 0.1 });
    await expectRefused({});
  });

  it("are given to as many films as fit together, however many end at the same moment", async () => {
    const { bytes } = tinyFilm([4, 4]);
    await setQuota({ maxMinutes: 0.3 });
    const made = await Promise.all(Array.from({ length: 5 }, () => createOk({})));
    await Promise.all(made.map(({ url }) => put(url, bytes)));
    const ended = await Promise.all(
      made.map(async ({ id }) =>
        (await call("GET", `/v1/uploads/${id}`, { token })).json<{ state: string }>(),
      ),
    );
    expect(ended.map(({ state }) => state).toSorted()).toEqual([
      ...["completed", "completed"],
      ...["failed", "failed", "failed"],
    ]);
    expect(await usage()).toMatchObject({ minutes: 0.27, heldBytes: 0 });
    expect(
      await env.DB.prepare("SELECT count(*) AS n FROM quota_holds WHERE creator = ?")
        .bind(creator)
        .first("n"),
    ).toBe(0);
  });

  it("that a file says of itself before anybody asked are nobody's yet: of several those that fit are taken", async () => {
    await setQuota({ maxMinutes: 0.3 });
    const board = await emptyBoard();
    const runner = new FakeRunner();
    const films = await Promise.all([uploadedVideo(env), uploadedVideo(env)]);
    await env.DB.prepare("UPDATE videos SET creator = ?, duration_seconds = 12 WHERE state = 'uploaded'")
      .bind(creator)
      .run();
    expect(await usage()).toMatchObject({ minutes: 0 });
    const states: unknown[] = [];
    for (const { videoId } of films) {
      await board.submit({ videoId, version: 1, sourceKey: `sources/${videoId}/original`, sizeBytes: 5_000 });
      await runner.work(await runner.mustClaim(), fakeProbe({ seconds: 12, sound: true, picture: true }));
      states.push(await env.DB.prepare("SELECT state FROM videos WHERE id = ?").bind(videoId).first("state"));
      await board.cancel(videoId);
    }
    expect(states).toEqual(["processing", "error"]);
  });

  it("and bytes of a file that is replaced are its successor's", async () => {
    const { bytes } = tinyFilm([4, 4]);
    await setQuota({ maxMinutes: 0.14, maxBytes: bytes.length });
    const first = await createOk({ sizeBytes: bytes.length });
    await put(first.url, bytes);
    await expectRefused({ sizeBytes: 1 });
    await env.DB.prepare("UPDATE videos SET state = 'ready' WHERE id = ?").bind(first.videoId).run();
    const { videoId } = first;
    const other = await call("POST", "/v1/uploads", {
      token,
      json: { videoId, replace: true, sizeBytes: bytes.length + 1 },
    });
    expect(other.status).toBe(403);
    const successor = await call("POST", "/v1/uploads", {
      token,
      json: { videoId, replace: true, sizeBytes: bytes.length },
    });
    expect(successor.status).toBe(201);
  });

  it("are none of a sound's that is added to a film", async () => {
    await setQuota({ maxMinutes: 0 });
    const { videoId } = await seedSealedVideo(env);
    await env.DB.prepare("UPDATE videos SET creator = ? WHERE id = ?").bind(creator, videoId).run();
    await expectRefused({});
    const sound = await call("POST", "/v1/uploads", {
      token,
      json: { videoId, audioTrack: { language: "de" } },
    });
    expect([sound.status, await sound.json()]).toMatchObject([201, { maxDurationSeconds: null }]);
  });

  it("and bytes of a video that failed count while its file plays", async () => {
    const { bytes } = tinyFilm([4, 4]);
    await setQuota({ maxMinutes: 1 });
    const { url, videoId } = await createOk({});
    await put(url, bytes);
    await env.DB.prepare("UPDATE videos SET state = 'error' WHERE id = ?").bind(videoId).run();
    expect(await usage()).toMatchObject({ minutes: 0.13, bytes: bytes.length });
    await env.DB.prepare("UPDATE videos SET playable = 0 WHERE id = ?").bind(videoId).run();
    expect(await usage()).toMatchObject({ minutes: 0, bytes: 0 });
  });

  it("of a film whose length only a runner can tell are asked for when it does", async () => {
    await setQuota({ maxMinutes: 0.3 });
    const board = await emptyBoard();
    const runner = new FakeRunner();
    const states: unknown[] = [];
    for (let n = 0; n < 2; n++) {
      const { videoId } = await uploadedVideo(env);
      await env.DB.prepare("UPDATE videos SET creator = ? WHERE id = ?").bind(creator, videoId).run();
      await board.submit({ videoId, version: 1, sourceKey: `sources/${videoId}/original`, sizeBytes: 5_000 });
      await runner.work(await runner.mustClaim(), fakeProbe({ seconds: 12, sound: true, picture: true }));
      states.push(
        await env.DB.prepare("SELECT state, error_code FROM videos WHERE id = ?").bind(videoId).first(),
      );
      await board.cancel(videoId);
    }
    expect(states).toEqual([
      { state: "processing", error_code: null },
      { state: "error", error_code: "durationTooLong" },
    ]);
    expect(
      await env.DB.prepare("SELECT count(*) AS n FROM quota_holds WHERE creator = ?")
        .bind(creator)
        .first("n"),
    ).toBe(0);
  });
});

it("so many videos of a creator are encoded at a time, others wait for a moment, and fail for nothing", async () => {
  await setQuota({ maxSimultaneousEncodes: 1 });
  const board = await emptyBoard();
  const submit = async (by: string) => {
    const { videoId } = await uploadedVideo(env);
    await env.DB.prepare("UPDATE videos SET creator = ? WHERE id = ?").bind(by, videoId).run();
    await board.submit({ videoId, version: 1, sourceKey: `sources/${videoId}/original`, sizeBytes: 5_000 });
    return videoId;
  };
  const [one, two, other] = [await submit(creator), await submit(creator), await submit("another creator")];
  const runner = new FakeRunner();
  const first = await runner.mustClaim();
  const second = await runner.mustClaim();
  expect(new Set([first.videoId, second.videoId])).toEqual(new Set([one, other]));
  expect(await runner.claim()).toBeNull();
  const mine = first.videoId === one ? first : second;
  await runner.work(mine, fakeProbe({ seconds: 4, sound: true, picture: true }));
  // Its tasks are given out side by side: it is at work already.
  const third = await runner.mustClaim();
  const fourth = await runner.mustClaim();
  expect([third.videoId, fourth.videoId]).toEqual([one, one]);
  for (const task of [third, fourth]) await expectStatus(204, runner.fail(task, "handback"));
  await Promise.all([one, two, other].map((videoId) => board.cancel(videoId)));
});

it.each([{ maxBytes: -1 }, { maxMinutes: "1" }, { maxSimultaneousEncodes: 0 }, { more: 1 }, []])(
  "a quota of %j is refused",
  async (quota) => expect((await setQuota(quota)).status).toBe(422),
);
