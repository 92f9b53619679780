import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Scope } from "#workers/access/scope.ts";
import { insertApiKey } from "#workers/testing/api-client.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";

const bearer = async (scope: Scope) => ({
  headers: { Authorization: `Bearer ${await insertApiKey(scope)}` },
});

interface Explained {
  readonly allowed: boolean;
  readonly reason?: string;
  readonly code?: string;
  readonly checks: readonly { readonly rule: string; readonly outcome: string }[];
  readonly answeredBy?: string;
  readonly session?: { readonly id: string };
}

describe("an explanation", () => {
  it("is for admins only", async () => {
    const { playbackId } = await seedSealedVideo(env);
    const isolate = new Location().isolate();
    const path = `/p/${playbackId}/hls.m3u8?explain=1`;
    const stranger = await isolate.fetch(path);
    expect([stranger.status, stranger.code]).toEqual([401, "unauthenticated"]);
    const uploader = await isolate.fetch(path, await bearer("uploads:write"));
    expect([uploader.status, uploader.code]).toEqual([403, "forbidden"]);
    expect(uploader.text).not.toContain(playbackId);
  });

  it("names the rules of what is answered, the cache that would answer, and hands out no session", async () => {
    const { playbackId } = await seedSealedVideo(env);
    const isolate = new Location().isolate();
    const admin = await bearer("admin");
    const ask = async (path: string) => {
      const [bare, query] = path.split("?");
      const answer = await isolate.fetch(`${bare}?${query === undefined ? "" : `${query}&`}explain=1`, admin);
      expect(answer.status).toBe(200);
      expect(answer.header("Cache-Control")).toBe("no-store");
      return JSON.parse(answer.text) as Explained;
    };
    const manifest = await ask(`/p/${playbackId}/hls.m3u8`);
    expect(manifest).toMatchObject({ allowed: true, answeredBy: "origin" });
    expect(manifest.checks.map(({ rule }) => rule)).toContain("renditions");
    expect(JSON.stringify(manifest)).not.toMatch(/[\w-]{96}/);
    const { root, session } = await isolate.open(playbackId);
    expect(await ask(`/p/${playbackId}/hls.m3u8`)).toMatchObject({ answeredBy: "isolate" });

    const segment = `${root}/1-v720/2/0.m4s`;
    expect(await ask(segment)).toMatchObject({ allowed: true, answeredBy: "origin" });
    await isolate.fetch(segment);
    expect(await ask(segment)).toMatchObject({ allowed: true, answeredBy: "edge" });
    expect(await ask(`${root}/1-v720/index.m3u8`)).toMatchObject({ answeredBy: "origin" });
    await isolate.fetch(`${root}/1-v720/index.m3u8`);
    expect(await ask(`${root}/1-v720/index.m3u8`)).toMatchObject({ answeredBy: "isolate" });

    const forged = `${session.slice(0, -1)}${session.endsWith("A") ? "B" : "A"}`;
    const refused = await ask(`/p/${playbackId}/s/${forged}/1-v720/2/0.m4s`);
    expect(refused).toMatchObject({ allowed: false, reason: "sessionForged", code: "invalidSession" });
    expect(refused.checks.at(-1)).toMatchObject({ rule: "session", outcome: "refused" });
    expect(await ask(`${root}/1-v999/2/0.m4s`)).toMatchObject({ allowed: false, reason: "trackUnknown" });
    expect(await ask("/p/AAAAAAAAAAAAAAAAAAAAAA/hls.m3u8")).toMatchObject({ reason: "playbackIdUnknown" });
  });
});
