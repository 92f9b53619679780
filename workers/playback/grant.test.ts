import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";
import { tokenSigner } from "#workers/testing/token-signer.ts";

async function signed() {
  const video = await seedSealedVideo(env, { policy: "signed" });
  await video.addImages(3);
  const location = new Location();
  const signer = await tokenSigner(env, location.nowMs);
  return { video, location, isolate: location.isolate(), signer };
}

describe("a signed playback id", () => {
  it("plays by HLS and DASH with a token, which stands in no URL after the manifest's", async () => {
    const { video, isolate, signer } = await signed();
    const token = await signer.sign(video.playbackId, { viewer: "u_1" });
    const opened = await isolate.open(video.playbackId, `token=${token}`);
    expect(opened.text).not.toContain(token.slice(0, 20));
    const segment = await isolate.fetch(`${opened.root}/1-v720/2/0.m4s`);
    expect(segment.bytes).toEqual(video.segmentBytes("v720", 2, 0));
    const mpd = await isolate.fetch(`/p/${video.playbackId}/dash.mpd?token=${token}`);
    expect(mpd.status).toBe(200);
    expect(mpd.text).not.toContain(token.slice(0, 20));
  });

  it("is refused without a token, with a doubled one, and with one for another use", async () => {
    const { video, isolate, signer } = await signed();
    const { playbackId } = video;
    const token = await signer.sign(playbackId);
    const code = async (path: string) => (await isolate.fetch(`/p/${playbackId}/${path}`)).code;
    expect(await code("hls.m3u8")).toBe("playbackTokenRequired");
    expect(await code(`hls.m3u8?token=${token}&token=${token}`)).toBe("playbackTokenInvalid");
    expect(await code(`thumbnail.jpg?token=${token}`)).toBe("playbackTokenInvalid");
    const pictures = await signer.sign(playbackId, { aud: ["thumbnail", "storyboard"] });
    expect(await code(`hls.m3u8?token=${pictures}`)).toBe("playbackTokenInvalid");
    for (const name of ["thumbnail.jpg", "storyboard.jpg", "storyboard.vtt"]) {
      const picture = await isolate.fetch(`/p/${playbackId}/${name}?token=${pictures}`);
      // Nothing shared keeps what a token opened.
      expect([name, picture.status, picture.header("Cache-Control")]).toEqual([
        name,
        200,
        "private, max-age=300",
      ]);
    }
  });

  it("tells an expired token from a forged one", async () => {
    const { video, isolate, signer, location } = await signed();
    const seconds = location.nowMs / 1000;
    const ask = async (token: string) =>
      (await isolate.fetch(`/p/${video.playbackId}/hls.m3u8?token=${token}`)).code;
    expect(await ask(await signer.sign(video.playbackId, { exp: seconds - 1 }))).toBe("playbackTokenExpired");
    expect(await ask(await signer.sign(video.playbackId, { nbf: seconds + 600 }))).toBe(
      "playbackTokenNotYetValid",
    );
    const token = await signer.sign(video.playbackId);
    expect(await ask(`${token.slice(0, -4)}AAAA`)).toBe("playbackTokenInvalid");
  });

  it("looks the key up once: a second token of it asks nothing of D1", async () => {
    const { video, isolate, signer, location } = await signed();
    await isolate.open(video.playbackId, `token=${await signer.sign(video.playbackId)}`);
    const before = location.databaseSessions;
    await isolate.open(video.playbackId, `token=${await signer.sign(video.playbackId)}`);
    expect(location.databaseSessions).toBe(before);
  });
});

