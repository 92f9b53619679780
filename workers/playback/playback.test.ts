import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { Location } from "#workers/testing/playback-location.ts";
import { seedFormats } from "#workers/testing/seed-formats.ts";
import { seedSealedVideo, seedVideo } from "#workers/testing/seed-video.ts";
import { PlaybackIsolate } from "./isolate.ts";
import { playback } from "./routes.ts";
import { anonymousClaims, mintSession } from "./session.ts";
import { importSessionKeys } from "./session-keys.ts";

const segmentLines = (playlist: string) => playlist.split("\n").filter((line) => line.endsWith(".m4s"));

async function gunzip(bytes: Uint8Array): Promise<string> {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

describe("one video, two viewers", () => {
  it("gives both the same bytes at different URLs, for one read of R2 and one of D1", async () => {
    const video = await seedVideo(env);
    await video.publish(0);
    const location = new Location();
    const isolate = location.isolate();
    const [one, two] = [await isolate.open(video.playbackId), await isolate.open(video.playbackId)];
    expect(one.session).not.toBe(two.session);
    const first = await isolate.fetch(`${one.root}/1-v720/2/1.m4s`);
    const second = await isolate.fetch(`${two.root}/1-v720/2/1.m4s`);
    expect(first.bytes).toEqual(video.segmentBytes("v720", 2, 1));
    expect(second.bytes).toEqual(first.bytes);
    expect([first.header("Server-Timing"), second.header("Server-Timing")]).toEqual([
      "cache;desc=origin",
      "cache;desc=edge",
    ]);
    expect(location.reads).toEqual([`videos/${video.videoId}/1/v720/0.3.m4s`]);
    // The record, and the chunk rows of the growing version.
    expect(location.databaseSessions).toBe(2);
  });

  it("reads R2 once for viewers who miss at the same moment, whichever part each wants", async () => {
    const video = await seedSealedVideo(env);
    const location = new Location();
    const isolate = location.isolate();
    const { root } = await isolate.open(video.playbackId);
    const whole = video.segmentBytes("v360", 2, 4);
    const fetched = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        isolate.fetch(`${root}/1-v360/2/4.m4s`, index % 2 ? { headers: { Range: `bytes=${index}-` } } : {}),
      ),
    );
    for (const [index, { bytes }] of fetched.entries())
      expect(bytes).toEqual(whole.slice(index % 2 ? index : 0));
    expect(location.chunkReads).toHaveLength(1);
  });

  it("serves a second isolate of the location from its cache, reading neither R2 nor D1", async () => {
    const video = await seedSealedVideo(env);
    const location = new Location();
    const warm = location.isolate();
    const { root } = await warm.open(video.playbackId);
    const path = `${root}/1-v720/2/0.m4s`;
    const first = await warm.fetch(path);
    await warm.fetch(`${root}/1-v720/init.mp4`);
    const before = [location.reads.length, location.databaseSessions];
    const cold = location.isolate();
    const again = await cold.fetch(path);
    expect(again.bytes).toEqual(first.bytes);
    expect(again.header("Server-Timing")).toBe("cache;desc=edge");
    expect((await cold.fetch(`${root}/1-v720/init.mp4`)).bytes).toEqual(video.initBytes("v720"));
    await cold.open(video.playbackId);
    expect([location.reads.length, location.databaseSessions]).toEqual(before);
  });

  it("streams a segment that is too large to keep, and a range of it, without filling the cache", async () => {
    const video = await seedVideo(env, {
      chunkFragments: [2],
      meanFragmentBytes: 9 * 1024 * 1024,
      formats: seedFormats.filter(({ id }) => id === "a0"),
    });
    await video.publish(0);
    const location = new Location();
    const isolate = location.isolate();
    const { root } = await isolate.open(video.playbackId);
    const path = `${root}/1-a0/2/0.m4s`;
    const whole = video.segmentBytes("a0", 2, 0);
    for (const read of [1, 2]) {
      const { bytes, response } = await isolate.fetch(path);
      expect(bytes.length).toBe(whole.length);
      expect(response.headers.get("Content-Length")).toBe(String(whole.length));
      expect(location.chunkReads).toHaveLength(read);
    }
    const part = await isolate.fetch(path, { headers: { Range: "bytes=10000000-10000099" } });
    expect(part.bytes).toEqual(whole.slice(10_000_000, 10_000_100));
  });
});

