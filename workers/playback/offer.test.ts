// What a viewer is offered, through the whole path: the manifest says it, and the session opens exactly that.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { insertApiKey } from "#workers/testing/api-client.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { seedFormats } from "#workers/testing/seed-formats.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";
import { tokenSigner } from "#workers/testing/token-signer.ts";
import type { Format } from "#workers/timeline/timeline.ts";

const variants = (playlist: string) =>
  playlist.split("\n").flatMap((line) => /-(v\d+)\/index\.m3u8$/.exec(line)?.[1] ?? []);
const names = (playlist: string) => playlist.split("\n").filter((line) => line.endsWith(".m4s"));

const sound = (id: string, language: string): Format => {
  const format = seedFormats.find(({ kind }) => kind === "audio");
  if (format?.kind !== "audio") throw new Error("no sound in the seed");
  return { ...format, id, language };
};

async function video(policy: "public" | "signed" = "public") {
  const formats = [...seedFormats, sound("a1", "de")];
  const seeded = await seedSealedVideo(env, { policy, formats });
  const location = new Location();
  return { seeded, location, isolate: location.isolate(), base: `/p/${seeded.playbackId}` };
}

describe("modifiers of a public manifest", () => {
  it("cap and order the renditions, and what was dropped can't be read by the session", async () => {
    const { seeded, isolate } = await video();
    const capped = await isolate.open(seeded.playbackId, "maxHeight=360");
    expect(variants(capped.text)).toEqual(["v360"]);
    expect((await isolate.fetch(`${capped.root}/1-v360/2/0.m4s`)).status).toBe(200);
    const dropped = await isolate.fetch(`${capped.root}/1-v720/2/0.m4s`);
    expect([dropped.status, dropped.code]).toEqual([404, "notFound"]);
    expect(variants((await isolate.open(seeded.playbackId, "order=descending")).text)).toEqual([
      "v720",
      "v360",
    ]);
    expect(variants((await isolate.open(seeded.playbackId, "order=ascending")).text)).toEqual([
      "v360",
      "v720",
    ]);
    expect(variants((await isolate.open(seeded.playbackId, "minHeight=700")).text)).toEqual(["v720"]);
  });

  it("choose languages and sound alone", async () => {
    const { seeded, isolate, base } = await video();
    const german = await isolate.open(seeded.playbackId, "audioLanguages=de,en");
    expect(german.text).toMatch(/LANGUAGE="de",NAME="[^"]+",DEFAULT=YES/);
    expect(german.text).toMatch(/LANGUAGE="en",NAME="[^"]+",DEFAULT=NO/);
    const only = await isolate.open(seeded.playbackId, "audioOnly=true");
    expect(variants(only.text)).toEqual([]);
    expect((await isolate.fetch(`${only.root}/1-a0/2/0.m4s`)).status).toBe(200);
    const mpd = (await isolate.fetch(`${base}/dash.mpd?audioOnly=true`)).text;
    expect(mpd).toContain('contentType="audio"');
    expect(mpd).not.toContain('contentType="video"');
  });

  it("cut a clip at once, in HLS and DASH, whose segments are the whole video's", async () => {
    const { seeded, isolate, base } = await video();
    const clip = await isolate.open(seeded.playbackId, "start=5&end=11");
    expect(clip.text).toContain("#EXT-X-START:TIME-OFFSET=1");
    const media = (await isolate.fetch(`${clip.root}/1-v720/index.m3u8`)).text;
    expect(names(media)).toEqual(["2/1.m4s", "2/2.m4s"]);
    expect((await isolate.fetch(`${clip.root}/1-v720/2/1.m4s`)).bytes).toEqual(
      seeded.segmentBytes("v720", 2, 1),
    );
    expect((await isolate.fetch(`${clip.root}/1-v720/2/0.m4s`)).status).toBe(404);
    expect((await isolate.fetch(`${clip.root}/1-v720/2/3.m4s`)).status).toBe(404);
    const mpd = (await isolate.fetch(`${base}/dash.mpd?start=4&end=8`)).text;
    expect(mpd).toContain('mediaPresentationDuration="PT4S"');
  });

  it("are refused when they are doubled, absurd, or leave nothing", async () => {
    const { isolate, base } = await video();
    for (const query of [
      "maxHeight=360&maxHeight=720",
      "maxHeight=-1",
      "maxHeight=x",
      "order=best",
      "start=9&end=3",
    ]) {
      const refused = await isolate.fetch(`${base}/hls.m3u8?${query}`);
      expect([refused.status, refused.code], query).toEqual([400, "invalidParameter"]);
      expect(JSON.parse(refused.text)).toHaveProperty("detail");
    }
    const none = await isolate.fetch(`${base}/hls.m3u8?codecs=av01`);
    expect([none.status, none.code]).toEqual([403, "noRenditionAllowed"]);
    expect((await isolate.fetch(`${base}/hls.m3u8?start=99999`)).code).toBe("invalidParameter");
  });

  it("leave a manifest without them as it is, whatever else its query holds", async () => {
    const { seeded, isolate } = await video();
    const plain = await isolate.open(seeded.playbackId);
    const other = await isolate.open(seeded.playbackId, "utm_source=x&CMCD=sid%3D%22a%22");
    const without = (opened: typeof plain) => opened.text.replaceAll(opened.session, "S");
    expect(without(other)).toBe(without(plain));
  });
});

describe("modifiers of a signed manifest", () => {
  it("hold from the token, and are refused in the URL", async () => {
    const { seeded, isolate, location, base } = await video("signed");
    const signer = await tokenSigner(env, location.nowMs);
    const limits = { maxHeight: 360, start: 4, end: 8 };
    const token = await signer.sign(seeded.playbackId, { limits });
    const opened = await isolate.open(seeded.playbackId, `token=${token}`);
    expect(variants(opened.text)).toEqual(["v360"]);
    expect(names((await isolate.fetch(`${opened.root}/1-v360/index.m3u8`)).text)).toEqual(["2/1.m4s"]);
    const refused = await isolate.fetch(`${base}/hls.m3u8?token=${token}&maxHeight=1080`);
    expect([refused.status, refused.code]).toEqual([403, "modifierNotSigned"]);
  });
});

describe("what is known of a viewer", () => {
  it("makes Save-Data start low, capped, and without pictures to scrub by", async () => {
    const { isolate, base } = await video();
    const saving = await isolate.fetch(`${base}/hls.m3u8`, { headers: { "Save-Data": "on" } });
    expect(variants(saving.text)).toEqual(["v360"]);
    expect(saving.text).not.toContain("I-FRAME");
  });

  it("is told by the explanation, rendition by rendition", async () => {
    const { isolate, base } = await video();
    const headers = { Authorization: `Bearer ${await insertApiKey("admin")}` };
    const answer = await isolate.fetch(`${base}/hls.m3u8?maxHeight=360&explain=1`, { headers });
    const { checks } = JSON.parse(answer.text) as {
      checks: { rule: string; input: Record<string, unknown> }[];
    };
    const { input } = checks.find(({ rule }) => rule === "renditions") ?? {};
    expect(input?.["renditions"]).toEqual([
      { track: "v360", kept: true, rule: "offered" },
      { track: "v720", kept: false, rule: "maxHeight", input: "360" },
      { track: "a0", kept: true, rule: "offered" },
      { track: "a1", kept: true, rule: "offered" },
    ]);
  });
});
