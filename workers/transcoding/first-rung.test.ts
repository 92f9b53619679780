import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { emptyGrowth, grow, readGrowth } from "#workers/playback/growth.ts";
import type { MediaVersion } from "#workers/playback/record.ts";
import { versionPrefix } from "#workers/storage/keys.ts";
import { encode, expectStatus, fakeProbe, FakeRunner, nameOf } from "#workers/testing/fake-runner.ts";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";
import type { Format } from "#workers/timeline/timeline.ts";
import type { Task } from "./contract.ts";
import { predictedFormats } from "./predicted-formats.ts";
import { builtInProfiles } from "./profile.ts";

const probe = fakeProbe({ seconds: 40, sound: true, picture: true });
const runner = new FakeRunner();
const board = () => env.SCHEDULER.getByName("board");

interface Wishes {
  readonly encoding?: string;
  /** The formats that a row of the ladder was written with, because the file plays as it is. */
  readonly told?: readonly Format[];
}

/** Submitted, and probed as said. */
async function planned(of = probe, { encoding = "standard", told }: Wishes = {}): Promise<string> {
  const { videoId, version } = await uploadedVideo(env);
  const statements = [env.DB.prepare("UPDATE videos SET encoding = ? WHERE id = ?").bind(encoding, videoId)];
  if (told !== undefined) {
    const insert = env.DB.prepare(
      `INSERT INTO versions (video_id, version, kind, state, gop_ticks, gop_timescale, formats, created_at)
       VALUES (?, ?, ?, ?, 180000, 90000, ?, 0)`,
    );
    statements.push(
      insert.bind(videoId, version - 1, "source", "sealed", JSON.stringify([])),
      insert.bind(videoId, version, "ladder", "encoding", JSON.stringify(told)),
      env.DB.prepare("UPDATE videos SET playable = 1 WHERE id = ?").bind(videoId),
    );
  }
  await env.DB.batch(statements);
  await board().submit({ videoId, version, sourceKey: `sources/${videoId}/original`, sizeBytes: 5000 });
  await runner.work(await runner.mustClaim(), of);
  return videoId;
}

/** Every task that can be claimed now, by name. */
async function claimAll(): Promise<ReadonlyMap<string, Task>> {
  const tasks = new Map<string, Task>();
  for (let task = await runner.claim(); task !== null; task = await runner.claim()) {
    tasks.set(nameOf(task), task);
  }
  return tasks;
}

function the(tasks: ReadonlyMap<string, Task>, name: string): Task {
  const task = tasks.get(name);
  if (task === undefined) throw new Error(`${name} is none of ${[...tasks.keys()].join("; ")}`);
  return task;
}

const video = (id: string) =>
  env.DB.prepare("SELECT state, playable, error_code FROM videos WHERE id = ?")
    .bind(id)
    .first<{ state: string; playable: number; error_code: string | null }>();

const ladder = (id: string) =>
  env.DB.prepare("SELECT state, formats FROM versions WHERE video_id = ? AND kind = 'ladder'")
    .bind(id)
    .first<{ state: string; formats: string }>();

async function formatsOf(id: string): Promise<readonly Format[]> {
  return JSON.parse((await ladder(id))?.formats ?? "[]") as readonly Format[];
}

async function chunkRows(id: string): Promise<readonly string[]> {
  const rows = await env.DB.prepare("SELECT chunk, whole FROM chunks WHERE video_id = ? ORDER BY chunk")
    .bind(id)
    .all<{ chunk: number; whole: number }>();
  return rows.results.map(({ chunk, whole }) => `${chunk}${whole === 1 ? "" : " begun"}`);
}

/** What players are told now: fragments of each track. */
async function playing(videoId: string): Promise<readonly string[]> {
  const media: MediaVersion = {
    ...{ kind: "ladder", videoId, version: 1, generation: 1, state: "encoding", segmentFragments: 2 },
    ...{
      gop: { ticks: 180_000, timescale: 90_000 },
      firstTrackBit: 0,
      formats: [],
      images: null,
      file: null,
    },
  };
  const read = await readGrowth(env.DB, media, 0);
  if (read === null) return [];
  const { growth, fault } = grow(emptyGrowth(read.media), read);
  expect(fault).toBeNull();
  return growth.timeline.tracks.map(({ format, fragments }) => `${format.id} ${fragments.sync.length}`);
}

