// A file is uploaded, and plays: the real upload, database and bucket, and the whole edge path.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { concatBytes } from "#workers/bytes.ts";
import { readFragments } from "#workers/packaging/cmaf/fragments.ts";
import { sourceKey, sourceLayoutKey } from "#workers/storage/keys.ts";
import { insertApiKey } from "#workers/testing/api-client.ts";
import { buildMatroska } from "#workers/testing/build-matroska.ts";
import type { MovieSample } from "#workers/testing/build-movie.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { sealLadder } from "#workers/testing/seal-ladder.ts";
import { tinyFilm, type TinyFilm } from "#workers/testing/tiny-film.ts";
import { createUpload, patch } from "#workers/testing/tus-client.ts";

const film = tinyFilm([2, 3, 6, 1, 2, 4]);
/** Seconds at which its fragments begin, and its end: at the first key frame four seconds after the one before. */
const edges = [0, 5, 11, 18];

interface Uploaded {
  readonly videoId: string;
  readonly playbackId: string;
}

async function upload(bytes: Uint8Array, encoding = "standard"): Promise<Uploaded> {
  const { url, videoId } = await createUpload(bytes.length);
  await env.DB.prepare("UPDATE videos SET encoding = ? WHERE id = ?").bind(encoding, videoId).run();
  expect((await patch(url, 0, new Uint8Array(bytes))).status).toBe(204);
  const row = await env.DB.prepare("SELECT id FROM playback_ids WHERE video_id = ?")
    .bind(videoId)
    .first<{ id: string }>();
  return { videoId, playbackId: row?.id ?? "" };
}

const video = (videoId: string) =>
  env.DB.prepare(
    "SELECT state, playable, percent, instant, duration_seconds, width, height, error_code FROM videos WHERE id = ?",
  )
    .bind(videoId)
    .first();

const messages = async (videoId: string) =>
  (
    await env.DB.prepare("SELECT body FROM outbox WHERE queue <> 'event' AND body LIKE ?")
      .bind(`%${videoId}%`)
      .all()
  ).results.length;

/** What the samples between two seconds are in the file. */
function samplesOf(
  { bytes }: TinyFilm,
  samples: readonly MovieSample[],
  timescale: number,
  [from, to]: Edges,
) {
  let ticks = 0;
  const within = samples.filter(({ durationTicks }) => {
    const at = ticks / timescale;
    ticks += durationTicks;
    return at >= from && at < to;
  });
  return {
    count: within.length,
    data: concatBytes(
      within.map(({ offsetBytes, sizeBytes }) => bytes.subarray(offsetBytes, offsetBytes + sizeBytes)),
    ),
  };
}
type Edges = readonly [from: number, to: number];

function dataOf(segment: Uint8Array) {
  const read = readFragments(segment);
  if (!read.ok || read.value.length !== 1) throw new Error("not one fragment");
  const [fragment] = read.value;
  if (fragment === undefined) throw new Error("no fragment");
  return { count: fragment.samples.length, data: segment.subarray(fragment.dataOffsetBytes) };
}

const segmentLines = (playlist: string) => playlist.split("\n").filter((line) => line.endsWith(".m4s"));

