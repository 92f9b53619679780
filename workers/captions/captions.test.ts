import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { captionKey, subtitlesKey } from "#workers/storage/keys.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo, seedVideo } from "#workers/testing/seed-video.ts";
import { keepEvents, toldEvents } from "#workers/testing/told-events.ts";
import type { Caption } from "./contract.ts";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("videos:read", "videos:write");
});

const vtt = "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nfirst\n\n00:00:25.000 --> 00:00:27.000\nlater\n";
const path = (videoId: string, name = "") => `/v1/videos/${videoId}/captions${name === "" ? "" : `/${name}`}`;
const put = (videoId: string, name: string, body: BodyInit = vtt) =>
  call("PUT", path(videoId, name), { token, body, headers: { "Content-Type": "text/vtt" } });
const list = async (videoId: string) =>
  (await (await call("GET", path(videoId), { token })).json<{ data: readonly Caption[] }>()).data;

async function addSourceText(videoId: string): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO subtitles (video_id, version, id, language, title, is_default, is_forced, attempt)
     VALUES (?, 1, 't0', 'de', '', 1, 0, 3)`,
  )
    .bind(videoId)
    .run();
  await env.MEDIA.put(subtitlesKey(videoId, 1, 0, 3), "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nerstens\n");
}

describe("the API", () => {
  it("takes SRT, shows it as what it became, replaces it, and takes it away with its object", async () => {
    const { videoId } = await seedVideo(env);
    const srt = "1\r\n00:00:01,000 --> 00:00:03,000\r\nfirst\r\n";
    const made = await put(videoId, "EN-us?label=American", srt);
    expect(made.status).toBe(201);
    const caption = await made.json<Caption>();
    expect(caption).toMatchObject({
      ...{ id: "en-US", language: "en-US", label: "American", kind: "subtitles", origin: "uploaded" },
      ...{ default: false, forced: false, hidden: false, cues: 1 },
    });
    const file = await call("GET", path(videoId, "en-US.vtt"), { token });
    expect(file.headers.get("Content-Type")).toBe("text/vtt; charset=utf-8");
    expect(await file.text()).toBe("WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nfirst\n");
    expect((await put(videoId, "en-us")).status).toBe(200);
    expect(await list(videoId)).toMatchObject([{ id: "en-US", label: "American", cues: 2 }]);
    expect((await call("DELETE", path(videoId, "en-US"), { token })).status).toBe(204);
    expect(await list(videoId)).toEqual([]);
    expect(await env.MEDIA.head(captionKey(videoId, "en-US"))).toBeNull();
  });

  it("takes the file as a part of a form", async () => {
    const { videoId } = await seedVideo(env);
    const body = new FormData();
    body.set("file", new Blob([vtt]), "en.vtt");
    const answer = await call("POST", path(videoId, "en.captions"), { token, body });
    expect([answer.status, (await answer.json<Caption>()).kind]).toEqual([201, "captions"]);
  });

  it("lets one text be the default, of those that were uploaded and those of the source", async () => {
    const { videoId } = await seedVideo(env);
    await addSourceText(videoId);
    await put(videoId, "en");
    await put(videoId, "fr.forced?default=true");
    const defaults = async () => (await list(videoId)).filter((each) => each.default).map(({ id }) => id);
    expect(await defaults()).toEqual(["fr.forced"]);
    await call("PATCH", path(videoId, "en"), { token, json: { default: true } });
    expect(await defaults()).toEqual(["en"]);
    await call("PATCH", path(videoId, "t0"), { token, json: { default: true, label: "Deutsch" } });
    expect(await defaults()).toEqual(["t0"]);
    expect((await list(videoId)).find(({ id }) => id === "t0")).toMatchObject({
      label: "Deutsch",
      origin: "source",
    });
  });

  it.each([
    ["en", "WEBVTT\n\n00:02.000 --> 00:01.000\nx", 422, "captionsInvalid"],
    ["en", "", 422, "captionsInvalid"],
    ["en.forced?kind=captions", vtt, 400, "invalidParameter"],
    ["not_a_language", vtt, 400, "invalidParameter"],
    ["t0", vtt, 400, "invalidParameter"],
    ["en?default=yes", vtt, 400, "invalidParameter"],
    ["en", "x".repeat(10_000_001), 413, "bodyTooLarge"],
  ])("refuses %s with what it can't be", async (name, body, status, code) => {
    const { videoId } = await seedVideo(env);
    const answer = await put(videoId, name, body);
    expect([answer.status, (await problemOf(answer)).code]).toEqual([status, code]);
    expect(await list(videoId)).toEqual([]);
  });

  it("knows no captions of no video, and leaves no object of one", async () => {
    const videoId = "vid_01M83DNSH2Y3WJX8BTAD1AYYHF";
    for (const answer of [await put(videoId, "en"), await call("GET", path(videoId), { token })])
      expect(answer.status).toBe(404);
    expect(await env.MEDIA.head(captionKey(videoId, "en"))).toBeNull();
  });

  it("does not delete what the source carries", async () => {
    const { videoId } = await seedVideo(env);
    await addSourceText(videoId);
    expect((await call("DELETE", path(videoId, "t0"), { token })).status).toBe(409);
  });
});

describe("events", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const ofCaptions = async (videoId: string) =>
    (await toldEvents()).filter(
      ({ type, data }) => type.startsWith("caption.") && "videoId" in data && data.videoId === videoId,
    );

  it("tell of every change of an upload, with the whole of it; of a deletion, as it was", async () => {
    keepEvents();
    const { videoId } = await seedVideo(env);
    const shown = async () => ({ videoId, ...(await list(videoId))[0] });
    await put(videoId, "en");
    const made = await shown();
    await put(videoId, "en?label=English&default=true");
    const replaced = await shown();
    await call("PATCH", path(videoId, "en"), { token, json: { hidden: true } });
    const hidden = await shown();
    await call("DELETE", path(videoId, "en"), { token });
    const told = (await ofCaptions(videoId)).map(({ type, data }) => ({ type, data }));
    const at = (data: object) => ({ ...data, url: `https://api.test${path(videoId, "en")}.vtt` });
    expect(told).toEqual([
      { type: "caption.created", data: at(made) },
      { type: "caption.updated", data: at(replaced) },
      { type: "caption.updated", data: at(hidden) },
      { type: "caption.deleted", data: at(hidden) },
    ]);
  });

  it("tell of a text of the source when something is said of it, and of nothing that was refused", async () => {
    keepEvents();
    const { videoId } = await seedVideo(env);
    await addSourceText(videoId);
    await call("PATCH", path(videoId, "t0"), { token, json: { label: "Deutsch" } });
    await call("DELETE", path(videoId, "t0"), { token });
    await call("DELETE", path(videoId, "en"), { token });
    await put("vid_01M83DNSH2Y3WJX8BTAD1AYYHF", "en");
    const own = await ofCaptions(videoId);
    expect(own).toMatchObject([
      { type: "caption.updated", data: { id: "t0", label: "Deutsch", origin: "source", default: true } },
    ]);
  });

  it("say of ten who upload the first at once that one made them", async () => {
    keepEvents();
    const { videoId } = await seedVideo(env);
    const answers = await Promise.all(Array.from({ length: 10 }, () => put(videoId, "en")));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(9);
    const own = await ofCaptions(videoId);
    expect(own.map(({ type }) => type).toSorted()).toEqual([
      "caption.created",
      ...Array<string>(9).fill("caption.updated"),
    ]);
  });
});

