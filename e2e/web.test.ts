// The pages as a person uses them: a file dropped, progress watched, the video played, by mouse and keyboard.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { makeClip } from "../scripts/demo/clip.ts";
import { launchChromium } from "./browser/chromium.ts";
import { startTestStack, type TestStack } from "./stack.ts";

let stack: TestStack;
let browser: Browser;
let page: Page;
const faults: string[] = [];
/** What sockets of the pages were opened at, and what they heard. */
const sockets: string[] = [];
const heard: string[] = [];

const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** What axe-core finds wrong on the page that is open. */
async function accessibilityFaults(): Promise<readonly string[]> {
  const result = await page.evaluate<AxeResult>(`(() => { ${axe}; return axe.run(); })()`);
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

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
  for (const kind of ["hello", "video.ready"])
    expect(heard.filter((text) => text.includes(`"kind":"${kind}"`))).not.toEqual([]);
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
  expect(await accessibilityFaults()).toEqual([]);
  expect(faults).toEqual([]);
});

test("the watch page of an unknown id says that there is no such video", async () => {
  await page.goto(`${stack.url}/watch/AAAAAAAAAAAAAAAAAAAAAA`);
  await page.getByRole("heading", { name: "There is no such video" }).first().waitFor();
});