describe("a file that suits players", () => {
  it("is playable when the answer to its last byte is sent, with its ladder to come", async () => {
    const { videoId } = await upload(film.bytes);
    expect(await video(videoId)).toMatchObject({
      ...{ state: "uploaded", playable: 1, error_code: null, instant: '{"state":"playable"}' },
      ...{ width: 1280, height: 720 },
    });
    expect(await messages(videoId)).toBe(1);
    const versions = await env.DB.prepare(
      "SELECT version, kind, state FROM versions WHERE video_id = ? ORDER BY version",
    )
      .bind(videoId)
      .all();
    expect(versions.results).toEqual([
      { version: 0, kind: "source", state: "sealed" },
      { version: 1, kind: "ladder", state: "encoding" },
    ]);
  });

  it("is cut at its key frames, and every segment holds the file's own samples, picture and sound", async () => {
    const { playbackId } = await upload(film.bytes);
    const isolate = new Location().isolate();
    const { root, text } = await isolate.open(playbackId);
    expect(text).not.toContain("PATHWAY");
    expect(text).not.toContain("I-FRAME");
    const playlist = await isolate.fetch(`${root}/0-v0/index.m3u8`);
    expect(playlist.text).toContain("#EXT-X-TARGETDURATION:7\n");
    expect(playlist.text).toContain("#EXT-X-ENDLIST");
    expect([...playlist.text.matchAll(/EXTINF:([\d.]+)/g)].map(([, seconds]) => Number(seconds))).toEqual([
      5, 6, 7,
    ]);
    for (const [n, line] of segmentLines(playlist.text).entries()) {
      const picture = await isolate.fetch(`${root}/0-v0/${line}`);
      const span: Edges = [edges[n] ?? 0, edges[n + 1] ?? 0];
      expect(dataOf(picture.bytes)).toEqual(samplesOf(film, film.pictures, 25_000, span));
    }
    const sounds = [];
    for (const n of [0, 1, 2]) sounds.push(dataOf((await isolate.fetch(`${root}/0-a0/1/${n}.m4s`)).bytes));
    const all = samplesOf(film, film.sounds, 48_000, [0, Infinity]);
    expect(concatBytes(sounds.map(({ data }) => data))).toEqual(all.data);
    expect((await isolate.fetch(`${root}/0-v0/iframes.m3u8`)).code, "nothing to scrub by").toBe("notFound");
  });

  it("has DASH at once", async () => {
    const { playbackId } = await upload(film.bytes);
    const mpd = await new Location().isolate().fetch(`/p/${playbackId}/dash.mpd`);
    expect(mpd.status).toBe(200);
    expect(mpd.text).toContain('media="0-$RepresentationID$/1/$Number$.m4s"');
    expect(mpd.text).toContain('<S t="0" d="450000"/>\n<S d="540000"/>\n<S d="630000"/>');
  });

  it("is read once for picture and sound of a moment, by few reads, and then not at all", async () => {
    const { videoId, playbackId } = await upload(film.bytes);
    const location = new Location();
    const isolate = location.isolate();
    const { root } = await isolate.open(playbackId);
    const file = () => location.reads.filter((key) => key === sourceKey(videoId)).length;
    const layout = () => location.reads.filter((key) => key === sourceLayoutKey(videoId, 0)).length;
    const [picture, sound] = await Promise.all([
      isolate.fetch(`${root}/0-v0/1/1.m4s`),
      isolate.fetch(`${root}/0-a0/1/1.m4s`),
    ]);
    expect([picture.status, sound.status]).toEqual([200, 200]);
    const reads = file();
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThanOrEqual(4);
    await isolate.fetch(`${root}/0-v0/1/0.m4s`);
    const after = file();
    const cold = location.isolate();
    for (const path of ["0-v0/1/1.m4s", "0-a0/1/1.m4s", "0-a0/1/0.m4s"])
      expect((await cold.fetch(`${root}/${path}`)).header("Server-Timing")).toBe("cache;desc=edge");
    expect([file(), layout()]).toEqual([after, 1]);
  });

  it("answers ranges, HEAD and conditions without reading more than it must", async () => {
    const { playbackId } = await upload(film.bytes);
    const location = new Location();
    const isolate = location.isolate();
    const { root } = await isolate.open(playbackId);
    const path = `${root}/0-v0/1/2.m4s`;
    const head = await isolate.fetch(path, { method: "HEAD" });
    const reads = location.reads.length;
    const size = Number(head.header("Content-Length"));
    const etag = head.header("ETag") ?? "";
    expect((await isolate.fetch(path, { headers: { "If-None-Match": etag } })).status).toBe(304);
    expect((await isolate.fetch(path, { headers: { Range: `bytes=${size}-` } })).status).toBe(416);
    expect(location.reads.length, "none of these needs a byte").toBe(reads);
    const whole = await isolate.fetch(path);
    expect([whole.bytes.length, whole.header("ETag"), whole.header("Content-Type")]).toEqual([
      ...[size, etag, "video/mp4"],
    ]);
    for (const range of ["bytes=10-1009", "bytes=-50"]) {
      const part = await isolate.fetch(path, { headers: { Range: range } });
      expect(part.status).toBe(206);
      expect(part.bytes).toEqual(
        range === "bytes=-50" ? whole.bytes.slice(-50) : whole.bytes.slice(10, 1010),
      );
    }
  });

  it("is cut to a clip by its own fragments, and a clip is never moved", async () => {
    const { playbackId } = await upload(film.bytes);
    const isolate = new Location().isolate();
    const { root, text } = await isolate.open(playbackId, "start=6&end=10.5&pathways=1");
    expect(text).toContain("#EXT-X-START:TIME-OFFSET=1.000,PRECISE=YES");
    expect(text).not.toContain("PATHWAY");
    expect(segmentLines((await isolate.fetch(`${root}/0-v0/index.m3u8`)).text)).toEqual(["1/1.m4s"]);
    for (const path of ["0-v0/1/0.m4s", "0-v0/1/2.m4s", "1-v360/index.m3u8"])
      expect((await isolate.fetch(`${root}/${path}`)).code, path).toBe("notFound");
  });
});

