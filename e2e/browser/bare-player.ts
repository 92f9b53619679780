// The player as it is built, on a page that has nothing else: no platform behind it, so that nothing but itself answers.
import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { buildWeb } from "../../scripts/stack/bundle.ts";
import { root } from "../../scripts/setup.mjs";

/** Members of <video> that are for secure pages are among those to follow. */
const origin = "https://player.test";
const types: Readonly<Record<string, string>> = { ".js": "text/javascript", ".css": "text/css" };

export interface BarePlayer {
  readonly page: Page;
  /** Paths of what was asked for, and is not part of the player. */
  readonly asked: readonly string[];
}

export async function openBarePlayer(browser: Browser, attributes = ""): Promise<BarePlayer> {
  await buildWeb();
  const page = await browser.newPage();
  const asked: string[] = [];
  await page.route(`${origin}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    const built = join(root, "web", "dist", pathname);
    const contentType = types[extname(pathname)];
    if (pathname === "/") await route.fulfill({ contentType: "text/html", body: pageOf(attributes) });
    else if (contentType !== undefined && existsSync(built))
      await route.fulfill({ contentType, body: readFileSync(built) });
    else {
      asked.push(pathname);
      await route.fulfill({ status: 404 });
    }
  });
  await page.goto(`${origin}/`);
  await page.evaluate(() => customElements.whenDefined("sluice-player"));
  return { page, asked };
}

const pageOf = (attributes: string) => `<!doctype html><html lang="en"><title>x</title>
<script type="module" src="/player/sluice-player.js"></script>
<sluice-player ${attributes}></sluice-player></html>`;
