// The player and films that need keys: Shaka is loaded for them, and for nothing else.
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { makeClip } from "../scripts/demo/clip.ts";
import { uploadFile } from "../scripts/demo/upload.ts";
import { waitForVideo } from "../scripts/demo/video.ts";
import { launchChromium } from "./browser/chromium.ts";
import { key, keyId, serveProtectedFilm, type ProtectedFilm } from "./browser/protected-film.ts";
import { startTestStack, type TestStack } from "./stack.ts";

const durationSeconds = 6;
let stack: TestStack;
let browser: Browser;
let film: ProtectedFilm;

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchChromium()]);
  film = await serveProtectedFilm(stack.scratch, durationSeconds, `${stack.url}/player/sluice-player.js`);
});
afterAll(async () => {
  await browser?.close();
  film?.close();
  await stack?.stop();
});

interface Scripted extends HTMLMediaElement {
  playbackId: string;
  playbackOrigin: string;
  drm: object | null;
  readonly condition: string | null;
  readonly mediaTitle: string;
  readonly videoRenditions: { readonly length: number; selectedIndex: number };
}

interface Opened {
  readonly page: Page;
  /** Addresses of all that was asked for. */
  readonly asked: readonly string[];
  shown<T>(read: (player: Scripted) => T): Promise<T>;
}

async function open(drm: object | null, playbackId = "protected", origin = film.origin): Promise<Opened> {
  const page = await browser.newPage();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`${film.origin}/`);
  await page.evaluate(
    async (wanted) => {
      await customElements.whenDefined("sluice-player");
      const player = document.querySelector<Scripted>("sluice-player");
      if (player === null) throw new Error("no player");
      player.playbackOrigin = wanted.origin;
      player.drm = wanted.drm;
      player.playbackId = wanted.playbackId;
      // Also before there is a source to play.
      void player.play().catch(() => {});
    },
    { drm, playbackId, origin },
  );
  const player = page.locator("sluice-player");
  const shown = <T>(read: (element: Scripted) => T): Promise<T> => {
    const ofAny = read as unknown as (element: Element) => T;
    return player.evaluate(ofAny);
  };
  return { page, asked, shown };
}

const usesShaka = ({ asked }: Opened): boolean => asked.some((url) => url.includes("/shaka-engine-"));
const patience = { timeout: 30_000 };

test("a film whose keys the page knows is decrypted and played to its end, without a licence server", async () => {
  const opened = await open({ clearKeys: { [keyId]: key } });
  await expect.poll(() => opened.shown((player) => player.ended), patience).toBe(true);
  const state = await opened.shown((player) => ({
    ...{ condition: player.condition, title: player.mediaTitle, renditions: player.videoRenditions.length },
    error: player.error?.message ?? null,
  }));
  expect(state).toEqual({ condition: null, title: "Kept for some", renditions: 1, error: null });
  expect(usesShaka(opened)).toBe(true);
  await opened.page.close();
});

test.concurrent.each([
  ["nobody has said where its keys are", null, "keyRefused", "The key that it needs was refused"],
  ["the key is another film's", { clearKeys: { ["11".repeat(16)]: key } }, "keyRefused", "was refused"],
  ["the key is wrong", { clearKeys: { [keyId]: "00".repeat(16) } }, "decode", "could not decode it"],
  [
    "the browser has no such key system",
    { servers: { "com.widevine.alpha": "https://licences.example.com" } },
    "noKeySystem",
    "a way that this browser does not know",
  ],
])("where %s, the player says so and shows nothing of it", async (_what, drm, condition, words) => {
  const opened = await open(drm);
  await expect.poll(() => opened.shown((player) => player.condition), patience).toBe(condition);
  await opened.page.getByText(words).waitFor();
  expect(usesShaka(opened)).toBe(drm !== null);
  await opened.page.close();
});

test("a video of the stack plays by either engine, and from one by the other", async () => {
  const path = join(stack.scratch, "open.mp4");
  // More than Shaka buffers ahead: it shows texts from the next segment of the picture on.
  await makeClip({ path, durationSeconds: 20, width: 640, height: 360 });
  const { videoId } = await uploadFile(stack, path);
  const video = await waitForVideo(stack, videoId, ({ status }) => status.state === "ready", {
    deadlineSeconds: 60,
  });
  const put = await fetch(`${stack.url}/v1/videos/${videoId}/captions/en`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": "text/vtt" },
    body: "WEBVTT\n\n00:00.000 --> 00:20.000\nThe weir\n",
  });
  expect(put.ok, await put.text()).toBe(true);
  const playbackId = video.playbackIds[0]?.id ?? "";

  const opened = await open({ clearKeys: { [keyId]: key } }, playbackId, stack.url);
  await expect.poll(() => opened.shown((player) => player.currentTime > 1), patience).toBe(true);
  expect(usesShaka(opened)).toBe(true);
  const renditions = await opened.shown((player) => player.videoRenditions.length);
  expect(renditions).toBeGreaterThan(1);
  await opened.shown((player) => (player.videoRenditions.selectedIndex = 0));
  expect(await opened.shown((player) => player.videoRenditions.selectedIndex)).toBe(0);
  await opened.shown((player) => {
    for (const track of player.textTracks) if (track.kind !== "chapters") track.mode = "showing";
  });
  const caption = () =>
    opened.shown((player) =>
      [...player.textTracks].flatMap((track) =>
        [...(track.activeCues ?? [])].map((cue) => (cue as VTTCue).text),
      ),
    );
  await expect.poll(caption, patience).toContain("The weir");
  await opened.shown((player) => (player.currentTime = 18));
  await expect.poll(() => opened.shown((player) => player.ended), patience).toBe(true);

  // The other engine takes the element when the first has let go of it.
  await opened.shown((player) => (player.drm = null));
  await opened.shown((player) => void player.play().catch(() => {}));
  await expect.poll(() => opened.shown((player) => player.currentTime > 0.5), patience).toBe(true);
  expect(await opened.shown((player) => player.condition)).toBeNull();
  expect(opened.asked.some((url) => url.includes("/hls-engine-"))).toBe(true);
  expect(opened.asked.some((url) => url.endsWith("/event"))).toBe(true);
  await opened.page.close();
});
