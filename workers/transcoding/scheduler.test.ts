import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { sweepOutbox } from "#workers/outbox/outbox.ts";
import { versionPrefix, videoPrefix } from "#workers/storage/keys.ts";
import { decodeChunkIndex, decodeTrackIndex } from "#workers/timeline/index-decode.ts";
import { encode, expectStatus, fakeProbe, FakeRunner } from "#workers/testing/fake-runner.ts";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";
import { boardContext } from "./board-context.ts";
import { maxLapses } from "./board.ts";
import type { Task } from "./contract.ts";
import { JobDriver } from "./drive.ts";
import { failedKeptMs } from "./fail-video.ts";

const probe = fakeProbe({ seconds: 40, sound: true, picture: true });
const runner = new FakeRunner();
const board = () => env.SCHEDULER.getByName("board");

/** Its file plays as it is, so that no rung is made before the others; first-rung.test.ts is about those that don't. */
async function submitted(): Promise<string> {
  const { videoId, version } = await uploadedVideo(env);
  const setPlayable = (playable: number) =>
    env.DB.prepare("UPDATE videos SET playable = ? WHERE id = ?").bind(playable, videoId).run();
  await setPlayable(1);
  await board().submit({ videoId, version, sourceKey: `sources/${videoId}/original`, sizeBytes: 5000 });
  await setPlayable(0);
  return videoId;
}

/** Submitted and probed: the board is full of its tasks. */
async function planned(of = probe): Promise<string> {
  const videoId = await submitted();
  await runner.work(await runner.mustClaim(), of);
  return videoId;
}

async function claimKind(kind: Task["work"]["kind"]): Promise<Task> {
  const others: Task[] = [];
  for (let task = await runner.mustClaim(); ; task = await runner.mustClaim()) {
    if (task.work.kind === kind) {
      for (const other of others) await expectStatus(204, runner.fail(other, "handback"));
      return task;
    }
    others.push(task);
  }
}

const video = (id: string) =>
  env.DB.prepare(
    "SELECT state, playable, percent, error_code, duration_seconds, frame_rate FROM videos WHERE id = ?",
  )
    .bind(id)
    .first<{
      state: string;
      playable: number;
      percent: number;
      error_code: string | null;
      duration_seconds: number;
    }>();

const version = (id: string) =>
  env.DB.prepare("SELECT * FROM versions WHERE video_id = ?").bind(id).first<{
    state: string;
    formats: string;
    images: string | null;
    gop_ticks: number;
    gop_timescale: number;
  }>();

async function chunks(id: string): Promise<number[]> {
  const rows = await env.DB.prepare("SELECT chunk FROM chunks WHERE video_id = ? ORDER BY chunk")
    .bind(id)
    .all<{ chunk: number }>();
  return rows.results.map(({ chunk }) => chunk);
}

async function keys(prefix: string): Promise<string[]> {
  const { objects } = await env.MEDIA.list({ prefix });
  return objects.map(({ key }) => key.slice(prefix.length));
}

async function setClock(nowMs: number): Promise<void> {
  await runInDurableObject(board(), (instance) => {
    instance.nowMs = () => nowMs;
  });
}

async function loseLeases(): Promise<void> {
  await setClock(Date.now() + 31_000);
  await runDurableObjectAlarm(board());
}

/** Past every back-off. */
async function later(): Promise<void> {
  await setClock(Date.now() + 120_000);
}

/** From here on the database refuses the write; calling the result mends it. */
async function breakDatabase(write: string): Promise<() => Promise<unknown>> {
  await env.DB.prepare(
    `CREATE TRIGGER broken BEFORE ${write} BEGIN SELECT RAISE(ABORT, 'broken'); END`,
  ).run();
  return () => env.DB.prepare("DROP TRIGGER broken").run();
}
/** The erase queue gathers messages for a second before it delivers them. */
const queueDelay = { timeout: 4_000 };

/** Its source is kept for a while, and then nothing is left. */
async function expectErasedAfterGrace(videoId: string): Promise<void> {
  await sweepOutbox(env, Date.now() + failedKeptMs - 60_000);
  expect(await keys(`sources/${videoId}/`)).toEqual(["original"]);
  await sweepOutbox(env, Date.now() + failedKeptMs + 3_600_000);
  await expect.poll(() => keys(videoPrefix(videoId)), queueDelay).toEqual([]);
  await expect.poll(() => keys(`sources/${videoId}/`), queueDelay).toEqual([]);
  expect(await board().knows(videoId, 1)).toBe(false);
}

