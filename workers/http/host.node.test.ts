import { describe, expect, it } from "vitest";
import { isServedAt, sitesOf } from "./host.ts";

const served = (url: string, playbackHost?: string) => isServedAt(new URL(url), playbackHost);
const playback = ["/p/AAAA/hls.m3u8", "/p/", "/p/x/s/y/1-v360/init.mp4"];
const others = [
  "/",
  "/v1/videos",
  "/watch/AAAA",
  "/internal/v1/claims",
  "/metrics",
  "/healthz",
  "/p",
  "/P/x",
  "//p/x",
];

describe("without a playback host", () => {
  it.each([...playback, ...others])("%s is answered at every host", (path) => {
    for (const setting of [undefined, ""]) expect(served(`https://any.example${path}`, setting)).toBe(true);
  });
});

describe("with a playback host", () => {
  it.each(playback)("%s is answered there and nowhere else", (path) => {
    expect(served(`https://play.example.com${path}`, "Play.example.com")).toBe(true);
    expect(served(`https://example.com${path}`, "play.example.com")).toBe(false);
    expect(served(`https://play.example.com.evil.example${path}`, "play.example.com")).toBe(false);
    expect(served(`https://xplay.example.com${path}`, "play.example.com")).toBe(false);
  });

  it.each(others)("%s is answered anywhere else, and not there", (path) => {
    expect(served(`https://play.example.com${path}`, "play.example.com")).toBe(false);
    expect(served(`https://example.com${path}`, "play.example.com")).toBe(true);
  });

  it("counts the port when the setting has one", () => {
    expect(served("http://play.localhost:8787/p/x", "play.localhost:8787")).toBe(true);
    expect(served("http://play.localhost:8788/p/x", "play.localhost:8787")).toBe(false);
    expect(served("http://play.localhost:8787/p/x", "play.localhost")).toBe(true);
  });

  it.each(["https://play.example.com", "play.example.com/", "play example", ".", "a@b"])(
    "breaks loudly when the setting is %s, rather than refuse everything",
    (setting) => {
      expect(() => served("https://example.com/p/x", setting)).toThrow("PLAYBACK_HOST");
    },
  );
});

describe("the sites of an answer", () => {
  const request = new Request("https://api.example.com/v1/videos");

  it("are one without a playback host", () => {
    expect(sitesOf(request, {})).toEqual({
      api: "https://api.example.com",
      playback: "https://api.example.com",
    });
  });

  it("are two with one, by the scheme of the request", () => {
    const env = { PLAYBACK_HOST: "play.example.com" };
    expect(sitesOf(request, env).playback).toBe("https://play.example.com");
    const behindProxy = new Request("http://inner/v1/videos", {
      headers: { "X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example.com" },
    });
    expect(sitesOf(behindProxy, env)).toEqual({
      api: "https://api.example.com",
      playback: "https://play.example.com",
    });
  });
});
