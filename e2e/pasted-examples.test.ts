// What docs/player.md and the dashboard tell people to paste, pasted into a page of another site: it plays.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeClip } from "../scripts/demo/clip.ts";
import { uploadFile } from "../scripts/demo/upload.ts";
import { waitForVideo } from "../scripts/demo/video.ts";
import { snippets } from "../web/dashboard/snippets.ts";
import { launchChromium } from "./browser/chromium.ts";
import { startTestStack, type TestStack } from "./stack.ts";

const examples = [
  ...readFileSync(join(import.meta.dirname, "../docs/player.md"), "utf8").matchAll(/^```(\w+)\n(.*?)^```/gms),
].map(([, language = "", code = ""]) => ({ language, code }));

/** What bundlers find by these names. */
const modules: Readonly<Record<string, string>> = {
  "hls.js": readFileSync(fileURLToPath(import.meta.resolve("hls.js/dist/hls.mjs")), "utf8"),
  // Made for bundlers that take CommonJS.
  "shaka-player": `const exports = {};
    ${readFileSync(fileURLToPath(import.meta.resolve("shaka-player")), "utf8")}
    export default exports.Player === undefined ? globalThis.shaka : exports;`,
};

let stack: TestStack;
let browser: Browser;
let page: Page;
let videoId: string;
let publicId: string;
let signedId: string;
/** Of the other site. */
let body = "";
let tokensGiven = 0;

const api = async <Answer>(path: string, json: object): Promise<Answer> => {
  const headers = { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": "application/json" };
  const answer = await fetch(stack.url + path, { method: "POST", headers, body: JSON.stringify(json) });
  return (await answer.json()) as Answer;
};

const site = createServer((request, response) => {
  const name = decodeURIComponent(request.url ?? "").replace("/modules/", "");
  const found = modules[name];
  if (found !== undefined) {
    response.writeHead(200, { "Content-Type": "text/javascript" }).end(found);
  } else if (request.url === "/my/video-token") {
    tokensGiven += 1;
    void api<{ token: string }>("/v1/playback-tokens", { playbackId: signedId }).then(({ token }) =>
      response.end(token),
    );
  } else if (request.url === "/") {
    const imports = Object.fromEntries(Object.keys(modules).map((each) => [each, `/modules/${each}`]));
    response.writeHead(200, { "Content-Type": "text/html" });
    response.end(
      `<!doctype html><title>A site</title><script type="importmap">${JSON.stringify({ imports })}</script>${body}`,
    );
  } else response.writeHead(404).end();
});

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchChromium()]);
  const path = join(stack.scratch, "pasted.mp4");
  await makeClip({ path, durationSeconds: 40, width: 320, height: 180 });
  ({ videoId } = await uploadFile(stack, path));
  const video = await waitForVideo(stack, videoId, ({ status }) => status.playable, { deadlineSeconds: 60 });
  publicId = video.playbackIds[0]?.id ?? "";
  ({ id: signedId } = await api<{ id: string }>(`/v1/videos/${videoId}/playback-ids`, { policy: "signed" }));
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  page = await browser.newPage();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  site.close();
  await stack?.stop();
});

const open = async (html: string): Promise<void> => {
  body = html;
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
};
const asOurs = (code: string, id: string) =>
  code.replaceAll("https://video.example.com", stack.url).replaceAll("PLAYBACK_ID", id);
const module = (code: string) => `<script type="module">${code}</script>`;

/** The example that says this, so that one that is left out here is missed. */
function example(of: string): string {
  const [found, ...others] = examples.filter(({ code }) => code.includes(of));
  if (found === undefined || others.length > 0) throw new Error(`no example, or several, with ${of}`);
  return found.code;
}

async function expectToPlay(selector: string, beyondSeconds = 0.5): Promise<void> {
  const frame = (await page.locator("iframe").count()) > 0 ? page.frameLocator("iframe") : page;
  const media = frame.locator(selector);
  await expect
    .poll(
      () =>
        media.evaluate((element) => {
          const film = element as HTMLMediaElement;
          film.muted = true;
          if (film.readyState > 0 && film.paused) void film.play().catch(() => undefined);
          return film.currentTime;
        }),
      { timeout: 20_000 },
    )
    .toBeGreaterThan(beyondSeconds);
}

test("these are all examples of docs/player.md", () => {
  expect(examples.map(({ language }) => language)).toEqual(["html", "js", "js", "html"]);
});

test("the player's element plays", async () => {
  await open(asOurs(example("<sluice-player"), publicId));
  await expectToPlay("sluice-player");
});

test("the player that is given tokens by its page plays a signed video", async () => {
  await open(asOurs(example("<sluice-player"), signedId) + module(example("tokenSource")));
  await expectToPlay("sluice-player");
  expect(tokensGiven).toBeGreaterThan(0);
});

test("licence servers can be named before there is anything to ask them for", async () => {
  const player = 'const player = document.querySelector("sluice-player");';
  await open(`<sluice-player></sluice-player>${module(`${player} ${example("player.drm")}`)}`);
  const servers = await page
    .locator("sluice-player")
    .evaluate((element) => (element as unknown as { drm: { servers: object } }).drm.servers);
  expect(Object.keys(servers)).toEqual(["com.widevine.alpha"]);
});

test("the frame of an embed begins where it is told to", async () => {
  await open(asOurs(example("<iframe"), publicId));
  await expectToPlay("sluice-player", 30);
});

test.each(["Embed", "Element", "hls.js", "Shaka"])("what the dashboard offers as %s plays", async (name) => {
  const hosts = { origin: stack.url, playbackOrigin: stack.url };
  const code = snippets(hosts, { id: publicId, policy: "public" }, [320, 180]).find(
    (each) => each.name === name,
  )?.code;
  if (code === undefined) throw new Error(`nothing is offered as ${name}`);
  const isMarkup = code.startsWith("<");
  await open(isMarkup ? code : `<video muted></video>${module(code)}`);
  await expectToPlay(isMarkup ? "sluice-player" : "video");
});