const sealOfVersion = "UPDATE ON versions WHEN NEW.state = 'sealed'";

afterEach(async () => {
  const rows = await env.DB.prepare("SELECT id FROM videos").all<{ id: string }>();
  for (const { id } of rows.results) await board().cancel(id);
  await env.DB.prepare("DROP TRIGGER IF EXISTS broken").run();
  await runInDurableObject(board(), (instance) => {
    instance.nowMs = Date.now;
  });
});

describe("from a source to a sealed version", () => {
  it("gives out the probe, then what makes the video playable, then the rest, and seals it whole", async () => {
    const videoId = await submitted();
    expect(await runner.workAll(probe)).toEqual([
      "probe",
      "video 0 v240,v360",
      "audio a0",
      "video 1",
      "video 2",
      "images",
    ]);
    expect(await video(videoId)).toMatchObject({
      state: "ready",
      playable: 1,
      percent: 100,
      duration_seconds: 40,
      frame_rate: "25/1",
    });
    const sealed = await version(videoId);
    expect(sealed).toMatchObject({ state: "sealed", gop_ticks: 180_000, gop_timescale: 90_000 });
    expect(JSON.parse(sealed?.formats ?? "")).toEqual([
      expect.objectContaining({ id: "v240", codec: "avc1.64001f", timescale: 90_000, editStartTicks: 7200 }),
      expect.objectContaining({
        id: "v360",
        width: 640,
        height: 360,
        frameRate: { numerator: 25, denominator: 1 },
      }),
      expect.objectContaining({
        id: "a0",
        codec: "mp4a.40.2",
        channels: 2,
        language: "en",
        editStartTicks: 1024,
      }),
    ]);
    expect(JSON.parse(sealed?.images ?? "")).toMatchObject({
      attempt: 1,
      poster: [{ width: 640 }, { width: 320 }],
      thumbnails: { everySeconds: 10, count: 4, sizes: [{ width: 640 }, { width: 320 }, { width: 160 }] },
      storyboard: { width: 160, columns: 10, rows: 10 },
      preview: { width: 320, height: 180 },
    });
    expect(await board().stats()).toEqual({ isPaused: false, jobs: 0, openTasks: 0, tasks: [] });
  });

  it("leaves exactly the objects that its index names", async () => {
    const videoId = await submitted();
    await runner.workAll(probe);
    const perTrack = (track: string) => [
      `${track}/0.1.m4s`,
      `${track}/1.1.m4s`,
      `${track}/2.1.m4s`,
      `${track}/init.mp4`,
    ];
    expect(await keys(versionPrefix(videoId, 1))).toEqual(
      [
        ...["a0", "v240", "v360"].flatMap(perTrack),
        ...["a0", "v240", "v360"].map((track) => `index/${track}.bin`),
        ...["images/poster-320.1.jpg", "images/poster-640.1.jpg", "images/preview.1.mp4"],
        ...["images/storyboard.1.bin", ...[160, 320, 640].map((width) => `images/thumbnails-${width}.1.bin`)],
      ].sort(),
    );
  });

  it("writes an index of equally many fragments for every track, gapless from the first tick", async () => {
    const videoId = await submitted();
    await runner.workAll(probe);
    for (const [track, ticks] of [
      ["v240", 40 * 90_000],
      ["v360", 40 * 90_000],
      ["a0", 1876 * 1024],
    ] as const) {
      const object = await env.MEDIA.get(`${versionPrefix(videoId, 1)}index/${track}.bin`);
      const index = decodeTrackIndex(new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer(0)));
      if (!index.ok) throw new Error(index.reason.kind);
      expect(index.value).toMatchObject({ first: 0, startTicks: 0 });
      expect(index.value.durationTicks.length).toBe(20);
      expect(index.value.durationTicks.reduce((sum, each) => sum + each, 0)).toBe(ticks);
      expect(index.value.runs.map(({ from }) => from)).toEqual([0, 6, 18]);
    }
  });

  it("shows a chunk only when all of its tracks are accepted, and is playable with the first", async () => {
    const videoId = await planned();
    const first = await runner.mustClaim();
    expect(await video(videoId)).toMatchObject({ state: "processing", playable: 0, duration_seconds: 40 });
    await runner.work(first, probe);
    expect(await chunks(videoId)).toEqual([]);
    const sound = await runner.mustClaim();
    await runner.deliver(sound, (chunk) => chunk === 0);
    expect(await chunks(videoId)).toEqual([0]);
    expect(await video(videoId)).toMatchObject({ state: "processing", playable: 1 });
    expect(await version(videoId)).toMatchObject({ state: "encoding", images: null });
    const row = await env.DB.prepare("SELECT index_blob FROM chunks WHERE video_id = ?")
      .bind(videoId)
      .first<{ index_blob: number[] }>();
    const index = decodeChunkIndex(Uint8Array.from(row?.index_blob ?? []));
    expect(index.ok && index.value.map(({ track }) => track)).toEqual(["v240", "v360", "a0"]);
  });

  it("plays sound alone, and pictures alone", async () => {
    const sound = await submitted();
    await runner.workAll(fakeProbe({ seconds: 20, sound: true, picture: false }));
    expect(await video(sound)).toMatchObject({ state: "ready", frame_rate: null });
    expect(await version(sound)).toMatchObject({ images: null });
    const picture = await submitted();
    await runner.workAll(fakeProbe({ seconds: 20, sound: false, picture: true }));
    expect(await video(picture)).toMatchObject({ state: "ready" });
    expect(JSON.parse((await version(picture))?.formats ?? "")).toHaveLength(2);
  });

  it("is the same version when it is submitted again, before and after its end", async () => {
    const videoId = await submitted();
    const again = { videoId, version: 1, sourceKey: `sources/${videoId}/original`, sizeBytes: 5000 };
    await board().submit(again);
    expect((await board().stats()).openTasks).toBe(1);
    await runner.workAll(probe);
    const before = await keys(videoPrefix(videoId));
    await board().submit(again);
    expect(await board().stats()).toMatchObject({ jobs: 0, openTasks: 0 });
    expect(await keys(videoPrefix(videoId))).toEqual(before);
  });

  it("tells the viewer how far it is, from what runners say of their tasks", async () => {
    const videoId = await planned();
    const task = await runner.mustClaim();
    await setClock(Date.now() + 3_000);
    await expectStatus(200, runner.heartbeat(task, 0.5));
    await expect.poll(async () => (await video(videoId))?.percent).toBeGreaterThan(10);
    expect((await video(videoId))?.percent).toBeLessThan(20);
  });

  it("gives other videos' first chunks before the bulk of an older one, and finishes the older one first", async () => {
    await planned();
    const second = await submitted();
    const order: string[] = [];
    const owners: boolean[] = [];
    for (let task = await runner.claim(); task !== null; task = await runner.claim()) {
      order.push(task.work.kind === "video" ? `video ${task.work.chunk}` : task.work.kind);
      owners.push(task.videoId === second);
      if (task.work.kind === "probe") await runner.work(task, probe);
    }
    expect(order.slice(0, 5)).toEqual(["probe", "video 0", "audio", "video 0", "audio"]);
    expect(order.slice(5)).toEqual(["video 1", "video 2", "images", "video 1", "video 2", "images"]);
    expect(owners.slice(5)).toEqual([false, false, false, true, true, true]);
  });
});

