// Our own player on its own page, as a person opens it: where it stands, sampled all the time, and which version of
// the video it asks for.
import type { Browser, CDPSession, Page } from "playwright-core";

interface Sample {
  readonly atMs: number;
  readonly time: number;
  readonly rate: number;
  readonly height: number;
  /** It plays, and is to play on until the next sample. */
  readonly going: boolean;
}

/** What was asked for and answered, of a track of a version. */
export interface Asked {
  readonly version: number;
  readonly track: string;
  readonly kind: "playlist" | "segment";
  readonly atMs: number;
}

/** How far the clock of the picture is from the clock on the wall, between two samples. */
export interface Motion {
  readonly samples: number;
  readonly backSeconds: number;
  readonly aheadSeconds: number;
  readonly behindSeconds: number;
  /** Where in the video that was. */
  readonly behindAtSeconds: number;
}

interface Record {
  readonly samples: Sample[];
  readonly events: string[];
}

declare global {
  var watched: Record;
}

const everyMs = 100;
const ofTrack = /\/s\/[\w-]+\/(\d+)-(\w+)\/(?:index\.m3u8|\d+\/\d+\.m4s)/;

export class WatchedPage {
  readonly asked: Asked[] = [];
  /** What the page said went wrong, and requests that were refused. */
  readonly faults: string[] = [];
  readonly #page: Page;
  #devtools: CDPSession | undefined;

  private constructor(page: Page) {
    this.#page = page;
    page.on("pageerror", (error) => this.faults.push(String(error)));
    page.on("response", (response) => {
      const { pathname } = new URL(response.url());
      const [, version, track] = ofTrack.exec(pathname) ?? [];
      if (version === undefined || track === undefined) return;
      const kind = pathname.endsWith(".m3u8") ? "playlist" : "segment";
      if (response.ok()) this.asked.push({ version: Number(version), track, kind, atMs: Date.now() });
      else this.faults.push(`${response.status()} for ${pathname}`);
    });
  }

  /** Plays from 0 and is sampled from its first picture on. `networkBps` is all that its network carries. */
  static async open(browser: Browser, watchUrl: string, networkBps?: number): Promise<WatchedPage> {
    const page = await browser.newPage();
    const watched = new WatchedPage(page);
    if (networkBps !== undefined) await watched.network(networkBps);
    await page.goto(watchUrl);
    const player = page.locator("sluice-player");
    await player.waitFor();
    await player.click();
    await page.waitForFunction(() => {
      const element = document.querySelector<HTMLElement & HTMLVideoElement>("sluice-player");
      return element !== null && !element.paused && element.currentTime > 0.3;
    });
    await page.evaluate((interval) => {
      const element = document.querySelector<HTMLElement & HTMLVideoElement>("sluice-player");
      if (element === null) throw new Error("the page has no player");
      const record: Record = { samples: [], events: [] };
      globalThis.watched = record;
      const seconds = () => element.currentTime.toFixed(2);
      for (const type of ["waiting", "stalled", "error", "emptied"])
        element.addEventListener(type, () => {
          if (!element.seeking) record.events.push(`${type} at ${seconds()}`);
        });
      element.addEventListener("conditionchange", (event) => {
        const { condition } = (event as CustomEvent<{ readonly condition: string | null }>).detail;
        if (condition !== null) record.events.push(`${condition} at ${seconds()}`);
      });
      // From `play` to the first move of the clock it is not playing yet.
      let begunAt = Number.NaN;
      element.addEventListener("play", () => (begunAt = element.currentTime));
      const look = () => {
        const { currentTime, playbackRate, videoHeight, paused, seeking, ended } = element;
        record.samples.push({
          atMs: performance.timeOrigin + performance.now(),
          time: currentTime,
          rate: playbackRate,
          height: videoHeight,
          going: !paused && !seeking && !ended && currentTime !== begunAt,
        });
      };
      look();
      setInterval(look, interval);
      for (const type of ["pause", "play", "seeking", "seeked", "ended"])
        element.addEventListener(type, look);
    }, everyMs);
    return watched;
  }

  #tell<T>(about: (element: HTMLVideoElement, argument: number) => T, argument = 0): Promise<T> {
    return this.#page.locator("sluice-player").evaluate<T, number>(about as never, argument);
  }

  /** All that its network carries from now on; null: whatever it can. */
  async network(bitsPerSecond: number | null): Promise<void> {
    this.#devtools ??= await this.#page.context().newCDPSession(this.#page);
    const throughput = bitsPerSecond === null ? -1 : bitsPerSecond / 8;
    await this.#devtools.send("Network.emulateNetworkConditions", {
      ...{ offline: false, latency: bitsPerSecond === null ? 0 : 20 },
      ...{ downloadThroughput: throughput, uploadThroughput: throughput },
    });
  }

  time(): Promise<number> {
    return this.#tell(({ currentTime }) => currentTime);
  }

  async pause(): Promise<void> {
    await this.#tell((element) => element.pause());
  }

  async play(): Promise<void> {
    await this.#tell((element) => element.play());
  }

  async rate(rate: number): Promise<void> {
    await this.#tell((element, value) => void (element.playbackRate = value), rate);
  }

  async seek(seconds: number): Promise<void> {
    await this.#tell((element, value) => void (element.currentTime = value), seconds);
    await this.#page.waitForFunction(() => {
      const element = document.querySelector<HTMLElement & HTMLVideoElement>("sluice-player");
      return element !== null && !element.seeking;
    });
  }

  async untilEnded(deadlineSeconds: number): Promise<void> {
    await this.#page.waitForFunction(
      () => document.querySelector<HTMLElement & HTMLVideoElement>("sluice-player")?.ended === true,
      undefined,
      { timeout: deadlineSeconds * 1000 },
    );
  }

  /** The first of that kind of another version than it began with. */
  moved(wanted: Asked["kind"]): Asked | undefined {
    const [first] = this.asked;
    return this.asked.find(({ version, kind }) => version !== first?.version && kind === wanted);
  }

  async untilMoved(wanted: Asked["kind"], deadlineSeconds: number): Promise<Asked> {
    const deadlineMs = Date.now() + deadlineSeconds * 1000;
    for (;;) {
      const moved = this.moved(wanted);
      if (moved !== undefined) return moved;
      if (Date.now() > deadlineMs)
        throw new Error(`not moved within ${deadlineSeconds} s, at ${await this.time()} s`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waiting, errors, notices: nothing, where all is well. */
  events(): Promise<readonly string[]> {
    return this.#page.evaluate(() => globalThis.watched.events);
  }

  samples(): Promise<readonly Sample[]> {
    return this.#page.evaluate(() => globalThis.watched.samples);
  }

  async screenshot(path: string): Promise<void> {
    await this.#page.screenshot({ path });
  }

  close(): Promise<void> {
    return this.#page.close();
  }
}

/** Of all neighbours between which it was to play on. */
export function motionOf(samples: readonly Sample[]): Motion {
  let [backSeconds, aheadSeconds, behindSeconds, behindAtSeconds] = [0, 0, 0, 0];
  for (const [index, now] of samples.entries()) {
    const before = samples[index - 1];
    if (before === undefined || !before.going) continue;
    const moved = now.time - before.time;
    const due = ((now.atMs - before.atMs) / 1000) * before.rate;
    backSeconds = Math.max(backSeconds, -moved);
    aheadSeconds = Math.max(aheadSeconds, moved - due);
    if (due - moved > behindSeconds) [behindSeconds, behindAtSeconds] = [due - moved, now.time];
  }
  return { samples: samples.length, backSeconds, aheadSeconds, behindSeconds, behindAtSeconds };
}
