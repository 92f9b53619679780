import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";
import { readJobSettings } from "./job-settings.ts";
import type { ProfileView } from "./profile-contract.ts";
import { builtInProfiles } from "./profile.ts";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("videos:read", "videos:write");
});
beforeEach(async () => {
  await env.DB.prepare("DELETE FROM encoding_profiles").run();
});

const rungs = [
  { side: 360, maxBitrateBps: 500_000 },
  { side: 1080, maxBitrateBps: 2_500_000 },
];
const path = (id: string) => `/v1/encoding-profiles/${id}`;

async function create(json: object = {}): Promise<ProfileView> {
  const response = await call("POST", "/v1/encoding-profiles", {
    token,
    json: { name: "Lectures", rungs, ...json },
  });
  expect(response.status).toBe(201);
  return response.json();
}

async function get(id: string): Promise<ProfileView> {
  const response = await call("GET", path(id), { token });
  expect(response.status).toBe(200);
  return response.json();
}

/** What the board would take for a video that has just been uploaded. */
async function settingsOf(encoding: string) {
  const { videoId, version } = await uploadedVideo(env);
  await env.DB.prepare("UPDATE videos SET encoding = ? WHERE id = ?").bind(encoding, videoId).run();
  return (await readJobSettings(env.DB, { videoId, version }))?.profile;
}