async function objects(videoId: string, folder: string): Promise<readonly string[]> {
  const prefix = `${versionPrefix(videoId, 1)}${folder}`;
  const { objects: found } = await env.MEDIA.list({ prefix });
  return found.map(({ key }) => key.slice(prefix.length));
}

afterEach(async () => {
  const rows = await env.DB.prepare("SELECT id FROM videos").all<{ id: string }>();
  for (const { id } of rows.results) await board().cancel(id);
});

describe("the first rung of a film that nobody can watch yet", () => {
  it("is given out before all else with the sound, and makes the video playable by itself", async () => {
    const videoId = await planned();
    const tasks = await claimAll();
    expect([...tasks.keys()]).toEqual([
      ...["video 0 v360", "audio a0", "video 0 v240", "video 1", "video 2", "images"],
    ]);
    await runner.deliver(the(tasks, "video 0 v360"));
    expect(await video(videoId)).toMatchObject({ playable: 0 });
    await runner.deliver(the(tasks, "audio a0"), (chunk) => chunk === 0);
    expect(await video(videoId)).toMatchObject({ state: "processing", playable: 1 });
    expect(await chunkRows(videoId)).toEqual(["0 begun"]);
    expect(await playing(videoId)).toEqual(["v360 6", "a0 6"]);
    // All places are told at once, so that no session's mask means something else later.
    expect((await formatsOf(videoId)).map(({ id, codec }) => `${id} ${codec}`)).toEqual([
      ...["v240 avc1.640015", "v360 avc1.64001f", "a0 mp4a.40.2"],
    ]);

    await runner.deliver(the(tasks, "video 0 v240"));
    expect(await chunkRows(videoId)).toEqual(["0"]);
    expect(await playing(videoId)).toEqual(["v240 6", "v360 6", "a0 6"]);
    expect((await formatsOf(videoId))[0]).toMatchObject({ id: "v240", codec: "avc1.64001f" });
  });

  it("is made in a hurry with the header of what follows, which must be the same", async () => {
    await planned();
    const tasks = await claimAll();
    const rungs = (name: string) => {
      const { work } = the(tasks, name);
      return work.kind === "video" ? work.rungs : [];
    };
    const [first] = rungs("video 0 v360");
    const later = rungs("video 1").find(({ track }) => track === "v360");
    expect([first?.preset, later?.preset]).toEqual(["superfast", "faster"]);
    expect(first?.references).toBe(later?.references);
  });

  it("shows a later chunk never before the first is whole, whatever comes first", async () => {
    const videoId = await planned();
    const tasks = await claimAll();
    await runner.deliver(the(tasks, "video 2"));
    await runner.deliver(the(tasks, "video 1"));
    await runner.deliver(the(tasks, "audio a0"));
    expect(await chunkRows(videoId)).toEqual(["1", "2"]);
    expect(await playing(videoId)).toEqual(["v240 0", "v360 0", "a0 0"]);
    expect(await video(videoId)).toMatchObject({ playable: 0 });
    await runner.deliver(the(tasks, "video 0 v360"));
    expect(await chunkRows(videoId)).toEqual(["0 begun", "1", "2"]);
    expect(await playing(videoId)).toEqual(["v360 6", "a0 6"]);
    await runner.deliver(the(tasks, "video 0 v240"));
    expect(await playing(videoId)).toEqual(["v240 20", "v360 20", "a0 20"]);
  });

  it("is not shown alone when the other rungs were there before it", async () => {
    const videoId = await planned();
    const tasks = await claimAll();
    await runner.deliver(the(tasks, "audio a0"), (chunk) => chunk === 0);
    await runner.deliver(the(tasks, "video 0 v240"));
    expect(await chunkRows(videoId)).toEqual([]);
    await runner.deliver(the(tasks, "video 0 v360"));
    expect(await chunkRows(videoId)).toEqual(["0"]);
  });

  it("is refused with tracks of the other task of its chunk", async () => {
    await planned();
    const tasks = await claimAll();
    const first = the(tasks, "video 0 v360");
    const others = the(tasks, "video 0 v240");
    await runner.deliver(first);
    for (const { url, bytes } of encode(others)) await expectStatus(201, runner.put(url, bytes));
    const wrong = encode(first).map(({ track }) => track);
    await expectStatus(422, runner.report(others, 0, wrong));
    await expectStatus(422, runner.complete(others, { kind: "chunks" }));
    await expectStatus(
      204,
      runner.report(
        others,
        0,
        encode(others).map(({ track }) => track),
      ),
    );
  });

  it("is shown once and stays, when the board is evicted and its notes are lost at any moment", async () => {
    const videoId = await planned();
    const tasks = await claimAll();
    await runner.deliver(the(tasks, "video 0 v360"));
    await runner.deliver(the(tasks, "audio a0"), (chunk) => chunk === 0);
    await runInDurableObject(board(), (_, state) => {
      state.storage.sql.exec("DELETE FROM begun");
      state.storage.sql.exec("UPDATE jobs SET due_ms = 1");
    });
    await evictDurableObject(board());
    await runInDurableObject(board(), (_, state) => state.storage.setAlarm(Date.now() + 60_000));
    await runDurableObjectAlarm(board());
    expect(await chunkRows(videoId)).toEqual(["0 begun"]);
    await runner.deliver(the(tasks, "video 0 v240"));
    await runInDurableObject(board(), (_, state) => {
      state.storage.sql.exec("DELETE FROM begun");
      state.storage.sql.exec("DELETE FROM published");
      state.storage.sql.exec("UPDATE jobs SET due_ms = 1");
    });
    await evictDurableObject(board());
    await runInDurableObject(board(), (_, state) => state.storage.setAlarm(Date.now() + 60_000));
    await runDurableObjectAlarm(board());
    expect(await chunkRows(videoId)).toEqual(["0"]);
    expect(await playing(videoId)).toEqual(["v240 6", "v360 6", "a0 6"]);
  });

  it("ends as the same sealed version as any other", async () => {
    const videoId = await planned();
    await runner.workAll(probe);
    expect(await video(videoId)).toMatchObject({ state: "ready" });
    expect(await ladder(videoId)).toMatchObject({ state: "sealed" });
    expect(await objects(videoId, "index/")).toEqual(["a0.bin", "v240.bin", "v360.bin"]);
    expect(await objects(videoId, "v360/")).toEqual(["0.1.m4s", "1.1.m4s", "2.1.m4s", "init.mp4"]);
  });
});

