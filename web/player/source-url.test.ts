import { describe, expect, it } from "vitest";
import { eventUrlIn, sourceUrl, withPathways } from "./source-url.ts";

const source = { origin: "https://media.example", playbackId: "Wn3xZ1q0T2uLr9m5cVb7Kg", token: "" };

describe("sourceUrl", () => {
  it("has a token only for a video that needs one", () => {
    const url = "https://media.example/p/Wn3xZ1q0T2uLr9m5cVb7Kg/hls.m3u8";
    expect(sourceUrl(source, "hls.m3u8")).toBe(url);
    expect(sourceUrl({ ...source, token: "a.b-_.c" }, "hls.m3u8")).toBe(`${url}?token=a.b-_.c`);
  });

  it("keeps whatever the page wrote inside its part", () => {
    expect(sourceUrl({ ...source, playbackId: "../v1", token: "a&b=c#d" }, "hls.m3u8")).toBe(
      "https://media.example/p/..%2Fv1/hls.m3u8?token=a%26b%3Dc%23d",
    );
  });
});

describe("withPathways", () => {
  it("asks for both, and keeps what the URL says already", () => {
    const url = "https://media.example/p/Wn3xZ1q0T2uLr9m5cVb7Kg/hls.m3u8";
    expect(withPathways(url)).toBe(`${url}?pathways=1`);
    expect(withPathways(`${url}?token=a.b-_.c`)).toBe(`${url}?token=a.b-_.c&pathways=1`);
  });
});

describe("eventUrlIn", () => {
  const session = `https://media.example/p/Wn3xZ1q0T2uLr9m5cVb7Kg/s/${"S".repeat(96)}`;

  it("is beside the tracks of the session, without their query", () => {
    for (const rest of ["/1-v720/index.m3u8", "/1-v720/2/0.m4s?CMCD=ot%3Dv"]) {
      expect(eventUrlIn(session + rest)).toBe(`${session}/event`);
    }
  });

  it("is nothing for a URL without a session", () => {
    for (const url of ["", session, "https://a.example/p/x/hls.m3u8", "https://a.example/?/p/x/s/y/z"]) {
      expect(eventUrlIn(url)).toBeNull();
    }
  });
});