describe("leases", () => {
  it("gives a task whose runner fell silent to another, and refuses every word of the first", async () => {
    await planned();
    const zombie = await runner.mustClaim();
    const made = encode(zombie);
    await loseLeases();
    await later();
    const heir = await new FakeRunner("heir").mustClaim();
    expect(heir).toMatchObject({ id: zombie.id, attempt: 2 });
    const tracks = made.map(({ track }) => track);
    await expectStatus(409, runner.heartbeat(zombie, 0.9));
    await expectStatus(409, runner.report(zombie, 0, tracks));
    await expectStatus(409, runner.complete(zombie, { kind: "chunks" }));
    await expectStatus(409, runner.fail(zombie, "runner"));
    for (const { url, bytes } of made) await expectStatus(409, runner.put(url, bytes));
    expect(await keys(videoPrefix(zombie.videoId))).toEqual([]);
    await expectStatus(200, runner.heartbeat(heir, 0.1));
  });

  it("keeps a lease alive for as long as its runner is heard", async () => {
    await planned();
    const task = await runner.mustClaim();
    await setClock(Date.now() + 25_000);
    await expectStatus(200, runner.heartbeat(task, 0.2));
    await setClock(Date.now() + 50_000);
    await runDurableObjectAlarm(board());
    await expectStatus(200, runner.heartbeat(task, 0.3));
  });

  it("fails the video after ten leases ran out, with a reason, and leaves nothing of it", async () => {
    const videoId = await planned();
    let nowMs = Date.now();
    for (let round = 1; round <= maxLapses; round++) {
      await setClock(nowMs);
      const task = await runner.mustClaim();
      expect(task).toMatchObject({ attempt: round, work: { kind: "video", chunk: 0 } });
      if (round === 1)
        for (const { url, bytes } of encode(task)) await expectStatus(201, runner.put(url, bytes));
      nowMs += 31_000;
      await setClock(nowMs);
      await runDurableObjectAlarm(board());
      nowMs += 60_000;
    }
    expect(await video(videoId)).toMatchObject({ state: "error", playable: 0, error_code: "encodeFailed" });
    expect(await board().stats()).toMatchObject({ jobs: 0 });
    await expectErasedAfterGrace(videoId);
  });

  it("fails the video at once when the source is to blame, by its code, and erases what was published", async () => {
    const videoId = await planned();
    await runner.work(await runner.mustClaim(), probe);
    await runner.work(await runner.mustClaim(), probe);
    expect(await chunks(videoId)).toEqual([0]);
    const other = await runner.mustClaim();
    const task = await runner.mustClaim();
    await expectStatus(204, runner.fail(task, "source", "sourceTruncated"));
    expect(await video(videoId)).toMatchObject({
      state: "error",
      playable: 0,
      error_code: "sourceTruncated",
    });
    expect(await chunks(videoId)).toEqual([]);
    expect(await version(videoId)).toBeNull();
    await expectStatus(409, runner.heartbeat(other, 0.5));
    await expect.poll(() => keys(videoPrefix(videoId)), queueDelay).toEqual([]);
    await expect.poll(() => keys(`sources/${videoId}/`), queueDelay).toEqual([]);
  });

  it("fails the video when nothing in it can be played", async () => {
    const videoId = await submitted();
    const task = await runner.mustClaim();
    await expectStatus(
      204,
      runner.complete(task, { kind: "probe", probe: { container: "mp4", streams: [] } }),
    );
    expect(await video(videoId)).toMatchObject({ state: "error", error_code: "noMedia" });
    expect(await runner.claim()).toBeNull();
  });

  it("seals a video without pictures when their task is given up", async () => {
    const videoId = await planned();
    const images = await claimKind("images");
    await expectStatus(204, runner.fail(images, "source", "unreadable"));
    await runner.workAll(probe);
    expect(await video(videoId)).toMatchObject({ state: "ready" });
    expect(await version(videoId)).toMatchObject({ state: "sealed", images: null });
  });

  it("gives a task that was handed back at once to the next runner", async () => {
    await planned();
    const task = await runner.mustClaim();
    await expectStatus(204, runner.fail(task, "handback"));
    expect(await runner.mustClaim()).toMatchObject({ id: task.id, attempt: 2 });
  });

  it("takes up sound where the lost attempt was accepted", async () => {
    const videoId = await planned();
    const sound = await claimKind("audio");
    await runner.deliver(sound, (chunk) => chunk === 0);
    await loseLeases();
    await later();
    const heir = await claimKind("audio");
    expect(heir.work.kind === "audio" && heir.work.chunks.map(({ chunk }) => chunk)).toEqual([1, 2]);
    await runner.work(heir, probe);
    await runner.workAll(probe);
    expect(await video(videoId)).toMatchObject({ state: "ready" });
    expect((await keys(`${versionPrefix(videoId, 1)}a0/`)).filter((key) => key.endsWith("m4s"))).toEqual([
      "0.1.m4s",
      `1.${heir.attempt}.m4s`,
      `2.${heir.attempt}.m4s`,
    ]);
  });

  it("removes the objects of attempts that lost", async () => {
    const videoId = await planned();
    const zombie = await runner.mustClaim();
    for (const { url, bytes } of encode(zombie)) await expectStatus(201, runner.put(url, bytes));
    await loseLeases();
    await later();
    await runner.workAll(probe);
    expect(await video(videoId)).toMatchObject({ state: "ready" });
    expect((await keys(`${versionPrefix(videoId, 1)}v240/`)).sort()).toEqual([
      "0.2.m4s",
      "1.1.m4s",
      "2.1.m4s",
      "init.mp4",
    ]);
  });

  it("calls a task done whose every chunk was accepted, though its runner died before saying so", async () => {
    const videoId = await planned();
    await runner.deliver(await runner.mustClaim());
    await loseLeases();
    await later();
    const order = await runner.workAll(probe);
    expect(order).toEqual(["audio a0", "video 1", "video 2", "images"]);
    expect(await video(videoId)).toMatchObject({ state: "ready" });
  });
});

