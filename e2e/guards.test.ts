// What guards a deployment, on the bundle that would be deployed: rate limits as wrangler.toml has them, and a host
// for playback alone, also for what the platform answers without the Worker.
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestStack, type TestStack } from "./stack.ts";

const playbackHost = "play.example.com";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ runners: 0, unlimited: false, vars: { PLAYBACK_HOST: playbackHost } });
});
afterAll(() => stack.stop());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** `fetch` lets nobody choose the Host. */
function get(path: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(stack.url + path, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("a host for playback alone", () => {
  it.each([
    "/",
    "/index.html",
    "/upload",
    "/watch",
    "/watch/AAAAAAAAAAAAAAAAAAAAAA",
    "/404.html",
    "/v1/videos",
    "/healthz",
  ])("has no %s", async (path) => {
    const answer = await get(path, { Host: playbackHost });
    expect([answer.status, answer.headers["content-type"]]).toEqual([404, "application/problem+json"]);
  });

  it("has the player's script, as the other host has", async () => {
    for (const host of [playbackHost, "example.com"]) {
      const answer = await get("/player/sluice-player.js", { Host: host });
      expect([answer.status, answer.headers["x-content-type-options"]]).toEqual([200, "nosniff"]);
    }
  });

  it("has the videos, which the other has not", async () => {
    const path = "/p/AAAAAAAAAAAAAAAAAAAAAA/hls.m3u8";
    // Of a video that is not there, playback's own answer.
    expect(JSON.parse((await get(path, { Host: playbackHost })).text)).not.toHaveProperty("detail");
    expect(JSON.parse((await get(path, { Host: "example.com" })).text)).toMatchObject({
      code: "notFound",
      detail: expect.stringContaining("host"),
    });
  });

  it("is told to the pages of the other", async () => {
    for (const path of ["/", "/upload", "/watch/AAAAAAAAAAAAAAAAAAAAAA"]) {
      const page = await get(path, { Host: "example.com" });
      expect([path, page.status]).toEqual([path, 200]);
      expect(page.text).toContain(`<meta name="playback-origin" content="http://${playbackHost}">`);
      expect(page.headers["content-security-policy"]).toContain(`connect-src 'self' http://${playbackHost}`);
    }
    expect((await get("/nothing/here", { Host: "example.com" })).status).toBe(404);
  });
});

it("thirty guesses at an API key are answered, and the next is refused", async () => {
  const guess = () => get("/v1/videos", { Host: "example.com", Authorization: "Bearer guess" });
  const statuses: number[] = [];
  // At most one minute ends on the way.
  for (let i = 0; i < 62 && statuses.at(-1) !== 429; i++) statuses.push((await guess()).status);
  expect(statuses.at(-1)).toBe(429);
  expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(30);
});
