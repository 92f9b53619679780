import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { seedFormats } from "#workers/testing/seed-formats.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";
import { keepEvents, toldEvents } from "#workers/testing/told-events.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("relabels, prefers and reorders sounds, in HLS and in DASH, and tells of it", async () => {
  keepEvents();
  const token = await insertApiKey("videos:read", "videos:write");
  const [sound] = seedFormats.filter(({ kind }) => kind === "audio");
  if (sound?.kind !== "audio") throw new Error("no sound");
  const others = [
    { ...sound, id: "a1", language: "de" },
    { ...sound, id: "a2", language: "en" },
  ];
  const video = await seedSealedVideo(env, { formats: [...seedFormats, ...others] });
  const path = `/v1/videos/${video.videoId}/audio-tracks`;
  const patch = (id: string, json: object) => call("PATCH", `${path}/${id}`, { token, json });
  expect((await patch("a2", { label: "Commentary", position: 0 })).status).toBe(200);
  expect((await patch("a1", { default: true })).status).toBe(200);
  expect((await patch("a9", { default: true })).status).toBe(404);
  expect(await toldEvents()).toMatchObject([
    { type: "audioTrack.updated", data: { videoId: video.videoId, id: "a2", label: "Commentary" } },
    {
      type: "audioTrack.updated",
      data: { videoId: video.videoId, id: "a1", default: true, codec: sound.codec },
    },
  ]);
  const { data } = await (await call("GET", path, { token })).json<{ data: readonly object[] }>();
  expect(data).toMatchObject([
    { id: "a2", label: "Commentary", default: false },
    { id: "a0", label: "English", default: false },
    { id: "a1", label: "German", default: true },
  ]);
  const isolate = new Location().isolate();
  const soundsOf = async (query: string) => {
    const { text } = await isolate.open(video.playbackId, query);
    return [...text.matchAll(/TYPE=AUDIO.*NAME="(.*?)",DEFAULT=(\w+)/g)].map(
      ([, name, is]) => `${name} ${is}`,
    );
  };
  expect(await soundsOf("")).toEqual(["German YES", "Commentary NO", "English NO"]);
  expect((await soundsOf("audioLanguages=en"))[0]).toBe("English YES");
  const mpd = (await isolate.fetch(`/p/${video.playbackId}/dash.mpd`)).text;
  expect(mpd).toContain("<Label>Commentary</Label>");
  expect([...mpd.matchAll(/audio\/mp4" lang="(\w+)"/g)].map(([, tag]) => tag)).toEqual(["de", "en", "en"]);
});