describe("a growing version", () => {
  it("lists what is published, then more, then ends, and never changes what it listed", async () => {
    const video = await seedVideo(env);
    await video.publish(0);
    const location = new Location();
    const isolate = location.isolate();
    const { root } = await isolate.open(video.playbackId);
    const playlist = async () => {
      location.nowMs += 1_000;
      return isolate.fetch(`${root}/1-v720/index.m3u8`);
    };
    const first = await playlist();
    expect(segmentLines(first.text)).toHaveLength(3);
    expect(first.text).toContain("#EXT-X-PLAYLIST-TYPE:EVENT");
    expect(first.header("Cache-Control")).toBe("private, max-age=2");

    await video.publish(2);
    expect((await playlist()).text, "a chunk behind a gap is not told").toBe(first.text);
    await video.publish(1);
    const second = await playlist();
    expect(segmentLines(second.text)).toHaveLength(15);
    expect(second.text.startsWith(first.text)).toBe(true);
    expect(second.header("ETag")).not.toBe(first.header("ETag"));

    await video.seal();
    const sealed = await playlist();
    expect(sealed.text).toBe(
      second.text.replace("PLAYLIST-TYPE:EVENT", "PLAYLIST-TYPE:VOD") + "#EXT-X-ENDLIST\n",
    );
    expect(sealed.header("Cache-Control")).toBe("private, max-age=3600");
    const last = await isolate.fetch(`${root}/1-v720/2/14.m4s`);
    expect(last.bytes).toEqual(video.segmentBytes("v720", 2, 14));
  });

  it("asks D1 for new chunks at most once a second, and once for all who ask", async () => {
    const video = await seedVideo(env);
    await video.publish(0);
    const location = new Location();
    const isolate = location.isolate();
    const { root } = await isolate.open(video.playbackId);
    const path = `${root}/1-v720/index.m3u8`;
    const before = location.databaseSessions;
    location.nowMs += 999;
    for (let i = 0; i < 5; i++) await isolate.fetch(path);
    expect(location.databaseSessions - before).toBe(0);
    location.nowMs += 1;
    await Promise.all(Array.from({ length: 10 }, () => isolate.fetch(path)));
    expect(location.databaseSessions - before).toBe(1);
  });

  it("finds a segment of a new chunk although its memory is older", async () => {
    const video = await seedVideo(env);
    await video.publish(0);
    const location = new Location();
    const isolate = location.isolate();
    const { root } = await isolate.open(video.playbackId);
    await video.publish(1);
    location.nowMs += 1_000;
    expect((await isolate.fetch(`${root}/1-v720/2/8.m4s`)).bytes).toEqual(video.segmentBytes("v720", 2, 8));
    const beyond = await isolate.fetch(`${root}/1-v720/2/9.m4s`);
    expect([beyond.status, beyond.code, beyond.header("Cache-Control")]).toEqual([
      404,
      "notFound",
      "no-store",
    ]);
  });

  it("has no DASH yet, says when to come back, and has it at the seal", async () => {
    const video = await seedVideo(env, { chunkFragments: [6] });
    await video.publish(0);
    const location = new Location();
    const isolate = location.isolate();
    const path = `/p/${video.playbackId}/dash.mpd`;
    const early = await isolate.fetch(path);
    expect([early.status, early.code, early.header("Retry-After")]).toEqual([409, "notYetComplete", "5"]);
    await video.seal();
    location.nowMs += 1_000;
    const mpd = await isolate.fetch(path);
    expect(mpd.header("Content-Type")).toBe("application/dash+xml");
    const session = /<BaseURL>s\/([\w-]{96})\/<\/BaseURL>/.exec(mpd.text)?.[1];
    expect(mpd.text).toContain('media="1-$RepresentationID$/2/$Number$.m4s"');
    const segment = await isolate.fetch(`/p/${video.playbackId}/s/${session}/1-a0/2/2.m4s`);
    expect(segment.bytes).toEqual(video.segmentBytes("a0", 2, 2));
    expect(segment.header("Content-Type")).toBe("audio/mp4");
  });

  it("is not playable before its first chunk, and is within two seconds after it", async () => {
    const video = await seedVideo(env);
    const location = new Location();
    const isolate = location.isolate();
    const path = `/p/${video.playbackId}/hls.m3u8`;
    const early = await isolate.fetch(path);
    expect([early.status, early.code, early.header("Retry-After")]).toEqual([409, "notYetPlayable", "2"]);
    await video.publish(0);
    location.nowMs += 2_000;
    expect((await isolate.fetch(path)).status).toBe(200);
  });

  it("waits for a whole segment: an empty playlist is worse than none", async () => {
    const video = await seedVideo(env, { segmentFragments: 3, chunkFragments: [2] });
    await video.publish(0);
    const isolate = new Location().isolate();
    expect((await isolate.fetch(`/p/${video.playbackId}/hls.m3u8`)).code).toBe("notYetPlayable");
  });
});