describe("what a version has beside H.264 and one sound", () => {
  const dubbed = fakeProbe({
    ...{ seconds: 20, sound: true, picture: true, width: 1280, height: 720 },
    ...{ dubs: ["fre", "eng", "ger"], texts: ["eng", "fre"] },
  });

  it("is a track for each language and codec, each a task of its own, in the order that was planned", async () => {
    const videoId = await planned(dubbed, { encoding: "premium" });
    const order = await runner.workAll(dubbed);
    expect(order.filter((name) => name.startsWith("audio")).toSorted()).toEqual([
      ...["audio a0", "audio a1", "audio a2", "audio o0", "audio o1", "audio o2"],
    ]);
    expect(await video(videoId)).toMatchObject({ state: "ready" });
    expect((await formatsOf(videoId)).map(({ id, codec }) => `${id} ${codec}`)).toEqual([
      ...["v240", "v360", "v480", "v720"].map((id) => `${id} avc1.64001f`),
      "x720 av01.0.05M.08",
      ...["a0", "a1", "a2"].map((id) => `${id} mp4a.40.2`),
      ...["o0", "o1", "o2"].map((id) => `${id} opus`),
    ]);
    const languages = (await formatsOf(videoId)).flatMap((format) =>
      format.kind === "audio" ? [format.language] : [],
    );
    expect(languages).toEqual(["en", "fr", "de", "en", "fr", "de"]);
  });

  it("waits for every sound, but the first rung for the one that is heard only", async () => {
    const videoId = await planned(dubbed);
    const tasks = await claimAll();
    await runner.deliver(the(tasks, "video 0 v360"));
    await runner.deliver(the(tasks, "audio a1"));
    expect(await chunkRows(videoId)).toEqual([]);
    await runner.deliver(the(tasks, "audio a0"));
    expect(await playing(videoId)).toEqual(["v360 6", "a0 6"]);
    await runner.deliver(the(tasks, "video 0 v240,v480,v720"));
    expect(await chunkRows(videoId)).toEqual(["0 begun"]);
    await runner.deliver(the(tasks, "audio a2"));
    expect(await chunkRows(videoId)).toEqual(["0"]);
  });

  it("is given to runners that can make it, and to no other", async () => {
    await planned(dubbed, { encoding: "premium" });
    const plain = new FakeRunner("plain", undefined, ["h264", "aac"]);
    const names: string[] = [];
    for (let task = await plain.claim(); task !== null; task = await plain.claim()) names.push(nameOf(task));
    expect(names.toSorted()).toEqual([
      ...["audio a0", "audio a1", "audio a2", "images", "subtitles", "video 0 v360"],
    ]);
  });

  it.each([
    ["H.264 where AV1 is planned", "video 0 v240,v480,v720,x720", "h264", /is avc1/],
    ["AAC where Opus is planned", "audio o0", "aac", /is mp4a/],
  ] as const)("is refused as %s", async (_, name, codec, detail) => {
    await planned(dubbed, { encoding: "premium" });
    const task = the(await claimAll(), name);
    const { work } = task;
    const other: Task =
      work.kind === "video"
        ? { ...task, work: { ...work, rungs: work.rungs.map((rung) => ({ ...rung, codec: "h264" })) } }
        : work.kind === "audio" && codec === "aac"
          ? { ...task, work: { ...work, codec } }
          : task;
    const made = encode(other).filter(({ chunk }) => chunk === 0);
    for (const { url, bytes } of made) await expectStatus(201, runner.put(url, bytes));
    const refused = await expectStatus(
      422,
      runner.report(
        task,
        0,
        made.map(({ track }) => track),
      ),
    );
    expect(await refused.json()).toMatchObject({ detail: expect.stringMatching(detail) as unknown });
  });

  it("is refused when a fragment is larger than its cap could ever make it", async () => {
    await planned();
    const task = the(await claimAll(), "video 0 v360");
    const [made] = encode(task);
    if (made === undefined) throw new Error("nothing made");
    const padded = new Uint8Array(made.bytes.length + 1_500_000);
    padded.set(made.bytes);
    await expectStatus(201, runner.put(made.url, padded));
    const { fragments } = made.track;
    const wrong = fragments.map((fragment, index) =>
      index === fragments.length - 1 ? { ...fragment, sizeBytes: fragment.sizeBytes + 1_500_000 } : fragment,
    );
    const refused = await expectStatus(422, runner.report(task, 0, [{ ...made.track, fragments: wrong }]));
    expect(await refused.json()).toMatchObject({
      detail: expect.stringMatching(/fragment 5 has/) as unknown,
    });
  });
});

