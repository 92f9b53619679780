import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { streamed } from "#workers/downloads/file-stream.ts";
import { deliveredOf } from "#workers/usage/delivered.ts";
import { concatBytes } from "#workers/bytes.ts";
import { readInit } from "#workers/packaging/cmaf/init.ts";
import { readBoxes } from "#workers/packaging/cmaf/boxes.ts";
import { readFragments } from "#workers/packaging/cmaf/fragments.ts";
import { initKey } from "#workers/storage/keys.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo, seedVideo } from "#workers/testing/seed-video.ts";
import { storeFilm, type StoredFilm } from "#workers/testing/store-film.ts";

let film: StoredFilm;
beforeAll(async () => {
  film = await storeFilm(env);
  await allow(film.playbackId);
});

async function allow(playbackId: string): Promise<void> {
  await env.DB.prepare(`UPDATE playback_ids SET access = '{"downloads":true}' WHERE id = ?`)
    .bind(playbackId)
    .run();
}

const path = (name: string, query = "") => `/p/${film.playbackId}/download/${name}${query}`;
const isolate = () => new Location().isolate();

describe("a downloaded file", () => {
  it("holds every sample of its tracks, in order, with numbers of its own and nothing else", async () => {
    const { bytes, response } = await isolate().fetch(path("highest.mp4"));
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Length")).toBe(String(bytes.length));
    expect(response.headers.get("Content-Disposition")).toMatch(
      /^attachment; filename="Film \(highest\)\.mp4"/,
    );
    const boxes = readBoxes(bytes);
    if (!boxes.ok) throw new Error("not boxes");
    expect(boxes.value.slice(0, 4).map(({ type }) => type)).toEqual(["ftyp", "moov", "sidx", "sidx"]);
    const first = boxes.value.find(({ type }) => type === "moof")?.offset ?? 0;
    const numbers: number[] = [];
    const data = new Map<number, Uint8Array[]>();
    for (const [index, { type, offset, bodyOffset, end }] of boxes.value.entries()) {
      if (type !== "moof") continue;
      const view = new DataView(bytes.buffer, bytes.byteOffset + offset);
      numbers.push(view.getUint32(20));
      const mdat = boxes.value[index + 1];
      if (mdat === undefined) throw new Error("no mdat");
      const read = readFragments(bytes.slice(offset, mdat.end));
      if (!read.ok) throw new Error(`a fragment at ${bodyOffset} to ${end} can't be read`);
      const track = view.getUint32(44);
      data.set(track, [...(data.get(track) ?? []), bytes.slice(mdat.bodyOffset, mdat.end)]);
    }
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(first).toBeGreaterThan(0);
    expect(concatBytes(data.get(1) ?? [])).toEqual(film.data("v720"));
    expect(concatBytes(data.get(2) ?? [])).toEqual(film.data("a0"));
  });

  it("is counted as far as it was taken, and is no view", async () => {
    const { videoId, playbackId } = await storeFilm(env);
    await allow(playbackId);
    const viewer = new Location({ SESSION_RECORDS_FLUSH_SECONDS: "0.01" }).isolate();
    const at = `/p/${playbackId}/download/highest.mp4`;
    const { bytes } = await viewer.fetch(at);
    await viewer.fetch(at, { headers: { Range: "bytes=10-109" } });
    await viewer.fetch(at, { method: "HEAD" });
    const day = new Date().toISOString().slice(0, 10);
    await vi.waitFor(async () =>
      expect(await deliveredOf(env, videoId, day, day)).toEqual([
        { day, views: 0, bytes: bytes.length + 100, mediaMs: 0 },
      ]),
    );
  });

  it("that is broken off is counted by what went out", async () => {
    let counted = 0;
    async function* pieces() {
      for (let n = 0; n < 40; n++) yield new Uint8Array(1_000_000);
    }
    const { body, ended } = streamed(pieces(), 40_000_000, (bytes) => (counted += bytes));
    const reader = body.getReader();
    let taken = 0;
    while (taken < 10_000_000) taken += (await reader.read()).value?.length ?? 0;
    await reader.cancel();
    await ended;
    expect(counted).toBeGreaterThanOrEqual(8_000_000);
    expect(counted).toBeLessThanOrEqual(taken + 2_000_000);
  });

  it("is the same bytes in any ranges", async () => {
    const viewer = isolate();
    const { bytes, response } = await viewer.fetch(path("360p.mp4"));
    const etag = response.headers.get("ETag") ?? "";
    const edges = [0, 1, 700, 1_500, 5_000, bytes.length - 1];
    for (const from of edges) {
      for (const length of [1, 50, 3_000]) {
        const last = Math.min(from + length, bytes.length) - 1;
        const part = await viewer.fetch(path("360p.mp4"), {
          headers: { Range: `bytes=${from}-${last}`, "If-Range": etag },
        });
        expect(part.status).toBe(206);
        expect(part.header("Content-Range")).toBe(`bytes ${from}-${last}/${bytes.length}`);
        expect(part.bytes).toEqual(bytes.slice(from, last + 1));
      }
    }
    const beyond = await viewer.fetch(path("360p.mp4"), { headers: { Range: `bytes=${bytes.length}-` } });
    expect([beyond.status, beyond.header("Content-Range")]).toEqual([416, `bytes */${bytes.length}`]);
    const several = await viewer.fetch(path("360p.mp4"), { headers: { Range: "bytes=0-1,5-6" } });
    expect([several.status, several.bytes.length]).toEqual([200, bytes.length]);
    const other = { Range: "bytes=0-1", "If-Range": '"other"' };
    expect((await viewer.fetch(path("360p.mp4"), { headers: other })).status).toBe(200);
    expect((await viewer.fetch(path("360p.mp4"), { headers: { "If-None-Match": etag } })).status).toBe(304);
    const head = await viewer.fetch(path("360p.mp4"), { method: "HEAD" });
    expect([head.bytes.length, head.header("Content-Length")]).toEqual([0, String(bytes.length)]);
  });

  it("of a part of the film begins at 0", async () => {
    const { bytes } = await isolate().fetch(path("audio.m4a", "?start=4&end=8"));
    const boxes = readBoxes(bytes);
    const moof = boxes.ok ? boxes.value.find(({ type }) => type === "moof") : undefined;
    const read = readFragments(bytes.slice(moof?.offset));
    expect(read.ok && read.value.map(({ startTicks }) => startTicks)).toEqual([1024, 1024 + 96_000]);
    const init = readInit(bytes.slice(0, moof?.offset));
    expect(init).toMatchObject({ ok: true, value: { kind: "audio" } });
  });
});

describe("whoever is not allowed", () => {
  it("is refused, unless the playback id or a token of that audience says so", async () => {
    const video = await seedSealedVideo(env);
    const answer = await isolate().fetch(`/p/${video.playbackId}/download/720p.mp4`);
    expect([answer.status, answer.code]).toEqual([403, "downloadNotAllowed"]);
  });

  it("waits while the film grows", async () => {
    const video = await seedVideo(env);
    await video.publish(0);
    await allow(video.playbackId);
    const answer = await isolate().fetch(`/p/${video.playbackId}/download/720p.mp4`);
    expect([answer.status, answer.code]).toEqual([409, "notYetComplete"]);
  });

  it.each(["1080p.mp4", "720p", "audio.mp4", "..mp4"])("is told that there is no %s", async (name) => {
    expect((await isolate().fetch(path(name))).status).toBe(404);
  });

  it("is told when what is stored is gone, before an answer begins", async () => {
    const gone = await storeFilm(env);
    await allow(gone.playbackId);
    await env.MEDIA.delete(initKey(gone.videoId, 1, "v720"));
    expect((await isolate().fetch(`/p/${gone.playbackId}/download/720p.mp4`)).status).toBe(404);
  });
});
