import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";
import { tokenSigner } from "#workers/testing/token-signer.ts";

describe("a signed playback id", () => {
  async function signed() {
    const video = await seedSealedVideo(env, { policy: "signed" });
    await video.addImages(3);
    const location = new Location();
    const signer = await tokenSigner(env, location.nowMs);
    return { video, location, isolate: location.isolate(), signer };
  }

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
    expect((await isolate.fetch(`/p/${playbackId}/thumbnail.jpg?token=${pictures}`)).status).toBe(200);
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
