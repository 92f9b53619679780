// Two people watch the same protected film. One of them is cut off: by API, within seconds, and told why; the other
// does not notice, and no cache is colder for it.
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { checkPlayback } from "../scripts/demo/check-playback.ts";
import { makeClip } from "../scripts/demo/clip.ts";
import { uploadFile } from "../scripts/demo/upload.ts";
import { waitForVideo } from "../scripts/demo/video.ts";
import { launchChromium } from "./browser/chromium.ts";
import { startTestStack, type TestStack } from "./stack.ts";

const durationSeconds = 28;
const segments = durationSeconds / 4;
let stack: TestStack;
let browser: Browser;
let playbackId: string;

async function api<T>(path: string, json: unknown): Promise<T> {
  const answer = await fetch(`${stack.url}${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": "application/json" },
    body: JSON.stringify(json),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

const tokenFor = async (viewerId: string) => {
  const grant = { playbackId, audiences: ["video", "thumbnail"], viewerId, expiresInSeconds: 3600 };
  return (await api<{ token: string }>("/v1/playback-tokens", grant)).token;
};

/** Segment requests that the caches did not answer, since the stack began. */
async function bucketReads(): Promise<number> {
  const answer = await fetch(`${stack.url}/metrics`, {
    headers: { Authorization: `Bearer ${stack.metricsToken}` },
  });
  return Number(/^segment_requests_total\{tier="origin"\} (\d+)/m.exec(await answer.text())?.[1] ?? 0);
}

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchChromium()]);
  const path = join(stack.scratch, "film.mp4");
  await makeClip({ path, durationSeconds, width: 320, height: 180 });
  const { videoId } = await uploadFile(stack, path);
  await waitForVideo(stack, videoId, ({ status }) => status.state === "ready", { deadlineSeconds: 120 });
  const made = await api<{ id: string }>(`/v1/videos/${videoId}/playback-ids`, { policy: "signed" });
  playbackId = made.id;
}, 150_000);

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

interface Viewer {
  readonly page: Page;
  /** When each answer of media or playlists came. */
  readonly answersMs: number[];
}

async function watch(token: string): Promise<Viewer> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const answersMs: number[] = [];
  page.on("response", (response) => {
    const path = new URL(response.url()).pathname;
    if (response.ok() && path.includes("/s/") && !path.endsWith("/event")) answersMs.push(Date.now());
  });
  await page.goto(`${stack.url}/watch/${playbackId}?token=${token}`);
  await page.locator("sluice-player").click();
  await expect.poll(() => time(page), { timeout: 20_000 }).toBeGreaterThan(1);
  return { page, answersMs };
}

const time = (page: Page) =>
  page.locator("sluice-player").evaluate((element) => (element as HTMLMediaElement).currentTime);
const paused = (page: Page) =>
  page.locator("sluice-player").evaluate((element) => (element as HTMLMediaElement).paused);

test("a viewer who is revoked gets no byte after five seconds and is told why; the other plays on", async () => {
  const [ann, bob] = [await tokenFor("ann"), await tokenFor("bob")];
  const base = `${stack.url}/p/${playbackId}`;
  // All that either could ask for is in the cache: what the bucket is read for from here on would be news.
  const warm = await checkPlayback(
    {
      hlsUrl: `${base}/hls.m3u8?token=${bob}`,
      dashUrl: `${base}/dash.mpd?token=${bob}`,
      posterUrl: `${base}/thumbnail.jpg?token=${bob}`,
    },
    durationSeconds,
  );
  expect(warm.faults).toEqual([]);
  // Nothing of the token is left in the address.
  const first = await watch(ann);
  expect(first.page.url()).toBe(`${stack.url}/watch/${playbackId}`);
  const second = await watch(bob);
  // Somebody with Ann's session who does not use our player.
  const manifest = await (await fetch(`${base}/hls.m3u8?token=${ann}`)).text();
  const root = `${base}/${/s\/[\w-]+\/[\w-]+/.exec(manifest)?.[0]}`;
  const reads = await bucketReads();

  await api("/v1/revocations", { kind: "viewer", id: "ann" });
  const revokedMs = Date.now();
  let lastByteMs = 0;
  for (let n = 0; Date.now() - revokedMs < 8_000; n++) {
    const answer = await fetch(`${root}/2/${n % segments}.m4s`);
    await answer.arrayBuffer();
    if (answer.ok) lastByteMs = Date.now();
    else
      expect([answer.status, answer.headers.get("Content-Type")]).toEqual([403, "application/problem+json"]);
    await first.page.waitForTimeout(100);
  }
  expect(lastByteMs - revokedMs).toBeLessThan(5_000);
  expect(first.answersMs.filter((at) => at > revokedMs + 5_000)).toEqual([]);
  await first.page.getByText("Playback was stopped").first().waitFor({ timeout: 1_000 });
  expect(await paused(first.page)).toBe(true);
  const again = await fetch(`${base}/hls.m3u8?token=${ann}`);
  expect(((await again.json()) as { code: string }).code).toBe("revoked");

  const before = await time(second.page);
  await expect.poll(() => time(second.page), { timeout: 10_000 }).toBeGreaterThan(before + 1);
  expect(await bucketReads()).toBe(reads);
}, 90_000);

test("a session that is renewed while it plays is what the player asks with from then on", async () => {
  const token = await tokenFor("cleo");
  const manifest = await (await fetch(`${stack.url}/p/${playbackId}/hls.m3u8?token=${token}`)).text();
  const renewed = /s\/([\w-]{96})\//.exec(manifest)?.[1] ?? "";
  const page = await browser.newPage();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  // What the service says when half of a session is over, which is hours from now.
  await page.route("**/event", (route) =>
    route.fulfill({ json: { state: "ok", nextSeconds: 1, session: renewed } }),
  );
  // Slow enough that there is something left to ask for.
  await page.route("**/*.m4s", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    await route.continue();
  });
  await page.goto(`${stack.url}/watch/${playbackId}?token=${token}`);
  await page.locator("sluice-player").click();
  const under = (kind: string) => asked.filter((url) => url.includes(`/s/${renewed}/`) && url.endsWith(kind));
  await expect.poll(() => under(".m4s").length, { timeout: 20_000 }).toBeGreaterThan(3);
  await expect.poll(() => under("/event").length, { timeout: 10_000 }).toBeGreaterThan(0);
  const before = await time(page);
  await expect.poll(() => time(page), { timeout: 10_000 }).toBeGreaterThan(before + 1);
}, 60_000);