describe("claims that wait", () => {
  it("are answered the moment a task appears", async () => {
    const waiting = runner.claim(20);
    await submitted();
    expect(await waiting).toMatchObject({ work: { kind: "probe" } });
  });

  it("are answered with nothing when their time is over", async () => {
    expect(await runner.claim(0.05)).toBeNull();
  });

  it("are served in turn, each with another task", async () => {
    const waiting = [new FakeRunner("one").claim(20), new FakeRunner("two").claim(20)];
    await submitted();
    await submitted();
    const tasks = await Promise.all(waiting);
    expect(new Set(tasks.map((task) => task?.videoId)).size).toBe(2);
  });
});

describe("reports", () => {
  it("are true however often they are said", async () => {
    const videoId = await planned();
    const task = await runner.mustClaim();
    await runner.deliver(task);
    const tracks = encode(task).map(({ track }) => track);
    await expectStatus(204, runner.report(task, 0, tracks));
    await expectStatus(204, runner.complete(task, { kind: "chunks" }));
    await expectStatus(204, runner.complete(task, { kind: "chunks" }));
    await expectStatus(204, runner.report(task, 0, tracks));
    await runner.workAll(probe);
    expect(await video(videoId)).toMatchObject({ state: "ready" });
    expect(await chunks(videoId)).toEqual([0, 1, 2]);
  });

  const refusals: readonly [
    string,
    (tracks: Task) => { tracks: ReturnType<typeof encode>[number]["track"][]; chunk: number },
    RegExp,
  ][] = [
    ["a track is missing", (task) => ({ chunk: 0, tracks: tracksOf(task).slice(1) }), /are planned/],
    [
      "a track is there twice",
      (task) => ({ chunk: 0, tracks: [...tracksOf(task), ...tracksOf(task)] }),
      /are planned/,
    ],
    ["it is of another chunk", (task) => ({ chunk: 1, tracks: tracksOf(task) }), /./],
    [
      "the sizes don't add up to the object",
      (task) => ({
        chunk: 0,
        tracks: changed(task, (entry) => ({ ...entry, sizeBytes: entry.sizeBytes + 1 })),
      }),
      /bytes/,
    ],
    [
      "a fragment is one tick long",
      (task) => ({ chunk: 0, tracks: changed(task, (entry) => ({ ...entry, durationTicks: 1 })) }),
      /ends at/,
    ],
    [
      "a fragment does not start with a key frame",
      (task) => ({ chunk: 0, tracks: changed(task, (entry) => ({ ...entry, sync: false })) }),
      /sync/,
    ],
    [
      "it starts off the grid",
      (task) => ({ chunk: 0, tracks: tracksOf(task).map((track) => ({ ...track, startTicks: 3600 })) }),
      /starts at/,
    ],
    [
      "its init segment is none",
      (task) => ({
        chunk: 0,
        tracks: tracksOf(task).map((track) => ({ ...track, initBase64: btoa("init") })),
      }),
      /init segment/,
    ],
    [
      "its init segment is of another size",
      (task) => ({
        chunk: 0,
        tracks: tracksOf(task).map((track, _, all) => ({
          ...track,
          initBase64: all.at(-1 - all.indexOf(track))?.initBase64 ?? "",
        })),
      }),
      /timescale/,
    ],
  ];

  it.each(refusals)("are refused when %s, and the task stays with its runner", async (_, wrong, detail) => {
    const videoId = await planned();
    const task = await runner.mustClaim();
    for (const { url, bytes } of encode(task)) await expectStatus(201, runner.put(url, bytes));
    const { chunk, tracks } = wrong(task);
    const refused = await expectStatus(422, runner.report(task, chunk, tracks));
    expect(await refused.json()).toMatchObject({
      code: "unprocessable",
      detail: expect.stringMatching(detail) as unknown,
    });
    expect(await chunks(videoId)).toEqual([]);
    await expectStatus(204, runner.report(task, 0, tracksOf(task)));
  });

  const offGrid: readonly [string, (entries: Entry[]) => Entry[]][] = [
    ["is cut one frame late", ([first, ...rest]) => (first ? [longer(first, 1024), ...rest] : rest)],
    ["ends before the picture", (entries) => [...entries.slice(0, -1), longer(entries.at(-1), -2048)]],
    [
      "goes on long after the picture",
      (entries) => [...entries.slice(0, -1), longer(entries.at(-1), 9 * 1024)],
    ],
  ];

  it.each(offGrid)("are refused when the sound %s", async (_, change) => {
    await planned(fakeProbe({ seconds: 10, sound: true, picture: false }));
    const task = await runner.mustClaim();
    const [made] = encode(task);
    if (made === undefined) throw new Error("no chunk");
    await expectStatus(201, runner.put(made.url, made.bytes));
    const wrong = { ...made.track, fragments: change(made.track.fragments) };
    const refused = await expectStatus(422, runner.report(task, 0, [wrong]));
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining("ends at") as unknown });
    await expectStatus(204, runner.report(task, 0, [made.track]));
  });

  it("are refused when the object was never uploaded", async () => {
    await planned();
    const task = await runner.mustClaim();
    await expectStatus(422, runner.report(task, 0, tracksOf(task)));
  });

  it("are refused when a later chunk has another init segment than the first", async () => {
    await planned();
    await runner.deliver(await runner.mustClaim());
    await runner.mustClaim();
    const second = await runner.mustClaim();
    const made = encode(second);
    for (const { url, bytes } of made) await expectStatus(201, runner.put(url, bytes));
    // The same track with another edit list, as a chunk of one picture has.
    const other = made.map(({ track }) => {
      const bytes = Uint8Array.from(atob(track.initBase64), (character) => character.charCodeAt(0));
      const at = indexOf(bytes, "elst") + 4 + 4 + 4 + 4 + 3;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return { ...track, initBase64: btoa(String.fromCharCode(...bytes)) };
    });
    const refused = await expectStatus(422, runner.report(second, 1, other));
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining("another") as unknown });
  });

  it("of completion are refused before every chunk was reported, or for pictures that were not uploaded", async () => {
    await planned();
    await expectStatus(422, runner.complete(await runner.mustClaim(), { kind: "chunks" }));
    await expectStatus(
      422,
      runner.complete(await claimKind("images"), { kind: "images", thumbnailCount: 4 }),
    );
  });

  it("of completion are refused when they are of another kind than the task", async () => {
    await submitted();
    await expectStatus(422, runner.complete(await runner.mustClaim(), { kind: "chunks" }));
  });
});