describe("a Matroska file", () => {
  const bytes = buildMatroska();

  it("plays likewise, and how large a segment is, is told once it is made", async () => {
    const { videoId, playbackId } = await upload(bytes);
    expect(await video(videoId)).toMatchObject({ playable: 1, instant: '{"state":"playable"}' });
    const location = new Location();
    const isolate = location.isolate();
    const { root } = await isolate.open(playbackId);
    const path = `${root}/0-v0/1/1.m4s`;
    const head = await isolate.fetch(path, { method: "HEAD" });
    const whole = await isolate.fetch(path);
    expect([head.header("Content-Length"), head.header("ETag")]).toEqual([
      ...[String(whole.bytes.length), whole.header("ETag")],
    ]);
    expect(dataOf(whole.bytes).count).toBe(40);
    const part = await isolate.fetch(path, { headers: { Range: "bytes=5-24" } });
    expect([part.status, part.header("Content-Range")]).toEqual([206, `bytes 5-24/${whole.bytes.length}`]);
    expect(part.bytes).toEqual(whole.bytes.slice(5, 25));
    expect((await isolate.fetch(path, { headers: { "If-None-Match": "*" } })).status).toBe(304);
    expect((await isolate.fetch(`${root}/0-a0/1/1.m4s`)).header("Server-Timing")).toBe("cache;desc=edge");
    expect(location.reads.filter((key) => key === sourceKey(videoId))).toHaveLength(1);
  });

  it.each(["cacheApi", "workersCache"])("and an MP4 are the same behind %s", async (MEDIA_CACHE) => {
    for (const file of [bytes, film.bytes]) {
      const { videoId, playbackId } = await upload(file);
      const location = new Location({ MEDIA_CACHE });
      const isolate = location.isolate();
      const { root } = await isolate.open(playbackId);
      const [picture, sound] = [
        await isolate.fetch(`${root}/0-v0/1/0.m4s`),
        await isolate.fetch(`${root}/0-a0/1/0.m4s`),
      ];
      expect(dataOf(picture.bytes).count).toBeGreaterThan(0);
      expect(dataOf(sound.bytes).count).toBeGreaterThan(0);
      const part = await isolate.fetch(`${root}/0-v0/1/0.m4s`, { headers: { Range: "bytes=100-199" } });
      expect(part.bytes).toEqual(picture.bytes.slice(100, 200));
      await env.MEDIA.delete(sourceKey(videoId));
      const gone = await isolate.fetch(`${root}/0-v0/1/1.m4s`);
      expect([gone.status, gone.code]).toEqual([404, "notFound"]);
    }
  });
});

