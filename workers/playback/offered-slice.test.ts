import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";
import { groupingOf, holdsSegment } from "./offered-slice.ts";
import { importSessionKeys } from "./session-keys.ts";
import { anonymousClaims, mintSession, type Slice } from "./session.ts";

describe("a session of a slice", () => {
  async function opened(slice: Slice) {
    const video = await seedSealedVideo(env);
    const location = new Location();
    const keys = await importSessionKeys(env.SESSION_KEYS);
    const claims = { ...anonymousClaims(location.nowMs, 60, 0xffffffff), slice };
    const session = await mintSession(claims, video.playbackId, keys);
    const isolate = location.isolate();
    const read = (path: string) => isolate.fetch(`/p/${video.playbackId}/s/${session}/1-v720/${path}`);
    return { video, read };
  }
  const named = (playlist: string) => playlist.split("\n").filter((line) => line.endsWith(".m4s"));

  it("lists its segments under the names they have in the whole, and opens no other", async () => {
    const { video, read } = await opened({ fromFragment: 2, toFragment: 6 });
    const playlist = (await read("index.m3u8")).text;
    expect(named(playlist)).toEqual(["2/1.m4s", "2/2.m4s"]);
    expect(playlist).toContain("#EXT-X-ENDLIST");
    expect((await read("2/1.m4s")).bytes).toEqual(video.segmentBytes("v720", 2, 1));
    for (const outside of ["2/0.m4s", "2/3.m4s", "1/1.m4s", "1/6.m4s"]) {
      const refused = await read(outside);
      expect([refused.status, refused.code], outside).toEqual([404, "notFound"]);
    }
    expect((await read("1/2.m4s")).status).toBe(200);
  });

  it("goes by single fragments where it does not fit the grid of segments", async () => {
    const { video, read } = await opened({ fromFragment: 1, toFragment: 4 });
    expect(named((await read("index.m3u8")).text)).toEqual(["1/1.m4s", "1/2.m4s", "1/3.m4s"]);
    expect((await read("1/3.m4s")).bytes).toEqual(video.segmentBytes("v720", 1, 3));
    expect((await read("2/0.m4s")).status).toBe(404);
    expect((await read("2/1.m4s")).status).toBe(200);
  });
});

describe("grouping and slice", () => {
  it("agree: every fragment of a slice is in a segment that the slice holds", () => {
    for (const own of [1, 2, 3] as const) {
      for (let fromFragment = 0; fromFragment < 8; fromFragment++) {
        for (const toFragment of [null, 8, 9, 10, 11, 12]) {
          const slice = { fromFragment, toFragment };
          const g = groupingOf(slice, own);
          for (let fragment = fromFragment; fragment < (toFragment ?? 12); fragment++)
            expect(holdsSegment(slice, g, Math.floor(fragment / g))).toBe(true);
        }
      }
    }
  });
});
