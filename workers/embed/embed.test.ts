// The embed page, what a pasted link unfurls to, and oEmbed, through the Worker's own entry.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Env } from "#workers/env.ts";
import worker from "#workers/index.ts";
import { randomToken } from "#workers/ids.ts";
import { seedSealedVideo, seedVideo } from "#workers/testing/seed-video.ts";

const origin = "https://sluice.test";
let playbackId: string;
let videoId: string;

async function get(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  settings: Env = env,
): Promise<Response> {
  const ctx = createExecutionContext();
  const request = new Request<unknown, IncomingRequestCfProperties>(new URL(path, origin), { headers });
  const response = await worker.fetch(request, settings, ctx);
  const whole = new Response(await response.arrayBuffer(), response);
  await waitOnExecutionContext(ctx);
  return whole;
}

function setAccess(access: object, policy = "public") {
  return env.DB.prepare("UPDATE playback_ids SET access = ?, policy = ? WHERE id = ?")
    .bind(JSON.stringify(access), policy, playbackId)
    .run();
}

const title = `Bobby"><script>alert(1)</script> & 'Tables'`;

beforeAll(async () => {
  ({ playbackId, videoId } = await seedSealedVideo(env));
  await env.DB.prepare("UPDATE videos SET title = ?, width = 1080, height = 1920 WHERE id = ?")
    .bind(title, videoId)
    .run();
});

/** Four seconds of another video; its playback id. */
async function seedClip(ofVideoId: string): Promise<string> {
  const [id, clipId] = [randomToken(), `clip-of-${ofVideoId}`];
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO videos (id, state, playable, clip_of, clip_from_seconds, clip_to_seconds, created_at, updated_at)
       VALUES (?, 'ready', 1, ?, 4, 8, 0, 0)`,
    ).bind(clipId, ofVideoId),
    env.DB.prepare(
      "INSERT INTO playback_ids (id, video_id, policy, created_at) VALUES (?, ?, 'public', 0)",
    ).bind(id, clipId),
  ]);
  return id;
}

interface Thumbnail {
  readonly thumbnail_url?: string;
  readonly thumbnail_width?: number;
  readonly thumbnail_height?: number;
}

/** What oEmbed tells of a picture. */
async function thumbnailOf(id: string, most: Readonly<Record<string, string>> = {}): Promise<Thumbnail> {
  const query = new URLSearchParams({ url: `${origin}/watch/${id}`, ...most });
  const card = await (await get(`/oembed?${query.toString()}`)).json<Record<string, unknown>>();
  return Object.fromEntries(Object.entries(card).filter(([name]) => name.startsWith("thumbnail_")));
}

const ancestors = (response: Response) =>
  /frame-ancestors ([^;]*)/.exec(response.headers.get("Content-Security-Policy") ?? "")?.[1];

describe("the embed page", () => {
  it("may be framed by anyone where the playback id names no pages", async () => {
    await setAccess({});
    const page = await get(`/p/${playbackId}/embed`);
    expect([page.status, ancestors(page), page.headers.get("Cache-Control")]).toEqual([200, "*", "no-store"]);
    expect(await page.text()).toContain("<script");
  });

  it("may be framed by the pages that the playback id names, and is nothing by itself", async () => {
    await setAccess({ restrictions: { allowedOrigins: ["app.example.com", "*.example.org"] } });
    const framed = await get(`/p/${playbackId}/embed`, { "Sec-Fetch-Dest": "iframe" });
    expect([framed.status, ancestors(framed)]).toEqual([200, "app.example.com:* *.example.org:*"]);
    const alone = await get(`/p/${playbackId}/embed`, { "Sec-Fetch-Dest": "document" });
    expect([alone.status, await alone.json()]).toMatchObject([403, { code: "originNotAllowed" }]);
  });

  it("asks the Referer where a browser does not say whether it frames", async () => {
    const asked = async (headers: Readonly<Record<string, string>>) =>
      (await get(`/p/${playbackId}/embed`, headers)).status;
    await setAccess({ restrictions: { allowedOrigins: ["app.example.com"] } });
    expect(await asked({ Referer: "https://app.example.com/a" })).toBe(200);
    expect(await asked({ Referer: "https://evil.example/" })).toBe(403);
    expect(await asked({})).toBe(200);
    await setAccess({ restrictions: { allowedOrigins: ["app.example.com"], allowNoOrigin: false } });
    expect(await asked({})).toBe(403);
  });

  it("opens its own video where that may be watched on some pages only, and no other page does", async () => {
    await setAccess({ restrictions: { allowedOrigins: ["app.example.com"], allowNoOrigin: false } });
    const asked = async (headers: Readonly<Record<string, string>>) =>
      (await get(`/p/${playbackId}/hls.m3u8`, headers)).status;
    const page = `${origin}/p/${playbackId}/embed`;
    // The record is cached for seconds: this id was not asked for before.
    expect(await asked({ Referer: page })).toBe(200);
    expect(await asked({ Referer: `${page}?autoplay`, Origin: origin })).toBe(200);
    expect(await asked({ Referer: `${origin}/p/AAAAAAAAAAAAAAAAAAAAAA/embed` })).toBe(403);
    expect(await asked({ Referer: `${origin}/watch/${playbackId}` })).toBe(403);
    expect(await asked({ Referer: page, Origin: "https://evil.example" })).toBe(403);
    expect(await asked({ Referer: `https://evil.example/p/${playbackId}/embed` })).toBe(403);
    expect(await asked({ Referer: `${page}ded` })).toBe(403);
  });

  it("is 404 of an id that is not there, and of a path that is none", async () => {
    expect((await get("/p/AAAAAAAAAAAAAAAAAAAAAA/embed")).status).toBe(404);
    expect((await get(`/p/${playbackId}/x/embed`)).status).toBe(404);
  });

  it("takes no other method", async () => {
    const ctx = createExecutionContext();
    const request = new Request<unknown, IncomingRequestCfProperties>(`${origin}/p/${playbackId}/embed`, {
      method: "POST",
    });
    const refused = await worker.fetch(request, env, ctx);
    expect([refused.status, refused.headers.get("Allow")]).toEqual([405, "GET, HEAD"]);
  });
});