describe("the move to the ladder", () => {
  it("is offered to players that ask, by steering; the other pathway is there when the ladder is whole", async () => {
    const { videoId, playbackId } = await upload(film.bytes);
    const location = new Location();
    const isolate = location.isolate();
    const { root, text } = await isolate.open(playbackId, "pathways=1");
    expect(text).toMatch(/#EXT-X-CONTENT-STEERING:SERVER-URI="s\/[\w-]{96}\/steering",PATHWAY-ID="source"/);
    const variants = text.split("\n").filter((line) => line.startsWith("#EXT-X-STREAM-INF"));
    expect(variants.map((line) => /PATHWAY-ID="(\w+)"/.exec(line)?.[1])).toEqual([
      ...["source", "ladder", "ladder", "ladder", "ladder"],
    ]);
    expect(variants.map((line) => /AUDIO="([\w-]+)"/.exec(line)?.[1])).toEqual([
      ...["audio-source", ...Array<string>(4).fill("audio-ladder")],
    ]);
    const steering = async () =>
      JSON.parse((await isolate.fetch(`${root}/steering?_HLS_pathway=source`)).text);
    expect(await steering()).toEqual({ VERSION: 1, TTL: 5, "PATHWAY-PRIORITY": ["source"] });
    const early = await isolate.fetch(`${root}/1-v720/index.m3u8`);
    expect([early.status, early.code]).toEqual([409, "notYetPlayable"]);

    const ladder = await sealLadder(env, videoId, ["v360", "v720", "a0"]);
    location.nowMs += 2_000;
    expect(await steering()).toEqual({ VERSION: 1, TTL: 300, "PATHWAY-PRIORITY": ["ladder", "source"] });
    const moved = await isolate.fetch(`${root}/1-v720/2/0.m4s`);
    expect(moved.bytes).toEqual(ladder.segment("v720", 2, 0));
    const dropped = await isolate.fetch(`${root}/1-v480/index.m3u8`, { redirect: "manual" });
    expect([dropped.status, dropped.header("Location"), dropped.header("Cache-Control")]).toEqual([
      ...[307, "../1-v360/index.m3u8", "no-store"],
    ]);
    expect((await isolate.fetch(`${root}/1-v480/2/0.m4s`)).code).toBe("notFound");

    const old = await isolate.fetch(`${root}/0-v0/1/1.m4s`);
    expect(dataOf(old.bytes).count, "who watches the file goes on").toBe(150);
    const anew = await isolate.open(playbackId, "pathways=1");
    expect(anew.text).not.toContain("PATHWAY");
    expect(anew.text).toContain("/1-v720/index.m3u8");
    expect(anew.text).not.toMatch(/\/0-v0\/|1-v480|1-v240/);
  });

  it("keeps to what limits the viewer, in both", async () => {
    const { playbackId, videoId } = await upload(film.bytes);
    const location = new Location();
    const isolate = location.isolate();
    const { root, text } = await isolate.open(playbackId, "maxHeight=480&pathways=1");
    expect(text).toContain("1-v480");
    expect(text).not.toContain("1-v720");
    await sealLadder(env, videoId, ["v240", "v360", "v480", "v720", "a0"]);
    location.nowMs += 2_000;
    expect((await isolate.fetch(`${root}/1-v480/2/0.m4s`)).status).toBe(200);
    expect((await isolate.fetch(`${root}/1-v720/2/0.m4s`)).code).toBe("notFound");
    expect((await isolate.fetch(`${root}/0-v0/1/0.m4s`)).status, "kept as the last that plays").toBe(200);
    const alone = await isolate.open(playbackId, "maxHeight=480");
    expect((await isolate.fetch(`${alone.root}/0-v0/1/0.m4s`)).code, "not what this one was offered").toBe(
      "notFound",
    );
  });

  it("is nothing for a player that does not ask: it has the file, and the ladder at its next load", async () => {
    const { videoId, playbackId } = await upload(film.bytes);
    const location = new Location();
    const isolate = location.isolate();
    const { text, root } = await isolate.open(playbackId);
    expect(text.match(/index\.m3u8/g)).toHaveLength(2);
    await sealLadder(env, videoId, ["v360", "a0"]);
    location.nowMs += 2_000;
    expect((await isolate.fetch(`${root}/0-v0/1/2.m4s`)).status).toBe(200);
    expect((await isolate.open(playbackId)).text).toContain("1-v360");
  });

  it("tells an admin which version plays, and why", async () => {
    const { playbackId } = await upload(film.bytes);
    const isolate = new Location().isolate();
    const { root } = await isolate.open(playbackId);
    const admin = { headers: { Authorization: `Bearer ${await insertApiKey("admin")}` } };
    const ask = async (path: string) => JSON.parse((await isolate.fetch(`${path}?explain=1`, admin)).text);
    const segment = `${root}/0-v0/1/0.m4s`;
    expect(await ask(segment)).toMatchObject({ allowed: true, answeredBy: "origin" });
    expect((await ask(segment)).checks).toContainEqual({
      rule: "playable",
      outcome: "passed",
      input: { state: "uploaded", version: 0, kind: "source", versionState: "sealed" },
    });
    await isolate.fetch(segment);
    expect(await ask(segment)).toMatchObject({ answeredBy: "edge" });
  });
});

describe("passthrough", () => {
  it("is all there is: ready at once, with nothing to encode", async () => {
    const { videoId, playbackId } = await upload(film.bytes, "passthrough");
    expect(await video(videoId)).toMatchObject({ state: "ready", playable: 1, percent: 100 });
    expect(await messages(videoId)).toBe(0);
    const isolate = new Location().isolate();
    const { root, text } = await isolate.open(playbackId, "pathways=1");
    expect(text).not.toContain("PATHWAY");
    expect((await isolate.fetch(`${root}/0-v0/1/0.m4s`)).status).toBe(200);
    expect(JSON.parse((await isolate.fetch(`${root}/steering`)).text)).toMatchObject({ TTL: 300 });
  });

  it("of a file that does not suit players is an error that says why, and keeps the file", async () => {
    const { videoId, playbackId } = await upload(new TextEncoder().encode("hello"), "passthrough");
    expect(await video(videoId)).toMatchObject({
      state: "error",
      playable: 0,
      error_code: "passthroughUnfit",
    });
    expect(await messages(videoId)).toBe(0);
    expect(await env.MEDIA.head(sourceKey(videoId))).not.toBeNull();
    expect((await new Location().isolate().fetch(`/p/${playbackId}/hls.m3u8`)).code).toBe("videoNotPlayable");
  });
});

describe("what is no file for players", () => {
  it("waits for its first rendition, and says why", async () => {
    const { videoId } = await upload(new TextEncoder().encode("hello"));
    const row = await video(videoId);
    expect(row).toMatchObject({ state: "uploaded", playable: 0 });
    expect(JSON.parse(String(row?.["instant"]))).toMatchObject({
      state: "waiting",
      code: "containerNotSupported",
    });
    expect(await messages(videoId)).toBe(1);
    const cut = await upload(film.bytes.slice(0, -500));
    expect(JSON.parse(String((await video(cut.videoId))?.["instant"]))).toMatchObject({ state: "waiting" });
  });

  it.each([
    ["another session's name", (root: string) => root.replace(/s\/[\w-]{4}/, "s/AAAA"), "0-v0/1/0.m4s", 403],
    ["another version", (root: string) => root, "2-v0/1/0.m4s", 404],
    ["a fragment behind the end", (root: string) => root, "0-v0/1/3.m4s", 404],
    ["another grouping", (root: string) => root, "0-v0/2/0.m4s", 404],
    ["another track", (root: string) => root, "0-v1/1/0.m4s", 404],
  ] as const)("is %s", async (_, change, path, status) => {
    const { playbackId } = await upload(film.bytes);
    const isolate = new Location().isolate();
    const { root } = await isolate.open(playbackId);
    expect((await isolate.fetch(`${change(root)}/${path}`)).status).toBe(status);
  });

  it.each([
    ["gone", async (key: string) => env.MEDIA.delete(key)],
    ["another one", async (key: string) => env.MEDIA.put(key, film.bytes.toReversed())],
  ] as const)("is served no more when it is %s; what was made of it before is", async (_, change) => {
    const { videoId, playbackId } = await upload(film.bytes);
    const isolate = new Location().isolate();
    const { root } = await isolate.open(playbackId);
    await isolate.fetch(`${root}/0-v0/1/0.m4s`);
    await change(sourceKey(videoId));
    expect((await isolate.fetch(`${root}/0-v0/1/0.m4s`)).status).toBe(200);
    const later = await isolate.fetch(`${root}/0-v0/1/1.m4s`);
    expect([later.status, later.code]).toEqual([404, "notFound"]);
    expect(JSON.parse(later.text)).toMatchObject({ detail: expect.stringContaining("uploaded file") });
  });
});