describe("the texts of a source", () => {
  const withTexts = fakeProbe({ seconds: 20, sound: true, picture: true, texts: ["eng", "fre", "ger"] });
  const rowsOf = async (videoId: string) => {
    const rows = await env.DB.prepare(
      "SELECT id, language, is_default, attempt FROM subtitles WHERE video_id = ? ORDER BY id",
    )
      .bind(videoId)
      .all<{ id: string; language: string; is_default: number; attempt: number }>();
    return rows.results.map(
      ({ id, language, is_default, attempt }) => `${id} ${language} ${is_default} ${attempt}`,
    );
  };

  it("are there as soon as they were taken out, and what held none is not", async () => {
    const videoId = await planned(withTexts);
    const task = the(await claimAll(), "subtitles");
    const { work } = task;
    if (work.kind !== "subtitles") throw new Error(work.kind);
    for (const index of [0, 2]) {
      await expectStatus(201, runner.put(work.streams[index]?.upload.url ?? "", new Uint8Array(9)));
    }
    await expectStatus(204, runner.complete(task, { kind: "subtitles", streams: [20, 22] }));
    expect(await rowsOf(videoId)).toEqual(["t0 en 1 1", "t2 de 0 1"]);
    expect(await objects(videoId, "subtitles/")).toEqual(["0.1.vtt", "2.1.vtt"]);
  });

  it("are refused when they were not uploaded, and a stream that nobody planned is nothing", async () => {
    const videoId = await planned(withTexts);
    const task = the(await claimAll(), "subtitles");
    await expectStatus(422, runner.complete(task, { kind: "subtitles", streams: [21] }));
    await expectStatus(204, runner.complete(task, { kind: "subtitles", streams: [99] }));
    expect(await rowsOf(videoId)).toEqual([]);
  });

  it("outlive the seal and its removal of what lost", async () => {
    const videoId = await planned(withTexts);
    await env.MEDIA.put(`${versionPrefix(videoId, 1)}subtitles/0.9.vtt`, "lost");
    await runner.workAll(withTexts);
    expect(await video(videoId)).toMatchObject({ state: "ready" });
    expect(await objects(videoId, "subtitles/")).toEqual(["0.1.vtt", "1.1.vtt", "2.1.vtt"]);
  });

  it("cost only themselves when they can't be taken out", async () => {
    const videoId = await planned(withTexts);
    const tasks = await claimAll();
    await expectStatus(204, runner.fail(the(tasks, "subtitles"), "source", "unreadable"));
    for (const [name, task] of tasks) if (name !== "subtitles") await runner.work(task, withTexts);
    expect(await video(videoId)).toMatchObject({ state: "ready" });
    expect(await rowsOf(videoId)).toEqual([]);
  });
});

