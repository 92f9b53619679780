// <sluice-player> against the <video> of a real browser, member by member: what docs/player.md promises, and no more.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { root } from "../scripts/setup.mjs";
import { openBarePlayer } from "./browser/bare-player.ts";
import { launchChromium } from "./browser/chromium.ts";

declare global {
  var player: HTMLVideoElement;
  /** The <video> in it. */
  var inner: HTMLVideoElement;
}

/** What docs/player.md says that the player does not have. */
const lacking = new Set([
  ...["src", "srcObject", "controls", "controlsList", "width", "height", "loading"],
  ...["mediaKeys", "setMediaKeys", "captureStream"],
]);
/** What docs/player.md says that is the player's own affair, under the name that <video> gives it. */
const own = new Set(["load", "currentSrc", "poster", "crossOrigin"]);

/** Of what can be set, something else than it is at first. */
const written: Readonly<Record<string, string | number | boolean>> = {
  ...{ currentTime: 3, volume: 0.4, playbackRate: 2, defaultPlaybackRate: 1.5, preload: "auto" },
  ...{ autoplay: true, loop: true, muted: true, defaultMuted: true, preservesPitch: false },
  ...{ playsInline: false, disablePictureInPicture: true, disableRemotePlayback: true },
};

/** HTML Standard 4.8.11.16, Picture-in-Picture, Encrypted Media Extensions. */
const events = [
  ...["loadstart", "progress", "suspend", "abort", "error", "emptied", "stalled", "loadedmetadata"],
  ...["loadeddata", "canplay", "canplaythrough", "playing", "waiting", "seeking", "seeked", "ended"],
  ...["durationchange", "timeupdate", "play", "pause", "ratechange", "resize", "volumechange"],
  ...["enterpictureinpicture", "leavepictureinpicture", "encrypted", "waitingforkey"],
];

interface Member {
  readonly name: string;
  readonly kind: "constant" | "method" | "handler" | "readable" | "settable";
}

let browser: Browser;
let page: Page;
let members: readonly Member[];

async function openPlayer(attributes?: string) {
  const opened = await openBarePlayer(browser, attributes);
  await opened.page.evaluate(() => {
    const found = document.querySelector<HTMLVideoElement>("sluice-player" as "video");
    const video = found?.shadowRoot?.querySelector("video");
    if (found === null || video === null || video === undefined) throw new Error("no player");
    [globalThis.player, globalThis.inner] = [found, video];
  });
  return opened;
}

beforeAll(async () => {
  browser = await launchChromium();
  ({ page } = await openPlayer());
  const all = await page.evaluate(() =>
    [HTMLVideoElement, HTMLMediaElement].flatMap(({ prototype }) =>
      Object.entries(Object.getOwnPropertyDescriptors(prototype)).map(([name, found]): Member => {
        if (typeof found.value === "number") return { name, kind: "constant" };
        if (found.value !== undefined) return { name, kind: "method" };
        if (name.startsWith("on")) return { name, kind: "handler" };
        return { name, kind: found.set === undefined ? "readable" : "settable" };
      }),
    ),
  );
  // A browser's own members are no promise of anybody's.
  members = all.filter(({ name }) => name !== "constructor" && !name.startsWith("webkit"));
});
afterAll(async () => {
  await browser?.close();
});

const followed = (...kinds: readonly Member["kind"][]): readonly string[] =>
  members
    .filter(({ name, kind }) => kinds.includes(kind) && !lacking.has(name) && !own.has(name))
    .map(({ name }) => name);

test("every member of <video> is there, but for those that the documentation names", async () => {
  const names = members.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(60);
  const missing = await page.evaluate((all) => all.filter((name) => !(name in globalThis.player)), names);
  expect(missing.toSorted()).toEqual(names.filter((name) => lacking.has(name)).toSorted());
  const documentation = readFileSync(join(root, "docs", "player.md"), "utf8");
  expect([...lacking, ...own].filter((name) => !documentation.includes(`\`${name}`))).toEqual([]);
});

