// The dashboard's pages, each at a desk and on a phone, in light and dark: what axe-core has against them, pictures for
// somebody to look at, and what it costs to open it.
import { join } from "node:path";
import type { Page } from "playwright-core";
import { faultsOf, looks, takeOn } from "../../e2e/browser/accessibility.ts";
import { launchChromium } from "../../e2e/browser/chromium.ts";
import { makeClip } from "../demo/clip.ts";
import type { Check, CheckRun } from "./check.ts";
import { tellStory } from "./dashboard-story.ts";

/** A tenth of what is still called good. */
const mostShift = 0.02;

export const dashboard: Check = {
  name: "dashboard",
  async run(run) {
    const [stack, browser] = await Promise.all([run.startStack(), launchChromium()]);
    run.defer(() => browser.close());
    const context = await browser.newContext({ reducedMotion: "reduce" });
    const page = await context.newPage();
    let bytes = 0;
    page.on("response", (response) => {
      void response
        .body()
        .then((body) => (bytes += body.byteLength))
        .catch(() => {});
    });
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    const pictures = async (name: string): Promise<void> => {
      await page.waitForLoadState("networkidle", { timeout: 5_000 }).catch(() => {});
      for (const look of looks) {
        await takeOn(page, look);
        for (const fault of await faultsOf(page)) run.expect(false, `${name}, ${look.name}: ${fault}`);
        if (run.screenshots !== null)
          await page.screenshot({ path: join(run.screenshots, `${name}-${look.name}.png`), fullPage: true });
      }
    };

    await page.goto(`${stack.url}/dashboard`);
    await page.getByRole("heading", { name: "Sign in to Sluice" }).waitFor();
    run.measure("bytesToTheDoor", bytes);
    await pictures("sign-in");
    await page.getByLabel("API key", { exact: true }).fill(stack.apiKey);
    await page.keyboard.press("Enter");
    await page.getByText("No videos yet").waitFor();
    await pictures("videos-empty");

    try {
      await tellStory(run, stack, page, pictures);
    } catch (error) {
      await pictures("story-broken-off");
      throw error;
    }
    run.say("three videos");
    for (const [title, height] of [
      ["A walk along the weir in early spring", 360],
      ["Interview, second take", 240],
      ["a_very_long_file_name_without_any_place_to_break_it_2026_11_23_final_final_v3_export", 240],
    ] as const) {
      const path = join(run.scratch, `${title.slice(0, 20)}.mp4`);
      await makeClip({ path, durationSeconds: 5, width: (height * 16) / 9 > 600 ? 640 : 426, height });
      await uploadBy(page, `${stack.url}/dashboard/upload`, path);
      await page.getByText("Ready", { exact: true }).last().waitFor({ timeout: 90_000 });
      await rename(stack.url, stack.apiKey, title);
    }
    await pictures("upload");
    await page.goto(`${stack.url}/dashboard`);
    await page.getByRole("link", { name: "Interview" }).waitFor();
    await pictures("videos");
    await page.getByRole("link", { name: "walk along" }).click();
    await page.getByRole("cell", { name: "640 × 360" }).waitFor();
    await pictures("video");
    for (const [tab, awaited] of [
      ["Playback", "Put it into your application"],
      ["Captions", "Upload captions"],
      ["Sound", "Add a sound"],
      ["Encoding", "Events"],
      ["Explain", "Allowed"],
    ] as const) {
      await page.getByLabel("Video", { exact: true }).getByRole("link", { name: tab }).click();
      await page.getByText(awaited, { exact: true }).first().waitFor();
      await pictures(`video-${tab.toLowerCase()}`);
    }
    for (const place of ["jobs", "api-keys", "webhooks", "audit-log", "doctor", "settings", "nowhere"]) {
      await page.goto(`${stack.url}/dashboard/${place}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await pictures(place);
    }
    await page.goto(`${stack.url}/dashboard/creators?creator=u_81`);
    await page.getByText("Gigabytes of files").waitFor();
    await pictures("creators");
    await page.goto(`${stack.url}/dashboard/upload`);
    await page.getByText("New videos").click();
    await pictures("upload-settings");
    await page.goto(`${stack.url}/dashboard/settings`);
    await page.getByRole("button", { name: "New encoding profile" }).click();
    await pictures("settings-profile");
    await page.goto(`${stack.url}/dashboard/api-keys`);
    await page.getByRole("button", { name: "New key" }).click();
    await pictures("api-keys-new");
    run.measure("largestLayoutShift", await largestShift(run, page, stack.url));
    run.expect(faults.length === 0, faults.join("; "));
  },
};

/** Layout shifts that nobody caused, as Chromium reports them, while each page loads. */
async function largestShift(run: CheckRun, signedIn: Page, url: string): Promise<number> {
  const page = await signedIn.context().newPage();
  await page.addInitScript(`self.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) self.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });`);
  await page.goto(`${url}/dashboard`);
  const video = await page.getByRole("link", { name: "Interview" }).getAttribute("href");
  const places = ["", "/upload", "/jobs", "/webhooks", "/api-keys", "/audit-log", "/doctor", "/settings"];
  const paths = [...places, "/creators?creator=u_81"].map((place) => `/dashboard${place}`);
  for (const tab of ["", "/playback", "/captions", "/sound", "/encoding", "/explain"])
    paths.push(`${video}${tab}`);
  let largest = 0;
  for (const { name, viewport } of looks) {
    await page.setViewportSize(viewport);
    for (const path of paths) {
      await page.goto(`${url}${path}`);
      await page.waitForLoadState("networkidle", { timeout: 5_000 }).catch(() => {});
      const shift = await page.evaluate<number>("self.shift");
      largest = Math.max(largest, shift);
      run.expect(shift <= mostShift, `${path}, ${name}: the layout shifts by ${shift.toFixed(3)}`);
    }
  }
  await page.close();
  return Number(largest.toFixed(3));
}

async function uploadBy(page: Page, url: string, path: string): Promise<void> {
  await page.goto(url);
  await page.locator('input[type="file"]').setInputFiles(path);
}

/** The newest video. */
async function rename(url: string, key: string, title: string): Promise<void> {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const list: unknown = await (await fetch(`${url}/v1/videos?limit=1`, { headers })).json();
  const { data } = list as { data: readonly { id: string }[] };
  await fetch(`${url}/v1/videos/${data[0]?.id}`, {
    method: "PATCH",
    headers,
    body: JSON.stringify({ title }),
  });
}