describe("a link to a public video", () => {
  it("carries its title, picture and player, escaped, on the watch page and on the embed page", async () => {
    await setAccess({});
    for (const path of [`/watch/${playbackId}`, `/p/${playbackId}/embed`]) {
      const html = await (await get(path)).text();
      expect(html).not.toContain("<script>alert");
      expect(html).toContain("Bobby&quot;&gt;&lt;script&gt;");
      expect(html).toContain(`property="og:video" content="${origin}/p/${playbackId}/embed"`);
      expect(html).toContain('name="twitter:card" content="player"');
      expect(html).toContain('name="twitter:player:height" content="1080"');
      expect(html).toContain('type="application/json+oembed"');
    }
  });

  it.each([
    ["that needs a token", "UPDATE playback_ids SET policy = 'signed' WHERE video_id = ?"],
    ["whose time has not come", "UPDATE videos SET available_from = 9e15 WHERE id = ?"],
    ["whose time is over", "UPDATE videos SET available_until = 1 WHERE id = ?"],
    ["that failed", "UPDATE videos SET state = 'error', playable = 0 WHERE id = ?"],
  ])("tells nothing of one %s, nor does oEmbed", async (_, sql) => {
    await env.DB.prepare(sql).bind(videoId).run();
    for (const path of [`/watch/${playbackId}`, `/p/${playbackId}/embed`]) {
      const html = await (await get(path)).text();
      expect(html).not.toContain("Bobby");
      expect(html).not.toContain("og:video");
    }
    const url = encodeURIComponent(`${origin}/watch/${playbackId}`);
    const oembed = await get(`/oembed?url=${url}`);
    expect([oembed.status, await oembed.text()]).toEqual([403, expect.not.stringContaining("Bobby")]);
    await env.DB.prepare(
      "UPDATE videos SET state = 'ready', playable = 1, available_from = NULL, available_until = NULL WHERE id = ?",
    )
      .bind(videoId)
      .run();
    await setAccess({});
  });
});