describe("crashes", () => {
  it("lose nothing when the board is evicted between any two words of a runner", async () => {
    const videoId = await submitted();
    const order: string[] = [];
    for (let task = await runner.claim(); task !== null; task = await runner.claim()) {
      await evictDurableObject(board());
      order.push(task.work.kind);
      if (task.work.kind === "video" || task.work.kind === "audio") {
        await runner.deliver(task);
        await evictDurableObject(board());
        await expectStatus(204, runner.complete(task, { kind: "chunks" }));
      } else {
        await runner.work(task, probe);
      }
      await evictDurableObject(board());
    }
    expect(order).toEqual(["probe", "video", "audio", "video", "video", "images"]);
    expect(await video(videoId)).toMatchObject({ state: "ready" });
  });

  it("of the database between the index objects and the seal are made good by the alarm, once", async () => {
    const videoId = await planned();
    const mend = await breakDatabase(sealOfVersion);
    await runner.workAll(probe);
    expect(await video(videoId)).toMatchObject({ state: "processing" });
    const written = await keys(`${versionPrefix(videoId, 1)}index/`);
    expect(written).toEqual(["a0.bin", "v240.bin", "v360.bin"]);
    const before = await Promise.all(
      written.map((key) => env.MEDIA.head(`${versionPrefix(videoId, 1)}index/${key}`)),
    );
    await evictDurableObject(board());
    await mend();
    await later();
    await runDurableObjectAlarm(board());
    expect(await video(videoId)).toMatchObject({ state: "ready" });
    const after = await Promise.all(
      written.map((key) => env.MEDIA.head(`${versionPrefix(videoId, 1)}index/${key}`)),
    );
    expect(after.map((head) => head?.etag)).toEqual(before.map((head) => head?.etag));
    expect(await board().stats()).toMatchObject({ jobs: 0 });
  });

  it("between the seal and the removal of what lost leave a version that is swept all the same", async () => {
    const videoId = await planned();
    const stray = `${versionPrefix(videoId, 1)}v240/1.9.m4s`;
    const mend = await breakDatabase(sealOfVersion);
    await runner.workAll(probe);
    await mend();
    // What the crashed call had committed, and no more.
    await env.DB.batch([
      env.DB.prepare("UPDATE versions SET state = 'sealed' WHERE video_id = ?").bind(videoId),
      env.DB.prepare("UPDATE videos SET state = 'ready' WHERE id = ?").bind(videoId),
    ]);
    await env.MEDIA.put(stray, "lost");
    await later();
    await runDurableObjectAlarm(board());
    expect(await keys(`${versionPrefix(videoId, 1)}v240/`)).toHaveLength(4);
    expect(await env.MEDIA.head(stray)).toBeNull();
    expect(await board().stats()).toMatchObject({ jobs: 0 });
  });

  it("of the database at a report don't lose the chunk, which is published when it is back", async () => {
    const videoId = await planned(fakeProbe({ seconds: 20, sound: false, picture: true }));
    const mend = await breakDatabase("INSERT ON chunks");
    const task = await runner.mustClaim();
    await runner.work(task, probe);
    expect(await chunks(videoId)).toEqual([]);
    await mend();
    await later();
    await runDurableObjectAlarm(board());
    expect(await chunks(videoId)).toEqual([0]);
  });

  it("between the publication and its note publish the chunk once", async () => {
    const videoId = await planned(fakeProbe({ seconds: 20, sound: false, picture: true }));
    await runner.deliver(await runner.mustClaim());
    // As if the board had died with the commit: it knows nothing of it, and owes it.
    await runInDurableObject(board(), (_, state) => {
      state.storage.sql.exec("DELETE FROM published");
      state.storage.sql.exec("UPDATE jobs SET due_ms = 1");
    });
    await evictDurableObject(board());
    await runInDurableObject(board(), (_, state) => state.storage.setAlarm(Date.now() + 60_000));
    await runDurableObjectAlarm(board());
    expect(await chunks(videoId)).toEqual([0]);
    await runner.workAll(probe);
    await loseLeases();
    expect(await video(videoId)).toMatchObject({ state: "ready" });
    expect(await chunks(videoId)).toEqual([0, 1]);
  });

  it("of the database are answered by waiting longer each time", async () => {
    await planned(fakeProbe({ seconds: 20, sound: false, picture: true }));
    const mend = await breakDatabase("INSERT ON chunks");
    let nowMs = Date.now();
    await setClock(nowMs);
    await runner.deliver(await runner.mustClaim());
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      const dueMs = await runInDurableObject(board(), (_, state) =>
        Number(state.storage.sql.exec("SELECT due_ms FROM jobs").one()["due_ms"]),
      );
      waits.push(dueMs - nowMs);
      nowMs = dueMs;
      await setClock(nowMs);
      await runInDurableObject(board(), (_, state) => state.storage.setAlarm(nowMs));
      await runDurableObjectAlarm(board());
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
    await mend();
  });

  it("of the database when a video fails leave it failed in the end", async () => {
    const videoId = await planned();
    const mend = await breakDatabase("UPDATE ON videos WHEN NEW.state = 'error'");
    const task = await runner.mustClaim();
    await expectStatus(204, runner.fail(task, "source", "unreadable"));
    expect(await video(videoId)).toMatchObject({ state: "processing" });
    expect(await runner.claim()).toBeNull();
    await mend();
    await later();
    await runDurableObjectAlarm(board());
    expect(await video(videoId)).toMatchObject({ state: "error", error_code: "unreadable" });
  });
});

