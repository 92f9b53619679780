// A host for playback alone, through the Worker's own entry.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Env } from "#workers/env.ts";
import worker from "#workers/index.ts";
import { insertApiKey } from "#workers/testing/api-client.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";
import type { Video } from "#workers/videos/contract.ts";

const playbackHost = "play.example.com";
const split: Env = { ...env, PLAYBACK_HOST: playbackHost };

async function get(
  url: string,
  settings: Env = split,
  init: RequestInit<IncomingRequestCfProperties> = {},
): Promise<Response> {
  const ctx = createExecutionContext();
  const response = await worker.fetch(
    new Request<unknown, IncomingRequestCfProperties>(url, init),
    settings,
    ctx,
  );
  const whole = new Response(await response.arrayBuffer(), response);
  await waitOnExecutionContext(ctx);
  return whole;
}

let playbackId: string;
let authorization: { readonly Authorization: string };
beforeAll(async () => {
  ({ playbackId } = await seedSealedVideo(env));
  authorization = {
    Authorization: `Bearer ${await insertApiKey("videos:read", "videos:write", "tokens:write")}`,
  };
});

describe("with a playback host", () => {
  it("videos play there and nowhere else", async () => {
    const path = `/p/${playbackId}/hls.m3u8`;
    const there = await get(`https://${playbackHost}${path}`);
    expect([there.status, there.headers.get("Access-Control-Allow-Origin")]).toEqual([200, "*"]);
    expect((await get(`https://api.example.com${path}`)).status).toBe(404);
  });

  it.each([
    "/",
    "/upload",
    "/watch/AAAAAAAAAAAAAAAAAAAAAA",
    "/v1/videos",
    "/openapi.json",
    "/healthz",
    "/metrics",
    "/internal/v1/x",
  ])("%s is not there, whoever asks", async (path) => {
    const refused = await get(`https://${playbackHost}${path}`, split, { headers: authorization });
    expect([refused.status, refused.headers.get("Content-Type")]).toEqual([404, "application/problem+json"]);
    expect(refused.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(await refused.json()).toMatchObject({ code: "notFound" });
  });

  it("is not talked round by headers that name another host", async () => {
    const headers = { "X-Forwarded-Host": playbackHost, Forwarded: `host=${playbackHost}` };
    expect((await get(`https://api.example.com/p/${playbackId}/hls.m3u8`, split, { headers })).status).toBe(
      404,
    );
  });

  it("the API names it in the URLs of players, and itself in the others", async () => {
    const init = {
      method: "POST",
      headers: { ...authorization, "Content-Type": "application/json" },
      body: "{}",
    };
    const created = await get("https://api.example.com/v1/videos", split, init);
    const [id] = (await created.json<Video>()).playbackIds;
    expect(id).toMatchObject({
      hlsUrl: `https://${playbackHost}/p/${id?.id}/hls.m3u8`,
      dashUrl: `https://${playbackHost}/p/${id?.id}/dash.mpd`,
      posterUrl: `https://${playbackHost}/p/${id?.id}/thumbnail.jpg`,
      watchUrl: `https://api.example.com/watch/${id?.id}`,
    });
    expect(created.headers.get("Location")).toMatch(/^https:\/\/api\.example\.com\/v1\//);
  });

  it("a minted token comes with URLs of it", async () => {
    const init = {
      method: "POST",
      headers: { ...authorization, "Content-Type": "application/json" },
      body: JSON.stringify({ playbackId }),
    };
    const minted = await (
      await get("https://api.example.com/v1/playback-tokens", split, init)
    ).json<{ hlsUrl: string }>();
    expect(new URL(minted.hlsUrl).host).toBe(playbackHost);
  });

  it.each(["/", "/watch/AAAAAAAAAAAAAAAAAAAAAA"])(
    "the page %s may load from it, and is told where it is",
    async (path) => {
      const page = await get(`https://api.example.com${path}`);
      expect(page.status).toBe(200);
      const policy = page.headers.get("Content-Security-Policy") ?? "";
      for (const directive of ["connect-src 'self'", "img-src 'self' data:", "media-src 'self' blob: data:"])
        expect(policy).toContain(`${directive} https://${playbackHost}`);
      expect(policy).toContain("default-src 'none'; script-src 'self';");
      expect(policy.match(/play\.example\.com/g)).toHaveLength(3);
      expect(page.headers.get("ETag")).toBeNull();
      expect(await page.text()).toContain(`<meta name="playback-origin" content="https://${playbackHost}">`);
    },
  );
});

describe("without one", () => {
  it("pages are as they were built", async () => {
    const page = await get("https://api.example.com/watch/AAAAAAAAAAAAAAAAAAAAAA", env);
    expect(page.headers.get("Content-Security-Policy")).toContain("connect-src 'self';");
    expect(await page.text()).not.toContain("playback-origin");
  });

  it("everything is answered at every host", async () => {
    expect((await get(`https://${playbackHost}/v1/videos`, env, { headers: authorization })).status).toBe(
      200,
    );
    expect((await get(`https://${playbackHost}/p/${playbackId}/hls.m3u8`, env)).status).toBe(200);
  });
});

it("tells browsers to guess nothing of any answer of the API", async () => {
  for (const path of [
    "/v1/videos",
    "/v1/nothing",
    "/healthz",
    "/metrics",
    "/openapi.json",
    "/internal/v1/x",
  ]) {
    const { headers } = await get(`https://api.example.com${path}`, env);
    expect([path, headers.get("X-Content-Type-Options")]).toEqual([path, "nosniff"]);
    expect(headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
    expect(headers.get("Referrer-Policy")).toBe("no-referrer");
  }
});