describe("every segment that is listed", () => {
  it.each([1, 2, 3] as const)("is the bytes of its fragments, at %i fragments a segment", async (g) => {
    const video = await seedSealedVideo(env, { segmentFragments: g, chunkFragments: [6, 12, 5] });
    const isolate = new Location().isolate();
    const { root } = await isolate.open(video.playbackId);
    for (const track of ["v360", "a0"]) {
      const playlist = await isolate.fetch(`${root}/1-${track}/index.m3u8`);
      const lines = segmentLines(playlist.text);
      expect(lines).toHaveLength(Math.ceil(23 / g));
      for (const [n, line] of lines.entries()) {
        expect(line).toBe(`${g}/${n}.m4s`);
        const { bytes } = await isolate.fetch(`${root}/1-${track}/${line}`);
        expect(bytes).toEqual(video.segmentBytes(track, g, n));
      }
    }
  });

  it("is readable by single fragments too, as the I-frame playlist names them, and by no other grouping", async () => {
    const video = await seedSealedVideo(env);
    const isolate = new Location().isolate();
    const { root } = await isolate.open(video.playbackId);
    const playlist = await isolate.fetch(`${root}/1-v720/iframes.m3u8`);
    const [, length, offset, uri] = /#EXT-X-BYTERANGE:(\d+)@(\d+)\n(1\/7\.m4s)/.exec(playlist.text) ?? [];
    const range = { headers: { Range: `bytes=${offset}-${Number(length) - 1}` } };
    const frame = await isolate.fetch(`${root}/1-v720/${uri}`, range);
    expect(frame.status).toBe(206);
    expect(frame.bytes).toEqual(video.segmentBytes("v720", 1, 7).slice(0, Number(length)));
    const heads = [
      await isolate.fetch(`${root}/1-v720/1/6.m4s`),
      await isolate.fetch(`${root}/1-v720/2/3.m4s`),
    ];
    expect(heads[0]?.header("ETag"), "both start with the same byte").not.toBe(heads[1]?.header("ETag"));
    for (const g of [0, 3, 4, 9_999_999]) {
      expect((await isolate.fetch(`${root}/1-v720/${g}/0.m4s`)).code).toBe("notFound");
    }
    expect((await isolate.fetch(`${root}/1-a0/iframes.m3u8`)).code, "sound has no key frames").toBe(
      "notFound",
    );
  });
});