test("what is read is the inner <video>'s, and what can only be read there can't be set here", async () => {
  const names = followed("readable", "settable");
  const told = await page.evaluate((all) => {
    const { player, inner } = globalThis;
    return all.map((name) => {
      Object.defineProperty(inner, name, { configurable: true, get: () => `the inner ${name}` });
      const read: unknown = Reflect.get(player, name);
      Reflect.deleteProperty(inner, name);
      return read;
    });
  }, names);
  expect(told).toEqual(names.map((name) => `the inner ${name}`));
  // HTML's, though most browsers have no such list.
  const sounds = await page.evaluate(() => {
    const [ofPlayer, ofInner] = [globalThis.player, globalThis.inner].map((each): unknown =>
      Reflect.get(each, "audioTracks"),
    );
    return [ofPlayer === ofInner, ofPlayer instanceof EventTarget];
  });
  expect(sounds).toEqual([true, true]);
  const settable = await page.evaluate((all) => {
    const isSettable = (name: string): boolean => {
      for (let at: unknown = globalThis.player; at instanceof EventTarget; at = Object.getPrototypeOf(at)) {
        const found = Object.getOwnPropertyDescriptor(at, name);
        if (found !== undefined) return found.set !== undefined;
      }
      return false;
    };
    return all.filter(isSettable);
  }, names);
  expect(settable).toEqual(followed("settable"));
  const constants = followed("constant");
  const values = await page.evaluate(
    (all) =>
      all.filter((name) => Reflect.get(globalThis.player, name) !== Reflect.get(globalThis.inner, name)),
    constants,
  );
  expect([constants.length, values]).toEqual([9, []]);
});

test("what is written goes to the inner <video>, as what is written there is read", async () => {
  expect(Object.keys(written).toSorted()).toEqual(followed("settable").toSorted());
  const set = await page.evaluate((all) => {
    const { player, inner } = globalThis;
    return Object.entries(all).map(([name, value]) => {
      const before: unknown = Reflect.get(inner, name);
      Reflect.set(player, name, value);
      const after: unknown = Reflect.get(inner, name);
      const back: unknown = Reflect.get(player, name);
      Reflect.set(player, name, before);
      return {
        name,
        after,
        back,
        isChanged: before !== after,
        isRestored: Reflect.get(inner, name) === before,
      };
    });
  }, written);
  expect(set).toEqual(
    Object.entries(written).map(([name, value]) => ({
      ...{ name, after: value, back: value, isChanged: true, isRestored: true },
    })),
  );
  const fault = await page.evaluate(() => {
    try {
      globalThis.player.volume = 2;
      return null;
    } catch (error) {
      return (error as Error).name;
    }
  });
  expect(fault).toBe("IndexSizeError");
});

test("a call is one of the inner <video>, with its arguments and its answer", async () => {
  const names = followed("method");
  expect(names).toContain("requestVideoFrameCallback");
  const called = await page.evaluate((all) => {
    const { player, inner } = globalThis;
    return all.map((name) => {
      const spy = function (this: unknown, ...given: readonly unknown[]) {
        return [this === inner, name, ...given];
      };
      Object.defineProperty(inner, name, { configurable: true, value: spy });
      const answer: unknown = Reflect.apply(Reflect.get(player, name), player, ["a", 2]);
      Reflect.deleteProperty(inner, name);
      return answer;
    });
  }, names);
  expect(called).toEqual(names.map((name) => [true, name, "a", 2]));
  const track = await page.evaluate(() => {
    const { kind, label } = globalThis.player.addTextTrack("captions", "Added");
    return { kind, label, listed: [...globalThis.player.textTracks].map((each) => each.label) };
  });
  expect(track).toEqual({ kind: "captions", label: "Added", listed: ["Added"] });
});