describe("a film whose file plays already", () => {
  const hd = { seconds: 20, sound: true, picture: true, width: 1920, height: 1080 } as const;
  const told = predictedFormats(hd, { numerator: 25, denominator: 1 }, builtInProfiles.standard, [
    { channels: 2, language: "en" },
  ]);

  it("has no rung made before the others", async () => {
    await planned(fakeProbe(hd), { told });
    expect([...(await claimAll()).keys()].filter((name) => name.startsWith("video 0"))).toEqual([
      "video 0 v240,v360,v480,v720,v1080",
    ]);
  });

  it("keeps every place that was told, when the film needs fewer rungs", async () => {
    const slides = fakeProbe({ ...hd, trialBps: 300_000 });
    const videoId = await planned(slides, { told });
    await runner.workAll(slides);
    expect(await video(videoId)).toMatchObject({ state: "ready" });
    expect((await formatsOf(videoId)).map(({ id, dropped }) => (dropped === true ? `(${id})` : id))).toEqual([
      ...["(v240)", "v360", "(v480)", "v720", "v1080", "a0"],
    ]);
    expect(await objects(videoId, "index/")).toEqual(["a0.bin", "v1080.bin", "v360.bin", "v720.bin"]);
  });

  it("goes on playing when its encode fails", async () => {
    const videoId = await planned(fakeProbe(hd), { told });
    const tasks = await claimAll();
    await runner.deliver(the(tasks, "audio a0"));
    await expectStatus(204, runner.fail(the(tasks, "video 1"), "source", "sourceTruncated"));
    expect(await video(videoId)).toEqual({ state: "error", playable: 1, error_code: "sourceTruncated" });
    const rows = await env.DB.prepare("SELECT version, kind FROM versions WHERE video_id = ?")
      .bind(videoId)
      .all();
    expect(rows.results).toEqual([{ version: 0, kind: "source" }]);
    expect(await chunkRows(videoId)).toEqual([]);
  });
});