describe("the picture of a link", () => {
  const pictureIn = async (id: string) =>
    /property="og:image" content="([^"]*)"/.exec(await (await get(`/watch/${id}`)).text())?.[1];

  it("is left out while there is none, and of a video that can have none", async () => {
    const { playbackId: growing } = await seedVideo(env);
    const { playbackId: sound } = await seedSealedVideo(env);
    for (const [id, status] of [
      [growing, 409],
      [sound, 404],
    ] as const) {
      const html = await (await get(`/watch/${id}`)).text();
      expect(html).toContain("og:video");
      expect(html).not.toMatch(/og:image|twitter:image/);
      expect((await get(`/p/${id}/thumbnail.jpg`)).status).toBe(status);
      expect((await thumbnailOf(id)).thumbnail_url).toBeUndefined();
    }
  });

  it("is one that answers, also of a clip and of a moment that was chosen", async () => {
    const pictured = await seedSealedVideo(env);
    await pictured.addImages(7);
    const clip = await seedClip(pictured.videoId);
    const chosen = await seedSealedVideo(env);
    await chosen.addImages(7);
    await env.DB.prepare("UPDATE videos SET poster_seconds = 12 WHERE id = ?").bind(chosen.videoId).run();
    for (const id of [pictured.playbackId, clip, chosen.playbackId]) {
      const picture = await pictureIn(id);
      expect(picture).toBe(`${origin}/p/${id}/thumbnail.jpg`);
      expect((await get(`/p/${id}/thumbnail.jpg`)).status).toBe(200);
      expect((await get(`/watch/${id}`).then((page) => page.text())).includes("twitter:image")).toBe(true);
    }
    expect((await thumbnailOf(clip, { maxwidth: "200" })).thumbnail_width).toBe(160);
  });

  it("is, in oEmbed, the largest within what was asked for, and left out where none is that small", async () => {
    const pictured = await seedSealedVideo(env);
    await pictured.addImages(7);
    const id = pictured.playbackId;
    const largest = { thumbnail_width: 3000, thumbnail_height: 1688 };
    const small = { thumbnail_width: 320, thumbnail_height: 180 };
    expect(await thumbnailOf(id, { maxwidth: "3000", maxheight: "1688" })).toMatchObject(largest);
    for (const most of [
      { maxwidth: "2999" },
      { maxheight: "1080", maxwidth: "3000" },
      { maxwidth: "320" },
      {},
    ]) {
      const thumbnail = await thumbnailOf(id, most);
      expect(thumbnail).toMatchObject(small);
      // Smaller sizes are, in the seed, as many bytes as they are wide.
      const picture = await get(String(thumbnail.thumbnail_url));
      expect([picture.status, (await picture.arrayBuffer()).byteLength]).toEqual([200, 320]);
    }
    for (const most of [{ maxwidth: "319" }, { maxheight: "179" }])
      expect(Object.keys(await thumbnailOf(id, most))).toEqual([]);
  });
});

describe("oEmbed", () => {
  const asked = async (query: Readonly<Record<string, string>>) => {
    const response = await get(`/oembed?${new URLSearchParams(query).toString()}`);
    return { status: response.status, body: await response.json<Record<string, unknown>>() };
  };
  const watch = () => `${origin}/watch/${playbackId}`;

  it("gives a frame of the size that was asked for, in the video's proportions", async () => {
    const { status, body } = await asked({ url: watch(), maxwidth: "540", maxheight: "800" });
    expect(status).toBe(200);
    expect(body).toMatchObject({ type: "video", version: "1.0", title, width: 450, height: 800 });
    expect(body["html"]).toMatch(
      new RegExp(`^<iframe src="${origin}/p/${playbackId}/embed" title="Bobby&quot;&gt;&lt;script&gt;`),
    );
  });

  it("knows the embed page's address too", async () => {
    expect((await asked({ url: `${origin}/p/${playbackId}/embed` })).status).toBe(200);
  });

  it.each([
    ["no address", {}, 404],
    ["another site", { url: "https://evil.example/watch/AAAAAAAAAAAAAAAAAAAAAA" }, 404],
    ["no video", { url: "https://sluice.test/watch/AAAAAAAAAAAAAAAAAAAAAA" }, 404],
    ["no URL", { url: "x".repeat(5000) }, 404],
    ["no width", { url: "", maxwidth: "0" }, 404],
    ["XML", { format: "xml" }, 501],
  ])("refuses %s", async (_, query, status) => {
    expect((await asked(query)).status).toBe(status);
  });

  it("refuses a width that is none, and a video that needs a token", async () => {
    expect((await asked({ url: watch(), maxwidth: "-3" })).status).toBe(400);
    await setAccess({}, "signed");
    expect(await asked({ url: watch() })).toMatchObject({ status: 403, body: { code: "forbidden" } });
    await setAccess({});
  });
});