test("every event of a media element is one of the player's, once, of its kind and with what it tells", async () => {
  const heard = await page.evaluate((types) => {
    const { player, inner } = globalThis;
    const told: string[] = [];
    for (const type of types)
      player.addEventListener(type, ({ target }) => target === player && told.push(type));
    for (const type of types) inner.dispatchEvent(new Event(type));
    return told;
  }, events);
  expect(heard).toEqual(events);
  const told = await page.evaluate(() => {
    const { player, inner } = globalThis;
    let result: unknown = null;
    player.addEventListener("encrypted", (event) => {
      const bytes = new Uint8Array(event.initData ?? new ArrayBuffer());
      result = [event instanceof MediaEncryptedEvent, event.initDataType, [...bytes]];
    });
    const initData = Uint8Array.of(1, 2).buffer;
    inner.dispatchEvent(new MediaEncryptedEvent("encrypted", { initDataType: "cenc", initData }));
    return result;
  });
  expect(told).toEqual([true, "cenc", [1, 2]]);
});

test("a handler hears its event of the player, until another takes its place", async () => {
  const names = followed("handler");
  expect(names).toHaveLength(4);
  const heard = await page.evaluate((all) => {
    const { player, inner } = globalThis;
    return all.map((name) => {
      const told: string[] = [];
      const handle = (word: string) => (event: Event) => void told.push(`${word} ${event.target === player}`);
      const tell = () => inner.dispatchEvent(new Event(name.slice(2)));
      const [first, second] = [handle("first"), handle("second")];
      const atFirst: unknown = Reflect.get(player, name);
      Reflect.set(player, name, first);
      tell();
      Reflect.set(player, name, second);
      tell();
      const isKept = Reflect.get(player, name) === second;
      Reflect.set(player, name, "no function");
      tell();
      return { atFirst, told, isKept, atLast: Reflect.get(player, name) as unknown };
    });
  }, names);
  const each = { atFirst: null, told: ["first true", "second true"], isKept: true, atLast: null };
  expect(heard).toEqual(names.map(() => each));
});

test("attributes that <video> has are those of its properties, and muting at first is not muting now", async () => {
  const { page: another } = await openPlayer("muted loop preload=none poster=/a.jpg disablepictureinpicture");
  const read = () =>
    another.evaluate(() => {
      const { muted, defaultMuted, loop, preload, poster, crossOrigin, disablePictureInPicture } =
        globalThis.player;
      return { muted, defaultMuted, loop, preload, poster, crossOrigin, disablePictureInPicture };
    });
  expect(await read()).toEqual({
    ...{ muted: true, defaultMuted: true, loop: true, preload: "none", poster: "https://player.test/a.jpg" },
    ...{ crossOrigin: "anonymous", disablePictureInPicture: true },
  });
  await another.evaluate(() => {
    const { player } = globalThis;
    Object.assign(player, { muted: false, loop: false, poster: "b.jpg", crossOrigin: null });
    Object.assign(player, { preload: "no such thing", disablePictureInPicture: false });
  });
  expect(await read()).toEqual({
    ...{
      muted: false,
      defaultMuted: true,
      loop: false,
      preload: "metadata",
      poster: "https://player.test/b.jpg",
    },
    ...{ crossOrigin: "anonymous", disablePictureInPicture: false },
  });
  await another.evaluate(() => {
    globalThis.player.defaultMuted = false;
    globalThis.player.defaultMuted = true;
  });
  expect([(await read()).muted, (await read()).defaultMuted]).toEqual([false, true]);
  expect(await another.locator("sluice-player").getAttribute("preload")).toBe("no such thing");
  await another.close();
});

test("a player that waits to be asked opens its video once it may load ahead", async () => {
  const { page: waiting, asked } = await openPlayer(`preload=none playback-id=${"A".repeat(22)}`);
  const opened = () => asked.filter((path) => path.endsWith("/hls.m3u8")).length;
  await waiting.evaluate(() => void (globalThis.player.loop = true));
  await expect.poll(() => asked.some((path) => path.endsWith("/thumbnail.jpg"))).toBe(true);
  expect(opened()).toBe(0);
  await waiting.evaluate(() => void (globalThis.player.preload = "metadata"));
  await expect.poll(opened).toBe(1);
  await waiting.close();
});