describe("HTTP", () => {
  const range = (value: string, more: Record<string, string> = {}) => ({
    headers: { Range: value, ...more },
  });

  it("answers ranges, HEAD and conditions of a segment alike from store and cache", async () => {
    const video = await seedSealedVideo(env);
    const location = new Location();
    const isolate = location.isolate();
    const { root } = await isolate.open(video.playbackId);
    const path = `${root}/1-v720/2/2.m4s`;
    const whole = video.segmentBytes("v720", 2, 2);
    const size = whole.length;
    const indexReads = location.reads.length;

    const head = await isolate.fetch(path, { method: "HEAD" });
    expect([head.status, head.bytes.length, head.header("Content-Length")]).toEqual([200, 0, String(size)]);
    const etag = head.header("ETag") ?? "";
    expect(etag).toMatch(/^"/);
    const fresh = await isolate.fetch(path, { headers: { "If-None-Match": `"x", W/${etag}` } });
    expect([fresh.status, fresh.bytes.length, fresh.header("ETag")]).toEqual([304, 0, etag]);
    const outside = await isolate.fetch(path, range(`bytes=${size}-`));
    expect([outside.status, outside.header("Content-Range")]).toEqual([416, `bytes */${size}`]);
    expect(location.reads.length, "none of these needs a byte").toBe(indexReads);

    for (const tier of ["origin", "edge"]) {
      const part = await isolate.fetch(path, range("bytes=100-199"));
      expect([part.status, part.header("Content-Range"), part.header("Content-Length")]).toEqual([
        206,
        `bytes 100-199/${size}`,
        "100",
      ]);
      expect(part.bytes).toEqual(whole.slice(100, 200));
      expect(part.header("Server-Timing")).toBe(`cache;desc=${tier}`);
    }
    expect((await isolate.fetch(path, range("bytes=-50"))).bytes).toEqual(whole.slice(-50));
    expect((await isolate.fetch(path, range("bytes=0-0", { "If-Range": etag }))).bytes).toEqual(
      whole.slice(0, 1),
    );
    for (const ignored of [
      range("bytes=0-1,5-6"),
      range("bytes=9-1"),
      range("bytes=0-1", { "If-Range": '"other"' }),
      { method: "GET" },
    ]) {
      const answer = await isolate.fetch(path, ignored);
      expect(answer.status).toBe(200);
      expect(answer.bytes).toEqual(whole);
    }
    expect(location.chunkReads).toHaveLength(1);
  });

  it("gives each kind its type, cache policy and CORS", async () => {
    const video = await seedSealedVideo(env);
    await video.addImages(3);
    const isolate = new Location().isolate();
    const { root } = await isolate.open(video.playbackId);
    const hls = "application/vnd.apple.mpegurl";
    const forever = "private, max-age=31536000, immutable";
    for (const [path, type, policy] of [
      [`/p/${video.playbackId}/hls.m3u8`, hls, "private, no-store"],
      [`/p/${video.playbackId}/dash.mpd`, "application/dash+xml", "private, no-store"],
      [`/p/${video.playbackId}/thumbnail.jpg`, "image/jpeg", "public, max-age=300"],
      [`${root}/1-v720/index.m3u8`, hls, "private, max-age=3600"],
      [`${root}/1-v720/iframes.m3u8`, hls, "private, max-age=3600"],
      [`${root}/1-v720/init.mp4`, "video/mp4", forever],
      [`${root}/1-a0/init.mp4`, "audio/mp4", forever],
      [`${root}/1-v720/2/0.m4s`, "video/mp4", forever],
      [`${root}/1-a0/2/0.m4s`, "audio/mp4", forever],
    ] as const) {
      const got = await isolate.fetch(path);
      const head = await isolate.fetch(path, { method: "HEAD" });
      expect(head.bytes).toHaveLength(0);
      expect(head.header("Content-Length"), path).toBe(String(got.bytes.length));
      for (const answer of [got, head]) {
        expect(answer.status, path).toBe(200);
        expect(answer.header("Content-Type"), path).toBe(type);
        expect(answer.header("Cache-Control"), path).toBe(policy);
        expect(answer.header("Access-Control-Allow-Origin")).toBe("*");
        expect(answer.header("Access-Control-Expose-Headers")).toContain("Content-Range");
        expect(answer.header("Timing-Allow-Origin")).toBe("*");
        expect(answer.header("X-Content-Type-Options")).toBe("nosniff");
      }
      const preflight = await isolate.fetch(path, { method: "OPTIONS" });
      expect(preflight.status).toBe(204);
      expect(preflight.header("Access-Control-Allow-Headers")).toContain("Range");
      for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
        const refused = await isolate.fetch(path, { method });
        expect([
          refused.status,
          refused.header("Allow"),
          refused.header("Access-Control-Allow-Origin"),
        ]).toEqual([405, "GET, HEAD, OPTIONS", "*"]);
      }
    }
  });

  it("compresses text for those who take it, with the same meaning and tag", async () => {
    const video = await seedSealedVideo(env);
    const isolate = new Location().isolate();
    const { root } = await isolate.open(video.playbackId);
    for (const path of [`${root}/1-v720/index.m3u8`, `${root}/1-a0/index.m3u8`]) {
      const plain = await isolate.fetch(path, { headers: { "Accept-Encoding": "br, gzip;q=0" } });
      const packed = await isolate.fetch(path, { headers: { "Accept-Encoding": "gzip, br" } });
      expect(plain.header("Content-Encoding")).toBeNull();
      expect(packed.header("Content-Encoding")).toBe("gzip");
      expect([plain.header("Vary"), packed.header("Vary")]).toEqual(["Accept-Encoding", "Accept-Encoding"]);
      expect(packed.header("ETag")).toBe(plain.header("ETag"));
      expect(await gunzip(packed.bytes)).toBe(plain.text);
      expect(packed.bytes.length).toBeLessThan(plain.bytes.length);
    }
    const manifest = await isolate.fetch(`/p/${video.playbackId}/hls.m3u8`, {
      headers: { "Accept-Encoding": "gzip" },
    });
    expect([manifest.header("Content-Encoding"), manifest.text.slice(0, 7)]).toEqual([null, "#EXTM3U"]);
    const playlist = await isolate.fetch(`${root}/1-v720/index.m3u8`);
    const again = await isolate.fetch(`${root}/1-v720/index.m3u8`, {
      headers: { "If-None-Match": playlist.header("ETag") ?? "" },
    });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
  });
});

