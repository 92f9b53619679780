// From opening a page to the first picture: our embed beside a bare <video> with hls.js on the same video, each in a
// browser that knows neither, at once and over a line such as many viewers have.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../e2e/browser/chromium.ts";
import { makeClip } from "../scripts/demo/clip.ts";
import { uploadFile } from "../scripts/demo/upload.ts";
import { getVideo } from "../scripts/demo/video.ts";
import { withBenchStack } from "./bench-stack.ts";
import { judge, median, type Claim } from "./claim.ts";

interface Line {
  readonly name: string;
  /** Null: as fast as loopback is. */
  readonly latencyMs: number | null;
  readonly bytesPerSecond: number;
}

const lines: readonly Line[] = [
  { name: "embed-first-frame", latencyMs: null, bytesPerSecond: -1 },
  { name: "embed-first-frame-40ms-20mbit", latencyMs: 40, bytesPerSecond: 2_500_000 },
];

/** What a page of these two lines of script would be. */
const bare = (
  url: string,
) => `<!doctype html><video muted playsinline autoplay></video><script src="/hls.js"></script>
<script>const hls = new Hls(); hls.loadSource(${JSON.stringify(url)}); hls.attachMedia(document.querySelector("video"));</script>`;

export const embedStart: Claim = {
  name: "embed-start",
  run: ({ rounds }) =>
    withBenchStack(
      async (stack, directory) => {
        const path = join(directory, "film.mp4");
        await makeClip({ path, durationSeconds: 20, width: 1280, height: 720 });
        const { videoId } = await uploadFile(stack, path, undefined, undefined, { encoding: "passthrough" });
        const playbackId = (await getVideo(stack, videoId)).playbackIds[0]?.id ?? "";
        const hlsUrl = `${stack.url}/p/${playbackId}/hls.m3u8`;
        const page = await servePage(bare(hlsUrl));
        const browser = await launchChromium();
        try {
          const results = [];
          for (const line of lines) {
            const [values, baselines]: [number[], number[]] = [[], []];
            const embedUrl = `${stack.url}/p/${playbackId}/embed?autoplay&muted`;
            await firstFrameMs(browser, embedUrl, line);
            await firstFrameMs(browser, page.url, line);
            for (let round = 0; round < rounds; round++) {
              const [own, other]: [number[], number[]] = [[], []];
              for (const turn of [0, 1, 2]) {
                const order = (round + turn) % 2 === 0 ? [own, other] : [other, own];
                for (const list of order)
                  list.push(await firstFrameMs(browser, list === own ? embedUrl : page.url, line));
              }
              values.push(median(own));
              baselines.push(median(other));
            }
            results.push(
              judge({
                name: line.name,
                unit: "ms",
                values,
                baselines,
                aim: { of: "ratio", is: "<=", bound: 1.2 },
                note:
                  "page opened to first picture, nothing cached, beside a bare <video> with hls.js" +
                  (line.latencyMs === null ? "" : `, ${line.latencyMs} ms there and back, 20 Mbit/s`),
              }),
            );
          }
          return results;
        } finally {
          await browser.close();
          page.close();
        }
      },
      { web: true },
    ),
};

/** In whatever shadow the <video> stands. */
const noteFirstFrame = `
  const find = (root) => root.querySelector("video") ??
    [...root.querySelectorAll("*")].reduce((found, { shadowRoot }) => found ?? (shadowRoot && find(shadowRoot)), null);
  const look = () => {
    const video = find(document);
    if (video === null) requestAnimationFrame(look);
    else video.requestVideoFrameCallback((_, { presentationTime }) => (self.firstFrameMs = presentationTime));
  };
  look();`;

async function firstFrameMs(browser: Browser, url: string, line: Line): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  try {
    const page = await context.newPage();
    await slowDown(page, line);
    await page.addInitScript(noteFirstFrame);
    await page.goto(url, { waitUntil: "commit" });
    const told = () => page.evaluate<number | undefined>("self.firstFrameMs");
    const deadline = Date.now() + 30_000;
    for (;;) {
      const ms = await told();
      if (ms !== undefined) return ms;
      if (Date.now() > deadline) throw new Error(`${url} shows no picture`);
      await page.waitForTimeout(50);
    }
  } finally {
    await context.close();
  }
}

async function slowDown(page: Page, { latencyMs, bytesPerSecond }: Line): Promise<void> {
  if (latencyMs === null) return;
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    ...{ offline: false, latency: latencyMs, downloadThroughput: bytesPerSecond },
    uploadThroughput: bytesPerSecond,
  });
}

async function servePage(html: string): Promise<{ readonly url: string; close(): void }> {
  const hls = gzipSync(readFileSync(fileURLToPath(import.meta.resolve("hls.js/dist/hls.min.js"))));
  const server = createServer((request, response) => {
    if (request.url === "/hls.js") {
      response.writeHead(200, { "Content-Type": "text/javascript", "Content-Encoding": "gzip" }).end(hls);
    } else response.writeHead(200, { "Content-Type": "text/html" }).end(html);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() };
}
