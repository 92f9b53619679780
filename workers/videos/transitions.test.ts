// The statements against lifecycle.ts: every event on a video in every state.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { newId } from "#workers/ids.ts";
import { stateAfter, statesAccepting, type VideoEvent, type VideoState } from "./lifecycle.ts";
import * as transitions from "./transitions.ts";

const states = ["awaitingUpload", "uploaded", "processing", "ready", "error"] as const;
const facts = { durationSeconds: 1, width: 2, height: 2, frameRate: "25/1" };
const atMs = 5_000;

const events: {
  readonly [Kind in VideoEvent["kind"]]: (id: string) => D1PreparedStatement;
} = {
  uploadCompleted: (id) => transitions.uploadCompleted(env.DB, id, { name: "a", sizeBytes: 1 }, atMs),
  passedThrough: (id) => transitions.foundPlayable(env.DB, id, facts, true, atMs),
  planned: (id) => transitions.planned(env.DB, id, 1, facts, atMs),
  chunkPublished: (id) => transitions.chunkPublished(env.DB, id, 1, atMs),
  sealed: (id) => transitions.sealed(env.DB, id, 1, atMs),
  failed: (id) => transitions.failed(env.DB, id, { code: "unreadable", message: "x" }, atMs),
  requeued: (id) => transitions.requeued(env.DB, id, 1, atMs),
  encodeWanted: (id) => transitions.encodeWanted(env.DB, id, { encoding: "mobile", priority: "low" }, atMs),
};
// Each key is an event: a kind that is missing does not compile.
const kinds = Object.keys(events) as readonly VideoEvent["kind"][];

interface Given {
  readonly encoding?: string;
  readonly playable?: 0 | 1;
  readonly sourceBytes?: number | null;
}

async function videoIn(state: VideoState, given: Given = {}): Promise<string> {
  const { encoding = "passthrough", playable = 0, sourceBytes = 1 } = given;
  const id = newId("video", 1);
  await env.DB.prepare(
    `INSERT INTO videos (id, state, playable, encoding, source_size_bytes, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, 1, 1)`,
  )
    .bind(id, state, playable, encoding, sourceBytes)
    .run();
  return id;
}

const row = (id: string) =>
  env.DB.prepare(
    "SELECT state, playable, percent, error_code, encoding, priority, updated_at FROM videos WHERE id = ?",
  )
    .bind(id)
    .first();

describe.each(kinds)("%s", (kind) => {
  it.each(states)("of a video that is %s does what its life cycle says", async (state) => {
    const id = await videoIn(state);
    const before = await row(id);
    const { meta } = await events[kind](id).run();
    const isAccepted = statesAccepting(kind).includes(state);
    // The trigger that counts revisions is counted too.
    expect(meta.changes > 0).toBe(isAccepted);
    if (isAccepted) expect(await row(id)).toMatchObject({ state: stateAfter(kind), updated_at: atMs });
    else expect(await row(id)).toEqual(before);
  });

  it("of a video there is not changes nothing", async () => {
    expect((await events[kind]("vid_nope").run()).meta.changes).toBe(0);
  });
});

const sourceVersion = (id: string, kind = "source", version = 0) =>
  env.DB.prepare(
    `INSERT INTO versions (video_id, version, kind, state, gop_ticks, gop_timescale, formats, created_at)
     VALUES (?, ?, ?, 'sealed', 1, 1, '[]', 1)`,
  )
    .bind(id, version, kind)
    .run();

describe("a failure", () => {
  it("leaves a video playable whose file plays, and says the error beside it", async () => {
    const id = await videoIn("processing", { playable: 1 });
    await sourceVersion(id);
    await events.failed(id).run();
    expect(await row(id)).toMatchObject({ state: "error", playable: 1, error_code: "unreadable" });
  });

  it.each([
    ["only chunks of its ladder played", "ladder", 1],
    ["the file of an earlier version plays", "source", -2],
  ])("takes it away where %s", async (_, kind, version) => {
    const id = await videoIn("processing", { playable: 1 });
    await sourceVersion(id, kind, version);
    await events.failed(id).run();
    expect(await row(id)).toMatchObject({ state: "error", playable: 0 });
  });
});

describe("an encode that is wanted after all", () => {
  it("clears what went wrong, keeps what plays, and takes the settings that are given", async () => {
    const id = await videoIn("uploaded", { playable: 1 });
    await sourceVersion(id);
    await events.failed(id).run();
    await events.encodeWanted(id).run();
    expect(await row(id)).toMatchObject({
      ...{ state: "uploaded", playable: 1, percent: 0, error_code: null },
      ...{ encoding: "mobile", priority: "low" },
    });
  });

  it.each<[string, VideoState, Given]>([
    ["has a ladder", "ready", { encoding: "standard" }],
    ["failed to get one", "error", { encoding: "standard" }],
    ["never had its file", "error", { sourceBytes: null }],
  ])("is nothing for a video that %s", async (_, state, given) => {
    const id = await videoIn(state, given);
    expect((await events.encodeWanted(id).run()).meta.changes).toBe(0);
  });
});

it("a file that plays is no end where an encode follows", async () => {
  const id = await videoIn("uploaded", { encoding: "standard" });
  await transitions.foundPlayable(env.DB, id, facts, false, atMs).run();
  expect(await row(id)).toMatchObject({ state: "uploaded", playable: 1, percent: 0 });
});