describe("where and when a signed playback id plays", () => {
  const from = (ip: string, headers: Record<string, string> = {}) => ({
    headers: { "CF-Connecting-IP": ip, ...headers },
  });

  async function scene(claims: Readonly<Record<string, unknown>>) {
    const { video, isolate, signer, location } = await signed();
    const token = await signer.sign(video.playbackId, claims);
    const path = `/p/${video.playbackId}/hls.m3u8?token=${token}`;
    return { video, isolate, location, path };
  }

  it("is what the token's rules say: first match wins, a place not known is in no set", async () => {
    const rules = [
      { action: "block", type: "ip", ips: ["203.0.113.7"] },
      { action: "allow", type: "ip", ips: ["203.0.113.0/24", "2001:db8::/32"] },
      { action: "block", type: "any" },
    ];
    const { isolate, path } = await scene({ rules });
    const code = async (ip: string) => {
      const answer = await isolate.fetch(path, from(ip));
      return answer.status === 200 ? 200 : answer.code;
    };
    expect(await code("203.0.113.8")).toBe(200);
    expect(await code("2001:db8::1")).toBe(200);
    expect(await code("203.0.113.7")).toBe("notAvailableHere");
    expect(await code("198.51.100.1")).toBe("notAvailableHere");
    expect((await isolate.fetch(path)).code).toBe("notAvailableHere");
  });

  it("is the pages that are allowed, by Origin, else by Referer", async () => {
    const { isolate, path } = await scene({ origins: ["*.example.com"], allowNoOrigin: false });
    const code = async (headers: Record<string, string>) => {
      const answer = await isolate.fetch(path, { headers });
      return answer.status === 200 ? 200 : answer.code;
    };
    expect(await code({ Origin: "https://app.example.com" })).toBe(200);
    expect(await code({ Referer: "https://app.example.com/watch" })).toBe(200);
    expect(await code({ Origin: "https://example.com.evil.test" })).toBe("originNotAllowed");
    expect(await code({})).toBe("originNotAllowed");
  });

  it("is the network that the token is bound to, for its sessions too", async () => {
    const { isolate, path } = await scene({ ip: "203.0.113.0/24" });
    expect((await isolate.fetch(path, from("198.51.100.1"))).code).toBe("notAvailableHere");
    const manifest = await isolate.fetch(path, from("203.0.113.9"));
    const session = /s\/([\w-]{96})\//.exec(manifest.text)?.[1];
    const segment = path.replace(/hls\.m3u8.*$/, `s/${session}/1-v720/2/0.m4s`);
    expect((await isolate.fetch(segment, from("203.0.113.200"))).status).toBe(200);
    for (const elsewhere of [from("198.51.100.1"), {}]) {
      const refused = await isolate.fetch(segment, elsewhere);
      expect([refused.status, refused.code]).toEqual([403, "notAvailableHere"]);
    }
  });

  it("is the video's window: not before, not after, and no session outlives it", async () => {
    const { video, isolate, signer, location } = await signed();
    const from = location.nowMs - 1_000;
    const until = location.nowMs + 3_600_000;
    await env.DB.prepare("UPDATE videos SET available_from = ?, available_until = ? WHERE id = ?")
      .bind(from, until, video.videoId)
      .run();
    const opened = await isolate.open(video.playbackId, `token=${await signer.sign(video.playbackId)}`);
    const segment = `${opened.root}/1-v720/2/0.m4s`;
    expect((await isolate.fetch(segment)).status).toBe(200);
    location.nowMs = until;
    const after = await isolate.fetch(segment);
    expect([after.status, after.code]).toEqual([403, "notAvailableNow"]);
    location.nowMs = from - 1;
    const early = location.isolate();
    expect((await early.fetch(`/p/${video.playbackId}/hls.m3u8`)).code).toBe("notAvailableNow");
  });
});

describe("terms that become narrower", () => {
  it("end the sessions that a location minted before it heard of them, and no newer one", async () => {
    const { video, isolate, location } = await signed();
    await env.DB.prepare("UPDATE playback_ids SET policy = 'public' WHERE id = ?")
      .bind(video.playbackId)
      .run();
    const before = await isolate.open(video.playbackId);
    const narrower = JSON.stringify({ limits: { maxHeight: 360 }, termsVersion: 1 });
    await env.DB.prepare("UPDATE playback_ids SET access = ? WHERE id = ?")
      .bind(narrower, video.playbackId)
      .run();
    // The isolate still has the record of before: what it mints now is by the old terms.
    location.nowMs += 2_500;
    const late = await isolate.open(video.playbackId);
    expect(late.text).toContain("v720");
    location.nowMs += 70_000;
    for (const { root } of [before, late]) {
      const outdated = await isolate.fetch(`${root}/1-v720/2/0.m4s`);
      expect([outdated.status, outdated.code]).toEqual([403, "sessionExpired"]);
    }
    const now = await isolate.open(video.playbackId);
    expect(now.text).not.toContain("v720");
    expect((await isolate.fetch(`${now.root}/1-v360/2/0.m4s`)).status).toBe(200);
  });

  it("turn nobody away whose session is newer than what an isolate remembers", async () => {
    const { video, isolate, location } = await signed();
    await env.DB.prepare("UPDATE playback_ids SET policy = 'public' WHERE id = ?")
      .bind(video.playbackId)
      .run();
    await isolate.open(video.playbackId);
    const narrower = JSON.stringify({ limits: { maxHeight: 360 }, termsVersion: 1 });
    await env.DB.prepare("UPDATE playback_ids SET access = ? WHERE id = ?")
      .bind(narrower, video.playbackId)
      .run();
    location.nowMs += 5_000;
    const newer = await location.isolate().open(video.playbackId);
    expect(newer.text).not.toContain("v720");
    expect((await isolate.fetch(`${newer.root}/1-v360/2/0.m4s`)).status).toBe(200);
  });
});
