import { expect, it } from "vitest";
import { addressesOf, snippets } from "./snippets.ts";

const hosts = { origin: "https://video.example", playbackOrigin: "https://play.example" };
const open = { id: "kq1mH0b7cJ5r2dQw8Zt3Vg", policy: "public" } as const;
const signed = { ...open, policy: "signed" } as const;
const codeOf = (name: string, policy: typeof open | typeof signed) =>
  snippets(hosts, policy, [1080, 1920]).find((snippet) => snippet.name === name)?.code ?? "";

it("frames the embed page as wide as its place, in the video's own shape, and lets it play and fill the screen", () => {
  const code = codeOf("Embed", open);
  expect(code).toContain('src="https://play.example/p/kq1mH0b7cJ5r2dQw8Zt3Vg/embed"');
  expect(code).toContain("width: 100%; aspect-ratio: 1080 / 1920");
  expect(code).toContain('allow="autoplay; encrypted-media; fullscreen; picture-in-picture"');
  expect(code).toMatch(/\n {2}allowfullscreen\n/);
  expect(snippets(hosts, open, null)[0]?.code).toContain("aspect-ratio: 16 / 9");
});

it("names the place of a token in every address and snippet of what is signed, and in none of what is public", () => {
  for (const { name, code } of [...addressesOf(hosts, signed), ...snippets(hosts, signed, null)])
    expect(code, name).toContain("TOKEN");
  for (const { name, code } of [...addressesOf(hosts, open), ...snippets(hosts, open, null)])
    expect(code, name).not.toContain("oken");
});

it("puts a token that was made into each address, on the host that answers it", () => {
  expect(addressesOf(hosts, signed, "a.b.c").map(({ code }) => code)).toEqual([
    "https://play.example/p/kq1mH0b7cJ5r2dQw8Zt3Vg/hls.m3u8?token=a.b.c",
    "https://play.example/p/kq1mH0b7cJ5r2dQw8Zt3Vg/dash.mpd?token=a.b.c",
    "https://video.example/watch/kq1mH0b7cJ5r2dQw8Zt3Vg?token=a.b.c",
    "https://play.example/p/kq1mH0b7cJ5r2dQw8Zt3Vg/embed?token=a.b.c",
  ]);
});
