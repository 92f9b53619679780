// The pages as a person uses them: a file dropped, progress watched, the video played, by mouse and keyboard.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { makeClip } from "../scripts/demo/clip.ts";
import { faultsInAllLooks, faultsOf } from "./browser/accessibility.ts";
import { launchChromium } from "./browser/chromium.ts";
import { startTestStack, type TestStack } from "./stack.ts";

let stack: TestStack;
let browser: Browser;
let page: Page;
const faults: string[] = [];
/** What sockets of the pages were opened at, and what they heard. */
const sockets: string[] = [];
const heard: string[] = [];

const accessibilityFaults = () => faultsOf(page);

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchChromium()]);
  page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    // A refused style, script or connection shows here; a picture that is not made yet is a 404 or 409.
    if (message.type() === "error" && !/\b(?:404|409)\b/.test(message.text())) faults.push(message.text());
  });
  page.on("websocket", (socket) => {
    sockets.push(socket.url());
    socket.on("framereceived", ({ payload }) => heard.push(String(payload)));
  });
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

test("a dropped file goes up, is encoded, and its watch page plays it, by mouse and by keyboard", async () => {
  const path = join(stack.scratch, "dropped film.mp4");
  await makeClip({ path, durationSeconds: 6, width: 640, height: 360 });

  await page.goto(`${stack.url}/upload#key=${stack.apiKey}`);
  // The key leaves the address bar, where it would end up in histories and screenshots.
  await expect.poll(() => page.url()).toBe(`${stack.url}/upload`);
  expect(await accessibilityFaults()).toEqual([]);

  const file = { name: "dropped film.mp4", bytes: readFileSync(path).toString("base64") };
  const transfer = await page.evaluateHandle(({ name, bytes }) => {
    const data = new DataTransfer();
    const content = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
    data.items.add(new File([content], name, { type: "video/mp4" }));
    return data;
  }, file);
  // Anywhere on the page will do.
  const zone = page.locator("body");
  for (const event of ["dragenter", "dragover", "drop"])
    await zone.dispatchEvent(event, { dataTransfer: transfer });

  await page.getByText("dropped film.mp4").first().waitFor();
  const watch = page.getByRole("link", { name: /watch/i }).first();
  await watch.waitFor({ timeout: 60_000 });
  // It plays as it came, long before it is encoded.
  await page.getByText("Plays already").waitFor();
  expect(await accessibilityFaults()).toEqual([]);

  await watch.click();
  await page.waitForURL(/\/watch\//);
  const player = page.locator("sluice-player");
  await player.waitFor();
  await page.getByRole("heading", { level: 1, name: "dropped film" }).waitFor();
  const time = () => player.evaluate((element) => (element as HTMLMediaElement).currentTime);
  const paused = () => player.evaluate((element) => (element as HTMLMediaElement).paused);
  await player.click();
  await expect.poll(time, { timeout: 15_000 }).toBeGreaterThan(0.5);
  await page.keyboard.press("k");
  await expect.poll(paused, { timeout: 5_000 }).toBe(true);
  // The controls know it a moment after the element does; a key before that would pause again.
  await page.locator("sluice-player media-controller[mediapaused]").waitFor({ state: "attached" });
  await page.keyboard.press("k");
  await expect.poll(paused, { timeout: 5_000 }).toBe(false);
  await expect
    .poll(() => player.evaluate((element) => (element as HTMLMediaElement).ended), { timeout: 20_000 })
    .toBe(true);
  // Nobody reloads: the page is told.
  await page.getByText("Ready", { exact: true }).waitFor({ timeout: 30_000 });
  for (const type of ["hello", "video.ready"])
    expect(heard.filter((text) => text.includes(`"type":"${type}"`))).not.toEqual([]);
  for (const url of sockets) expect(url).not.toContain(stack.apiKey);
  // Somebody who moves along the time range sees what is there.
  const range = page.locator("sluice-player media-time-range");
  let x = 0;
  await expect
    .poll(
      async () => {
        await page.mouse.move(5, 5);
        await range.hover({ position: { x: 60 + 100 * (x++ % 3), y: 10 } });
        return range.getAttribute("mediapreviewimage");
      },
      { timeout: 20_000, interval: 300 },
    )
    .toContain("/storyboard.jpg?sheet=0");
  await range.locator("media-preview-thumbnail img").waitFor({ state: "visible" });
  expect(await accessibilityFaults()).toEqual([]);
  expect(faults).toEqual([]);
});

/** A page of another site, with the video in a frame. */
async function framingPage(frame: string): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((_, response) => {
    response.setHeader("Content-Type", "text/html");
    response.end(`<!doctype html><title>A blog</title>${frame}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, close: () => void server.close() };
}

test("the reference, an embed and the watch page are for everybody, in light and dark, on a phone and at a desk", async () => {
  const headers = { Authorization: `Bearer ${stack.apiKey}` };
  const { data } = (await (await fetch(`${stack.url}/v1/videos?limit=1`, { headers })).json()) as {
    data: readonly { playbackIds: readonly { id: string }[] }[];
  };
  const id = data[0]?.playbackIds[0]?.id ?? "";
  await page.goto(`${stack.url}/docs#createUpload`);
  await page.locator("details[open] pre").first().waitFor();
  expect(await faultsInAllLooks(page)).toEqual([]);
  for (const path of [`/p/${id}/embed`, `/watch/${id}`]) {
    await page.goto(stack.url + path);
    await page.locator("sluice-player media-play-button").first().waitFor();
    expect([path, await faultsInAllLooks(page)]).toEqual([path, []]);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("dropped film");
  }
  const time = () =>
    page.locator("sluice-player").evaluate((element) => (element as HTMLMediaElement).currentTime);
  await page.goto(`${stack.url}/watch/${id}?start-time=0m2s`);
  await expect.poll(time, { timeout: 15_000 }).toBeCloseTo(2, 1);
  await page.evaluate((key) => localStorage.setItem(key, "3"), `sluice-position-${id}`);
  await page.goto(`${stack.url}/p/${id}/embed?resume`);
  await expect.poll(time, { timeout: 15_000 }).toBeCloseTo(3, 1);
});

test("a video that one site may show plays in that site's frame, and in no other's", async () => {
  const headers = { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": "application/json" };
  const { data } = (await (await fetch(`${stack.url}/v1/videos?limit=1`, { headers })).json()) as {
    data: readonly { id: string }[];
  };
  const videoId = data[0]?.id ?? "";
  const made = await fetch(`${stack.url}/v1/videos/${videoId}/playback-ids`, {
    ...{ method: "POST", headers },
    body: JSON.stringify({
      policy: "public",
      restrictions: { allowedOrigins: ["localhost"], allowNoOrigin: false },
    }),
  });
  const { id } = (await made.json()) as { id: string };
  const src = `${stack.url}/p/${id}/embed?muted&autoplay&start-time=2`;
  const site = await framingPage(`<iframe src="${src}" title="The film" allow="autoplay"></iframe>`);
  try {
    await page.goto(`http://localhost:${site.port}/`);
    const player = page.frameLocator("iframe").locator("sluice-player");
    const time = () => player.evaluate((element) => (element as HTMLMediaElement).currentTime);
    await expect.poll(time, { timeout: 15_000 }).toBeGreaterThan(2.2);
    await page.goto(`http://127.0.0.1:${site.port}/`);
    await expect.poll(() => page.frames().at(1)?.url()).toBe("chrome-error://chromewebdata/");
    expect((await page.goto(src))?.status()).toBe(403);
  } finally {
    site.close();
  }
});

test("the watch page of an unknown id says that there is no such video", async () => {
  await page.goto(`${stack.url}/watch/AAAAAAAAAAAAAAAAAAAAAA`);
  await page.getByRole("heading", { name: "There is no such video" }).first().waitFor();
  expect(await faultsInAllLooks(page)).toEqual([]);
});
