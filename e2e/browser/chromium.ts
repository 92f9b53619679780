// Real Chromium, and a page that holds the three players, on its own origin so that CORS is exercised.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { findChromium, root } from "../../scripts/setup.mjs";

const own = (name: string) => join(root, "e2e", "browser", name);

const files: Readonly<Record<string, readonly [path: string, type: string]>> = {
  "/": [own("page.html"), "text/html"],
  "/driver.js": [own("driver.js"), "text/javascript"],
  "/hls.js": [fileURLToPath(import.meta.resolve("hls.js/dist/hls.min.js")), "text/javascript"],
  "/shaka.js": [fileURLToPath(import.meta.resolve("shaka-player")), "text/javascript"],
  "/dash.js": [fileURLToPath(import.meta.resolve("dashjs")), "text/javascript"],
};

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error("Chromium is missing: run `npm run setup`");
  return await chromium.launch({
    executablePath,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update"],
      ...["--disable-background-networking", "--disable-sync", "--autoplay-policy=no-user-gesture-required"],
    ],
  });
}

export interface PageServer {
  readonly url: string;
  close(): void;
}

export async function servePlayers(): Promise<PageServer> {
  const server = createServer((request, response) => {
    const file = files[request.url ?? ""];
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "Content-Type": file[1] }).end(readFileSync(file[0]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

export type PlayerKind = "hls" | "shaka" | "dash";

export interface PlayerState {
  readonly errors: readonly string[];
  readonly stalls: number;
  readonly ended: boolean;
  readonly firstBufferStart: number | null;
  readonly firstTime: number | null;
  /** Of the first picture that was shown. */
  readonly firstFrameTime: number | null;
  readonly time: number;
  readonly duration: number;
  readonly height: number;
  readonly seeking: boolean;
  readonly paused: boolean;
  /** What was played: one range when nothing was skipped. */
  readonly played: readonly (readonly [startSeconds: number, endSeconds: number])[];
  readonly frames: number;
  readonly dropped: number;
}

/** What the picture is made of, from 0 to 255: black is 0 in both, and any one colour has no spread. */
export interface Picture {
  readonly brightness: number;
  readonly spread: number;
}

export interface OfferedText {
  readonly language: string;
  readonly forced: boolean;
}

interface Bench {
  open(kind: PlayerKind, url: string, hlsConfig?: object): Promise<void>;
  heights(): number[];
  choose(height: number): void;
  texts(): OfferedText[];
  chooseText(language: string): void;
  sounds(): string[];
  chooseSound(language: string): void;
  cues(): string[];
  seek(seconds: number): void;
  rate(rate: number): void;
  state(): PlayerState;
  picture(): Picture;
}

declare global {
  var bench: Bench;
}

export interface Answer {
  readonly url: string;
  readonly status: number;
  readonly atMs: number;
}

/** One player in one tab. Every wait has a deadline and says what it saw. */
export class Player {
  /** What this player asked for and got, in order. */
  readonly answers: Answer[] = [];
  private readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
    page.on("response", (response) =>
      this.answers.push({ url: response.url(), status: response.status(), atMs: Date.now() }),
    );
  }

  static async open(
    browser: Browser,
    pages: PageServer,
    kind: PlayerKind,
    url: string,
    hlsConfig: object = {},
  ): Promise<Player> {
    const page = await browser.newPage();
    await page.goto(pages.url);
    const player = new Player(page);
    await page.evaluate(([k, u, c]) => globalThis.bench.open(k, u, c), [kind, url, hlsConfig] as const);
    return player;
  }

  state(): Promise<PlayerState> {
    return this.page.evaluate(() => globalThis.bench.state());
  }

  heights(): Promise<number[]> {
    return this.page.evaluate(() => globalThis.bench.heights());
  }

  async choose(height: number, deadlineSeconds?: number): Promise<void> {
    await this.page.evaluate((h) => globalThis.bench.choose(h), height);
    await this.until((state) => state.height === height, `a picture ${height} high`, deadlineSeconds);
  }

  texts(): Promise<OfferedText[]> {
    return this.page.evaluate(() => globalThis.bench.texts());
  }

  async chooseText(language: string): Promise<void> {
    await this.page.evaluate((l) => globalThis.bench.chooseText(l), language);
  }

  /** Languages. */
  sounds(): Promise<string[]> {
    return this.page.evaluate(() => globalThis.bench.sounds());
  }

  async chooseSound(language: string): Promise<void> {
    await this.page.evaluate((l) => globalThis.bench.chooseSound(l), language);
  }

  /** What is written over the picture now. */
  cues(): Promise<string[]> {
    return this.page.evaluate(() => globalThis.bench.cues());
  }

  async seek(seconds: number, deadlineSeconds?: number): Promise<void> {
    await this.page.evaluate((s) => globalThis.bench.seek(s), seconds);
    await this.until(
      (state) => state.ended || (!state.seeking && state.time > seconds + 0.2),
      `playing on after a seek to ${seconds} s`,
      deadlineSeconds,
    );
  }

  async rate(rate: number): Promise<void> {
    await this.page.evaluate((r) => globalThis.bench.rate(r), rate);
  }

  /** Of the frame that is shown. */
  picture(): Promise<Picture> {
    return this.page.evaluate(() => globalThis.bench.picture());
  }

  async until(
    reached: (state: PlayerState) => boolean,
    what: string,
    deadlineSeconds = 30,
  ): Promise<PlayerState> {
    const deadlineMs = Date.now() + deadlineSeconds * 1000;
    for (;;) {
      const state = await this.state();
      if (reached(state)) return state;
      if (Date.now() > deadlineMs)
        throw new Error(`no ${what} within ${deadlineSeconds} s: ${JSON.stringify(state)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path });
  }

  close(): Promise<void> {
    return this.page.close();
  }
}
