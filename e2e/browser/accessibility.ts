// What axe-core and the width of the window have against the page that is open.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

export interface Look {
  readonly name: string;
  readonly viewport: { readonly width: number; readonly height: number };
  readonly colorScheme: "light" | "dark";
}

/** Each page at a desk and on a phone, in light and in dark. */
export const looks = [
  { name: "phone-dark", viewport: { width: 390, height: 844 }, colorScheme: "dark" },
  { name: "desk-light", viewport: { width: 1280, height: 860 }, colorScheme: "light" },
] as const satisfies readonly Look[];

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
// A frame's page has its own test; what scrolls must be reached by keyboard.
const options = "{ iframes: false, rules: { 'scrollable-region-focusable': { enabled: true } } }";

export async function takeOn(page: Page, { viewport, colorScheme }: Look): Promise<void> {
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme });
  await page.waitForFunction(
    (scheme) => matchMedia(`(prefers-color-scheme: ${scheme})`).matches,
    colorScheme,
  );
  await page.mouse.move(0, 0);
  // Colours that change take a frame to begin, and their time.
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  await page.evaluate("Promise.allSettled(document.getAnimations().map(({ finished }) => finished))");
}

/** As it looks now. */
export async function faultsOf(page: Page): Promise<readonly string[]> {
  const result = await page.evaluate<AxeResult>(
    `(() => { ${axe}; return axe.run(document, ${options}); })()`,
  );
  const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
  return [
    ...result.violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} (${failureSummary})`).join(" ")}`,
    ),
    ...(wide > 0 ? [`${wide} pixels too wide`] : []),
  ];
}

export async function faultsInAllLooks(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const look of looks) {
    await takeOn(page, look);
    found.push(...(await faultsOf(page)).map((fault) => `${look.name}: ${fault}`));
  }
  return found;
}