describe("a deleted video", () => {
  it("takes the lease from its runners and writes nothing more", async () => {
    const videoId = await planned();
    const task = await runner.mustClaim();
    const made = encode(task);
    await env.DB.prepare("DELETE FROM videos WHERE id = ?").bind(videoId).run();
    await board().cancel(videoId);
    await expectStatus(409, runner.heartbeat(task, 0.1));
    for (const { url, bytes } of made) await expectStatus(409, runner.put(url, bytes));
    await expectStatus(409, runner.report(task, 0, tracksOf(task)));
    expect(await keys(videoPrefix(videoId))).toEqual([]);
    expect(await runner.claim()).toBeNull();
  });

  it("is told that the board is done with it only when nothing is being written any more", async () => {
    const videoId = await planned(fakeProbe({ seconds: 20, sound: false, picture: true }));
    const mend = await breakDatabase("INSERT ON chunks");
    await runner.deliver(await runner.mustClaim());
    await mend();
    const order = await runInDurableObject(board(), async (_, state) => {
      const happened: string[] = [];
      let open = () => {};
      const gate = new Promise<void>((resolve) => (open = resolve));
      let begin = () => {};
      const begun = new Promise<void>((resolve) => (begin = resolve));
      // The real database, behind a door.
      const DB = new Proxy(env.DB, {
        get: (target, property) => {
          if (property === "prepare") return target.prepare.bind(target);
          return async (statements: D1PreparedStatement[]) => {
            begin();
            await gate;
            const results = await target.batch(statements);
            happened.push("written");
            return results;
          };
        },
      });
      const context = boardContext(state, { ...env, DB }, Date.now);
      const { rows } = context;
      const driver = new JobDriver(context);
      const [job] = rows.jobsOf(videoId);
      if (job === undefined) throw new Error("no job");
      const driven = driver.drive(job.id);
      await begun;
      const cancelled = driver.cancel(job).then(() => happened.push("cancelled"));
      expect(rows.job(job.id)).toBeNull();
      open();
      await Promise.all([driven, cancelled]);
      return happened;
    });
    expect(order).toEqual(["written", "cancelled"]);
  });

  it("gets no rows from a report that comes in before the board was told", async () => {
    const videoId = await planned(fakeProbe({ seconds: 20, sound: false, picture: true }));
    const task = await runner.mustClaim();
    await env.DB.prepare("DELETE FROM videos WHERE id = ?").bind(videoId).run();
    await runner.deliver(task);
    expect(await chunks(videoId)).toEqual([]);
    expect(await version(videoId)).toBeNull();
    expect(await board().stats()).toMatchObject({ jobs: 0 });
  });
});

function tracksOf(task: Task) {
  return encode(task).map(({ track }) => track);
}

type Entry = ReturnType<typeof tracksOf>[number]["fragments"][number];

function longer(entry: Entry | undefined, ticks: number): Entry {
  if (entry === undefined) throw new Error("nothing to change");
  return { ...entry, durationTicks: entry.durationTicks + ticks };
}

/** The last fragment of the last track is another. */
function changed(task: Task, change: (entry: Entry) => Entry) {
  const tracks = tracksOf(task);
  const last = tracks.at(-1);
  const entry = last?.fragments.at(-1);
  if (last === undefined || entry === undefined) throw new Error("nothing to change");
  return [...tracks.slice(0, -1), { ...last, fragments: [...last.fragments.slice(0, -1), change(entry)] }];
}

function indexOf(bytes: Uint8Array, type: string): number {
  const wanted = Array.from(type, (character) => character.charCodeAt(0));
  return bytes.findIndex((_, at) => wanted.every((code, index) => bytes[at + index] === code));
}