describe("pictures", () => {
  it("are the poster, or the one of the time asked for", async () => {
    const video = await seedSealedVideo(env);
    const { poster, thumbnails } = await video.addImages(4);
    const location = new Location();
    const isolate = location.isolate();
    const path = `/p/${video.playbackId}/thumbnail.jpg`;
    expect((await isolate.fetch(path)).bytes).toEqual(poster);
    for (const [time, index] of [
      ["0", 0],
      ["9.99", 0],
      ["10", 1],
      ["35", 3],
      ["9999999", 3],
    ] as const) {
      expect((await isolate.fetch(`${path}?time=${time}`)).bytes, time).toEqual(thumbnails[index]);
    }
    const before = location.reads.length;
    expect((await location.isolate().fetch(`${path}?time=0`)).bytes).toEqual(thumbnails[0]);
    expect(location.reads.length, "another isolate finds it in the cache").toBe(before);
    for (const time of ["", "-1", "1e3", "abc", "%31", "1.2.3", "12345678901"]) {
      const refused = await isolate.fetch(`${path}?time=${time}`);
      expect([refused.status, refused.code], time).toEqual([400, "invalidParameter"]);
    }
  });

  it("come in the narrowest width that is at least as wide as is asked for, else in the widest", async () => {
    const video = await seedSealedVideo(env);
    const { poster, thumbnails } = await video.addImages(3);
    const isolate = new Location().isolate();
    const bytes = async (query: string) =>
      (await isolate.fetch(`/p/${video.playbackId}/thumbnail.jpg?${query}`)).bytes;
    expect(await bytes("width=1")).toEqual(poster.slice(0, 320));
    expect(await bytes("width=320")).toEqual(poster.slice(0, 320));
    expect(await bytes("width=321")).toEqual(poster);
    expect(await bytes("width=9999")).toEqual(poster);
    expect(await bytes("width=160&time=20")).toEqual(thumbnails[2]?.slice(0, 160));
    expect(await bytes("time=20&width=161")).toEqual(thumbnails[2]);
    for (const width of ["", "0", "-1", "1.5", "wide", "12345678"]) {
      const refused = await isolate.fetch(`/p/${video.playbackId}/thumbnail.jpg?width=${width}`);
      expect([refused.status, refused.code], width).toEqual([400, "invalidParameter"]);
    }
  });

  it("have a storyboard: a text that names the tile of each moment, and sheets that hold them", async () => {
    const video = await seedSealedVideo(env);
    const { thumbnails, poster } = await video.addImages(3);
    const isolate = new Location().isolate();
    const at = (name: string) => isolate.fetch(`/p/${video.playbackId}/${name}`);
    const text = await at("storyboard.vtt");
    expect([text.status, text.header("Content-Type")]).toEqual([200, "text/vtt; charset=utf-8"]);
    const urls = [...text.text.matchAll(/^storyboard\.jpg\S*$/gm)].map(([url]) => url);
    expect(urls).toEqual([
      "storyboard.jpg?sheet=0#xywh=0,0,160,90",
      "storyboard.jpg?sheet=0#xywh=160,0,160,90",
      "storyboard.jpg?sheet=1#xywh=0,0,160,90",
    ]);
    expect((await at("storyboard.jpg?sheet=1")).bytes).toEqual(thumbnails[1]);
    expect((await at("storyboard.jpg")).bytes).toEqual(thumbnails[0]);
    for (const sheet of ["2", "-1", "x", ""])
      expect((await at(`storyboard.jpg?sheet=${sheet}`)).status).toBe(404);
    const preview = await at("preview.mp4");
    expect([preview.bytes, preview.header("Content-Type")]).toEqual([poster, "video/mp4"]);
  });

  it("are not there before they are made", async () => {
    const video = await seedVideo(env, { chunkFragments: [6] });
    await video.publish(0);
    const location = new Location();
    const isolate = location.isolate();
    for (const query of ["", "?time=1"]) {
      const early = await isolate.fetch(`/p/${video.playbackId}/thumbnail.jpg${query}`);
      expect([early.status, early.code]).toEqual([409, "notYetComplete"]);
    }
    await video.addImages(1);
    await video.seal();
    location.nowMs += 2_000;
    for (const query of ["", "?time=1"]) {
      expect((await isolate.fetch(`/p/${video.playbackId}/thumbnail.jpg${query}`)).status).toBe(200);
    }
    const silent = await seedSealedVideo(env);
    expect((await isolate.fetch(`/p/${silent.playbackId}/thumbnail.jpg`)).code).toBe("notFound");
  });
});