describe("players", () => {
  it("are told of all that is not hidden, in HLS and in DASH, and are given the cues", async () => {
    const video = await seedSealedVideo(env);
    await addSourceText(video.videoId);
    await put(video.videoId, "en.captions?default=true");
    await put(video.videoId, "fr.forced");
    await put(video.videoId, "it");
    await call("PATCH", path(video.videoId, "it"), { token, json: { hidden: true } });
    const isolate = new Location().isolate();
    const { text, root } = await isolate.open(video.playbackId);
    const lines = text.split("\n").filter((line) => line.includes("TYPE=SUBTITLES"));
    expect(lines.map((line) => line.replace(/URI=.*/, ""))).toEqual([
      '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",LANGUAGE="en",NAME="English (CC)",DEFAULT=YES,AUTOSELECT=YES,' +
        'FORCED=NO,CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog,' +
        'public.accessibility.describes-music-and-sound",',
      '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",LANGUAGE="fr",NAME="French (forced)",DEFAULT=NO,' +
        "AUTOSELECT=YES,FORCED=YES,",
      '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",LANGUAGE="de",NAME="German",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,',
    ]);
    for (const variant of text.split("\n").filter((line) => line.startsWith("#EXT-X-STREAM-INF")))
      expect(variant).toContain('SUBTITLES="subtitles"');
    const playlist = await isolate.fetch(`${root}/1-text/en.captions/index.m3u8`);
    expect(playlist.text).toContain("#EXTINF:60.000,\n1.vtt\n#EXT-X-ENDLIST");
    const cues = await isolate.fetch(`${root}/1-text/en.captions/1.vtt`);
    expect(cues.text).toBe(vtt.replace("WEBVTT\n", "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n"));
    expect((await isolate.fetch(`${root}/1-text/it/index.m3u8`)).status).toBe(404);
    const mpd = (await isolate.fetch(`/p/${video.playbackId}/dash.mpd`)).text;
    expect([...mpd.matchAll(/text\/vtt" lang="(\w+)"/g)].map(([, tag]) => tag)).toEqual(["en", "fr", "de"]);
    const [, base] = /<BaseURL>(.*?)<\/BaseURL>/.exec(mpd) ?? [];
    const [, own] = /<BaseURL>(1-text\/t0.*?)<\/BaseURL>/.exec(mpd) ?? [];
    expect((await isolate.fetch(`/p/${video.playbackId}/${base}${own}`)).text).toContain("erstens");
  });

  it("start with the language that their limits wish", async () => {
    const video = await seedSealedVideo(env);
    await put(video.videoId, "en?default=true");
    await put(video.videoId, "pt-BR");
    const isolate = new Location().isolate();
    for (const [query, name] of [
      ["", "en"],
      ["defaultSubtitles=pt", "pt-BR"],
      ["defaultSubtitles=fi", "en"],
    ] as const) {
      const { text } = await isolate.open(video.playbackId, query);
      expect(/LANGUAGE="([\w-]+)",NAME="[^"]*",DEFAULT=YES,AUTOSELECT=YES,FORCED/.exec(text)?.[1]).toBe(name);
    }
  });

  it("of a part of the film are given the cues of that part: on its own clock in HLS, from 0 in DASH", async () => {
    const video = await seedSealedVideo(env);
    await put(video.videoId, "en");
    const isolate = new Location().isolate();
    const { text, root } = await isolate.open(video.playbackId, "start=20&end=40");
    expect(text).toContain("1-text/en/index.m3u8");
    expect((await isolate.fetch(`${root}/1-text/en/index.m3u8`)).text).toContain("#EXTINF:20.000,");
    const hls = (await isolate.fetch(`${root}/1-text/en/1.vtt`)).text;
    expect(hls).toContain("MPEGTS:0\n\n00:00:25.000 --> 00:00:27.000\nlater");
    expect(hls).not.toContain("first");
    const dash = (await isolate.fetch(`${root}/1-text/en/1.period.vtt`)).text;
    expect(dash).toBe("WEBVTT\n\n00:00:05.000 --> 00:00:07.000\nlater\n");
  });

  it("of a growing film are given texts that grow as it does, and end with it", async () => {
    const video = await seedVideo(env);
    await video.publish(0);
    await put(video.videoId, "en");
    const location = new Location();
    const isolate = location.isolate();
    const { text, root } = await isolate.open(video.playbackId);
    expect(text).toContain("1-text/en/growing.m3u8");
    const read = async () => (await isolate.fetch(`${root}/1-text/en/growing.m3u8`)).text;
    const before = await read();
    expect(before).toMatch(/PLAYLIST-TYPE:EVENT\n(#EXTINF:4\.000,\n1\.[012]\.vtt\n){3}$/);
    expect((await isolate.fetch(`${root}/1-text/en/1.0.vtt`)).text).toContain("first");
    expect((await isolate.fetch(`${root}/1-text/en/1.1.vtt`)).text).not.toContain("first");
    expect((await isolate.fetch(`${root}/1-text/en/1.3.vtt`)).status).toBe(404);
    for (const chunk of [1, 2]) await video.publish(chunk);
    await video.seal();
    location.nowMs += 10_000;
    const after = await read();
    expect(after.startsWith(before)).toBe(true);
    expect(after.endsWith("1.14.vtt\n#EXT-X-ENDLIST\n")).toBe(true);
  });

  it.each(["en/index.m3u9", "en/1.vtt.x", "en/..vtt", "en/1.2.3.vtt", "xx/1.vtt", "en/01.vtt"])(
    "are told that there is no %s",
    async (file) => {
      const video = await seedSealedVideo(env);
      await put(video.videoId, "en");
      const isolate = new Location().isolate();
      const { root } = await isolate.open(video.playbackId);
      expect((await isolate.fetch(`${root}/1-text/${file}`)).status).toBe(404);
    },
  );
});
