import { describe, expect, it } from "vitest";
import { attributesOf } from "./options.ts";

const id = "AAAAAAAAAAAAAAAAAAAAAA";
const of = (query: string) => Object.fromEntries(attributesOf(`https://play.test/p/${id}/embed${query}`));

describe("the address of an embed page", () => {
  it("names the video", () => {
    expect(of("")).toEqual({ "playback-id": id });
    expect(Object.fromEntries(attributesOf("https://play.test/embed"))).toEqual({});
  });

  it("says how it is played", () => {
    expect(of("?autoplay&muted=1&loop=true&start-time=1m30s&accent-color=%23f00")).toEqual({
      ...{ "playback-id": id, autoplay: "", muted: "", loop: "" },
      ...{ "start-time": "1m30s", "accent-color": "#f00" },
    });
    expect(of("?resume")).toEqual({ "playback-id": id, resume: "" });
    expect(of("?autoplay=0&muted=false&resume=0")).toEqual({ "playback-id": id });
  });

  it("says nothing else: no other attribute, no handler, no other origin", () => {
    expect(of("?onclick=alert(1)&playback-origin=https://evil.test&style=x&token=t&poster=x")).toEqual({
      "playback-id": id,
    });
  });
});