describe("who may not", () => {
  const everyPath = (playbackId: string, session: string) => [
    `/p/${playbackId}/hls.m3u8`,
    `/p/${playbackId}/dash.mpd`,
    `/p/${playbackId}/thumbnail.jpg`,
    `/p/${playbackId}/thumbnail.jpg?time=3`,
    ...["index.m3u8", "iframes.m3u8", "init.mp4", "2/0.m4s", "1/0.m4s"].map(
      (name) => `/p/${playbackId}/s/${session}/1-v720/${name}`,
    ),
  ];

  it.each(["signed", "drm"] as const)("read anything of a %s playback id, by any path", async (policy) => {
    const video = await seedSealedVideo(env, { policy });
    await video.addImages(2);
    const location = new Location();
    const isolate = location.isolate();
    // Even a session with a good MAC, minted while the id was public.
    const keys = await importSessionKeys(env.SESSION_KEYS);
    const claims = anonymousClaims(location.nowMs, 60, 0xffffffff);
    const session = await mintSession(claims, video.playbackId, keys);
    for (const path of everyPath(video.playbackId, session)) {
      for (const method of ["GET", "HEAD"]) {
        const refused = await isolate.fetch(path, { method });
        expect(refused.status, path).toBe(403);
        if (method === "GET") expect(refused.code).toBe("playbackTokenRequired");
      }
    }
    expect(location.reads).toEqual([]);
  });

  it("use a session of one playback id on another, nor a forged or expired one", async () => {
    const video = await seedSealedVideo(env);
    const other = await seedSealedVideo(env);
    const location = new Location();
    const isolate = location.isolate();
    const { session, root } = await isolate.open(video.playbackId);
    for (const path of everyPath(other.playbackId, session).filter((path) => path.includes("/s/"))) {
      const refused = await isolate.fetch(path);
      expect([refused.status, refused.code], path).toEqual([403, "invalidSession"]);
    }
    const forged = session.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    expect((await isolate.fetch(`/p/${video.playbackId}/s/${forged}/1-v720/init.mp4`)).code).toBe(
      "invalidSession",
    );
    expect((await isolate.fetch(`/p/${video.playbackId}/s/${session}A/1-v720/init.mp4`)).code).toBe(
      "invalidSession",
    );
    location.nowMs += 4 * 3_600_000;
    const expired = await isolate.fetch(`${root}/1-v720/2/0.m4s`);
    expect([expired.status, expired.code]).toEqual([403, "sessionExpired"]);
    expect(location.chunkReads).toEqual([]);
  });

  it("read a track that the session was not offered", async () => {
    const video = await seedSealedVideo(env);
    const location = new Location();
    const isolate = location.isolate();
    const keys = await importSessionKeys(env.SESSION_KEYS);
    // Entries 0 and 2 of the formats: v360 and a0.
    const session = await mintSession(anonymousClaims(location.nowMs, 60, 0b101), video.playbackId, keys);
    const root = `/p/${video.playbackId}/s/${session}`;
    for (const name of ["index.m3u8", "iframes.m3u8", "init.mp4", "2/0.m4s"]) {
      expect((await isolate.fetch(`${root}/1-v720/${name}`)).status).toBe(404);
      expect((await isolate.fetch(`${root}/1-v360/${name}`)).status).toBe(200);
    }
    expect((await isolate.fetch(`${root}/1-a0/2/0.m4s`)).status).toBe(200);
  });

  it("find an id that does not exist, which is asked of D1 once in thirty seconds", async () => {
    const location = new Location();
    const isolate = location.isolate();
    const path = "/p/doesNotExist0123456789/hls.m3u8";
    for (let i = 0; i < 3; i++) {
      const unknown = await isolate.fetch(path);
      expect([unknown.status, unknown.code, unknown.header("Cache-Control")]).toEqual([
        404,
        "notFound",
        "no-store",
      ]);
      location.nowMs += 9_000;
    }
    await location.isolate().fetch(path);
    expect(location.databaseSessions).toBe(1);
    location.nowMs += 3_000;
    await isolate.fetch(path);
    expect(location.databaseSessions).toBe(2);
  });

  it("play a video that failed", async () => {
    const video = await seedVideo(env);
    await env.DB.prepare("UPDATE videos SET state = 'error' WHERE id = ?").bind(video.videoId).run();
    const refused = await new Location().isolate().fetch(`/p/${video.playbackId}/hls.m3u8`);
    expect([refused.status, refused.code]).toEqual([404, "videoNotPlayable"]);
  });

  it("go on when the playback id or the video is deleted, beyond the freshness of the record", async () => {
    for (const table of ["playback_ids", "videos"]) {
      const video = await seedSealedVideo(env);
      const location = new Location();
      const isolate = location.isolate();
      const { root } = await isolate.open(video.playbackId);
      const path = `${root}/1-v720/2/0.m4s`;
      expect((await isolate.fetch(path)).status).toBe(200);
      await env.DB.prepare(`DELETE FROM ${table} WHERE ${table === "videos" ? "id" : "video_id"} = ?`)
        .bind(video.videoId)
        .run();
      location.nowMs += 5_000;
      // Stale while it is loaded again.
      expect((await isolate.fetch(path)).status).toBe(200);
      expect((await isolate.fetch(path)).code).toBe("notFound");
      location.nowMs += 65_000;
      expect((await location.isolate().fetch(path)).code).toBe("notFound");
    }
  });

  it("see an old generation: counting it up empties every cache", async () => {
    const video = await seedSealedVideo(env);
    const location = new Location();
    const isolate = location.isolate();
    const { root } = await isolate.open(video.playbackId);
    const path = `${root}/1-v720/2/0.m4s`;
    await isolate.fetch(path);
    await env.DB.prepare("UPDATE videos SET generation = 2 WHERE id = ?").bind(video.videoId).run();
    location.nowMs += 66_000;
    const before = location.chunkReads.length;
    expect((await isolate.fetch(path)).bytes).toEqual(video.segmentBytes("v720", 2, 0));
    expect(location.chunkReads.length).toBe(before + 1);
  });

  it("confuse it with hostile paths", async () => {
    const video = await seedSealedVideo(env);
    const isolate = new Location().isolate();
    const { root, session } = await isolate.open(video.playbackId);
    const id = video.playbackId;
    for (const path of [
      `/p/`,
      `/p/${id}`,
      `/p/${id}/`,
      `/p//${id}/hls.m3u8`,
      `/p/${id}//hls.m3u8`,
      `/p/${id}/hls.m3u8/`,
      `/p/%2e%2e/${id}/hls.m3u8`,
      `/p/${encodeURIComponent(`../${id}`)}/hls.m3u8`,
      `/p/${id.slice(0, -1)}%41/hls.m3u8`,
      `/p/${id}/s/${session}/1-v720/2/%30.m4s`,
      `/p/${id}/s/${session}/1-v720/2/..%2f0.m4s`,
      `/p/${id}/s/${session}/1-..%2fv720/init.mp4`,
      `${root}/1-v720/2/0.m4s/../../init.mp4`.replace("/../../", "//"),
      `${root}/1-v720/2/999999999999999999999.m4s`,
      `${root}/1-v720/2/9999999.m4s`,
      `${root}/1-v720/2/-1.m4s`,
      `${root}/1-v720/2/NaN.m4s`,
      `${root}/1-v720/99999999999/0.m4s`,
      `${root}/2-v720/init.mp4`,
      `${root}/0-v720/init.mp4`,
      `${root}/1-v9/init.mp4`,
      `${root}/1-constructor/init.mp4`,
      `${root}/1-index/init.mp4`,
      `/p/${id}/s/${"A".repeat(4_000)}/1-v720/init.mp4`,
      `/p/${"A".repeat(4_000)}/hls.m3u8`,
    ]) {
      const refused = await isolate.fetch(path);
      expect([refused.status, refused.code], path).toEqual([404, "notFound"]);
      expect(refused.header("Access-Control-Allow-Origin")).toBe("*");
    }
  });
});