describe("a profile", () => {
  it("is made with what was not said as in `standard`, and shown whole", async () => {
    const profile = await create({ crf: 28, opus: true });
    const { rungs: _, ...standard } = builtInProfiles.standard;
    expect(profile).toEqual({
      ...standard,
      ...{ name: "Lectures", builtIn: false, rungs, crf: 28, opus: true },
      id: expect.stringMatching(/^enc_[0-9A-Z]{26}$/) as unknown,
      createdAt: expect.stringMatching(/Z$/) as unknown,
      updatedAt: profile.createdAt,
    });
    expect(await get(profile.id)).toEqual(profile);
    const asked = { ...standard, rungs, crf: 28, opus: true };
    expect(await settingsOf(profile.id)).toEqual(asked);
  });

  it("is changed by what is given, rungs as a whole; two changes at once are both there", async () => {
    const { id } = await create();
    const smaller = [{ side: 240, maxBitrateBps: 300_000 }];
    const patches = [{ crf: 30 }, { rungs: smaller, av1: true }, { name: " Talks " }];
    const answers = await Promise.all(patches.map((json) => call("PATCH", path(id), { token, json })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const changed = { crf: 30, rungs: smaller, av1: true, name: "Talks", effort: "balanced" };
    expect(await get(id)).toMatchObject(changed);
    expect(await settingsOf(id)).toMatchObject({ crf: 30, rungs: smaller, av1: true });
  });

  it("that is deleted is gone; a video that names it is encoded as `standard`", async () => {
    const { id } = await create();
    expect((await call("DELETE", path(id), { token })).status).toBe(204);
    for (const method of ["GET", "DELETE"]) {
      expect((await call(method, path(id), { token })).status).toBe(404);
    }
    expect((await call("PATCH", path(id), { token, json: { crf: 20 } })).status).toBe(404);
    expect(await settingsOf(id)).toEqual(builtInProfiles.standard);
  });

  it("stays with a job that was submitted with it, whatever becomes of it", async () => {
    const { id } = await create({ crf: 31 });
    const { videoId, version } = await uploadedVideo(env);
    await env.DB.prepare("UPDATE videos SET encoding = ? WHERE id = ?").bind(id, videoId).run();
    const board = env.SCHEDULER.getByName("board");
    const sourceKey = `sources/${videoId}/original`;
    await board.submit({ videoId, version, sourceKey, sizeBytes: 5000 });
    expect((await call("PATCH", path(id), { token, json: { crf: 20 } })).status).toBe(200);
    expect((await call("DELETE", path(id), { token })).status).toBe(204);
    const kept = await runInDurableObject(board, (_, state) =>
      state.storage.sql
        .exec<{ settings: string }>("SELECT settings FROM jobs WHERE video_id = ?", videoId)
        .one(),
    );
    expect(JSON.parse(kept.settings)).toMatchObject({ profile: { crf: 31, rungs } });
    await board.cancel(videoId);
  });
});

describe("the list", () => {
  it("pages newest first, without the built-in ones", async () => {
    const made: string[] = [];
    for (let at = 0; at < 3; at++) made.push((await create({ name: `p${at}` })).id);
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page: { data: ProfileView[]; nextCursor: string | null } = await (
        await call("GET", `/v1/encoding-profiles?limit=2${query}`, { token })
      ).json();
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(made.toSorted().toReversed());
  });

  it.each(["cursor=x.y", "cursor=x", "limit=0", "limit=101"])("refuses %s", async (query) => {
    expect((await call("GET", `/v1/encoding-profiles?${query}`, { token })).status).toBe(400);
  });
});

describe("a built-in profile", () => {
  it.each(["mobile", "standard", "premium"] as const)("is shown by its name: %s", async (name) => {
    expect(await get(name)).toEqual({
      ...builtInProfiles[name],
      ...{ id: name, name, builtIn: true, createdAt: null, updatedAt: null },
    });
  });

  it("can't be changed or deleted", async () => {
    const changed = await call("PATCH", path("premium"), { token, json: { crf: 30 } });
    expect([changed.status, (await problemOf(changed)).code]).toEqual([409, "conflict"]);
    expect((await call("DELETE", path("premium"), { token })).status).toBe(409);
  });

  it.each(["passthrough", "constructor", "enc_", "enc_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4"])(
    "is not what %s names",
    async (id) => {
      expect((await call("GET", path(id), { token })).status).toBe(404);
    },
  );
});

const rung = (side: number, maxBitrateBps: number) => ({ side, maxBitrateBps });

describe("refused, with a pointer:", () => {
  it.each<[string, object, string]>([
    ["no rungs", { rungs: [] }, "#/rungs"],
    [
      "nine rungs",
      { rungs: Array.from({ length: 9 }, (_, at) => rung(144 + 2 * at, 100_000 + at)) },
      "#/rungs",
    ],
    ["sides that fall", { rungs: [rung(720, 1_000_000), rung(360, 2_000_000)] }, "#/rungs"],
    ["a side twice", { rungs: [rung(720, 1_000_000), rung(720, 2_000_000)] }, "#/rungs"],
    ["bit rates that do not rise", { rungs: [rung(360, 1_000_000), rung(720, 1_000_000)] }, "#/rungs"],
    ["an odd side", { rungs: [rung(361, 1_000_000)] }, "#/rungs/0/side"],
    ["a side below 144", { rungs: [rung(142, 1_000_000)] }, "#/rungs/0/side"],
    ["a side above 2160", { rungs: [rung(2162, 1_000_000)] }, "#/rungs/0/side"],
    ["a side that is text", { rungs: [{ side: "720", maxBitrateBps: 1_000_000 }] }, "#/rungs/0/side"],
    ["too few bits", { rungs: [rung(360, 99_999)] }, "#/rungs/0/maxBitrateBps"],
    ["too many bits", { rungs: [rung(360, 40_000_001)] }, "#/rungs/0/maxBitrateBps"],
    ["part of a bit", { rungs: [rung(360, 100_000.5)] }, "#/rungs/0/maxBitrateBps"],
    ["an unknown field of a rung", { rungs: [{ ...rung(360, 100_000), codec: "av1" }] }, "#/rungs/0/codec"],
    ["rungs that are null", { rungs: null }, "#/rungs"],
    ["crf 15", { crf: 15 }, "#/crf"],
    ["crf 33", { crf: 33 }, "#/crf"],
    ["23 frames", { maxFrameRate: 23 }, "#/maxFrameRate"],
    ["61 frames", { maxFrameRate: 61 }, "#/maxFrameRate"],
    ["an effort there is not", { effort: "veryslow" }, "#/effort"],
    ["a switch that is text", { av1: "yes" }, "#/av1"],
    ["a setting that is null", { opus: null }, "#/opus"],
    ["an unknown field", { preset: "medium" }, "#/preset"],
    ["a name of blanks", { name: "  " }, "#/name"],
    ["a name that is too long", { name: "x".repeat(101) }, "#/name"],
  ])("%s", async (_, json, pointer) => {
    const { id } = await create();
    for (const response of [
      await call("POST", "/v1/encoding-profiles", { token, json: { name: "x", rungs, ...json } }),
      await call("PATCH", path(id), { token, json }),
    ]) {
      expect(response.status).toBe(422);
      expect((await problemOf(response)).errors?.[0]?.pointer).toBe(pointer);
    }
  });

  it("nothing to change", async () => {
    const { id } = await create();
    expect((await call("PATCH", path(id), { token, json: {} })).status).toBe(422);
  });
});