describe("when something breaks", () => {
  it("answers 500 as a problem with the request's id, and nothing of the fault", async () => {
    const video = await seedSealedVideo(env);
    const broken = { ...env, DB: {} as D1Database };
    const request = new Request(`https://sluice.example/p/${video.playbackId}/hls.m3u8`, {
      headers: { "X-Request-Id": "request-id-1234" },
    });
    const response = await playback(
      new PlaybackIsolate(),
      request,
      broken,
      createExecutionContext(),
      1_900_000_000_000,
    );
    expect(response.status).toBe(500);
    expect(response.headers.get("X-Request-Id")).toBe("request-id-1234");
    expect(await response.json()).toMatchObject({ code: "internal", requestId: "request-id-1234" });
  });

  it("says notFound for bytes that are gone, and does not cache that", async () => {
    const video = await seedSealedVideo(env);
    const location = new Location();
    const isolate = location.isolate();
    const { root } = await isolate.open(video.playbackId);
    const key = `videos/${video.videoId}/1/v720/0.3.m4s`;
    const stored = await (await env.MEDIA.get(key))?.arrayBuffer();
    await env.MEDIA.delete(key);
    expect((await isolate.fetch(`${root}/1-v720/2/0.m4s`)).code).toBe("notFound");
    await env.MEDIA.put(key, stored ?? "");
    expect((await isolate.fetch(`${root}/1-v720/2/0.m4s`)).bytes).toEqual(video.segmentBytes("v720", 2, 0));
  });

  it("refuses to serve a chunk that is shorter than its index says", async () => {
    const video = await seedSealedVideo(env, { chunkFragments: [6] });
    const isolate = new Location().isolate();
    const { root } = await isolate.open(video.playbackId);
    await env.MEDIA.put(`videos/${video.videoId}/1/v720/0.3.m4s`, new Uint8Array(6_000));
    const refused = await isolate.fetch(`${root}/1-v720/2/2.m4s`);
    expect([refused.status, refused.code]).toEqual([500, "internal"]);
  });
});
