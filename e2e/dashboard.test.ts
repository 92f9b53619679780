// The dashboard as a person uses it: signing in, a file dropped and watched on its way, played, a token made and taken back.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { makeClip } from "../scripts/demo/clip.ts";
import { faultsInAllLooks, looks } from "./browser/accessibility.ts";
import { launchChromium } from "./browser/chromium.ts";
import { startTestStack, type TestStack } from "./stack.ts";

let stack: TestStack;
let browser: Browser;
let page: Page;
const faults: string[] = [];

const accessibilityFaults = () => faultsInAllLooks(page);

/** By the API, as a program elsewhere does. */
async function ask(method: string, path: string, body?: object): Promise<{ readonly id: string } | null> {
  const answer = await fetch(`${stack.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(answer.ok).toBe(true);
  return answer.status === 204 ? null : ((await answer.json()) as { readonly id: string });
}

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchChromium()]);
  page = await browser.newPage({
    viewport: looks[1].viewport,
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    // Whoever is not signed in is told so by a 401; a picture that is not made yet is a 404 or 409.
    if (message.type() === "error" && !/\b(?:401|404|409)\b/.test(message.text()))
      faults.push(message.text());
  });
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

test("signed in by a key, a dropped file is followed, played, given a token that is revoked, and signed out", async () => {
  const path = join(stack.scratch, "field notes.mp4");
  await makeClip({ path, durationSeconds: 4, width: 640, height: 360 });

  await page.goto(`${stack.url}/dashboard/api-keys`);
  await page.getByRole("heading", { name: "Sign in to Sluice" }).waitFor();
  expect(await accessibilityFaults()).toEqual([]);
  await page.getByLabel("API key", { exact: true }).fill("sluice_not_a_key");
  await page.keyboard.press("Enter");
  await page.getByText("This API key was not accepted.").waitFor();
  await page.getByLabel("API key", { exact: true }).fill(stack.apiKey);
  await page.keyboard.press("Enter");
  // Where the address led before the door.
  await page.getByRole("heading", { level: 1, name: "API keys" }).waitFor();
  await page.getByText("Yours").waitFor();
  const kept = await page.evaluate<string>(
    "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])",
  );
  expect(kept).not.toContain(stack.apiKey.slice(-20));
  expect(kept).not.toContain("sluice=");

  await page.getByRole("link", { name: "Videos" }).click();
  await page.getByText("No videos yet").waitFor();
  expect(await accessibilityFaults()).toEqual([]);

  // What others do is seen without asking.
  const made = await ask("POST", "/v1/videos", { title: "Made elsewhere" });
  await page.getByRole("link", { name: "Made elsewhere" }).waitFor();
  await ask("PATCH", `/v1/videos/${made?.id}`, { title: "Renamed elsewhere" });
  await page.getByRole("link", { name: "Renamed elsewhere" }).waitFor();
  await ask("DELETE", `/v1/videos/${made?.id}`);
  await page.getByText("No videos yet").waitFor();

  await page.getByRole("link", { name: "Upload", exact: true }).first().click();
  await page.getByText("Drop videos here").waitFor();
  await page.getByText("What they are to be like").click();
  await page.getByLabel("Creator").fill("ann");
  await page.getByLabel("Tags").fill("notes, spring");
  expect(await accessibilityFaults()).toEqual([]);
  const file = { name: "field notes.mp4", bytes: readFileSync(path).toString("base64") };
  const transfer = await page.evaluateHandle(({ name, bytes }) => {
    const data = new DataTransfer();
    const content = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
    data.items.add(new File([content], name, { type: "video/mp4" }));
    return data;
  }, file);
  for (const event of ["dragenter", "dragover", "drop"])
    await page.locator("body").dispatchEvent(event, { dataTransfer: transfer });
  await page
    .getByText("Plays already")
    .or(page.getByText("Ready", { exact: true }))
    .first()
    .waitFor({ timeout: 60_000 });

  await page.getByRole("link", { name: "Videos" }).click();
  await page.getByRole("link", { name: "field notes" }).waitFor();
  // Nobody reloads: the list is told.
  await page.getByText("Ready", { exact: true }).last().waitFor({ timeout: 60_000 });
  expect(await accessibilityFaults()).toEqual([]);

  await page.getByRole("link", { name: "field notes" }).click();
  await page.getByRole("heading", { level: 1, name: "field notes" }).waitFor();
  const player = page.frameLocator("iframe.frame").locator("sluice-player");
  await player.waitFor();
  await player.click();
  const time = () => player.evaluate((element) => (element as HTMLMediaElement).currentTime);
  await expect.poll(time, { timeout: 15_000 }).toBeGreaterThan(0.5);
  await page.getByRole("cell", { name: "640 × 360" }).waitFor();
  expect(await accessibilityFaults()).toEqual([]);

  await page.getByRole("link", { name: "Playback", exact: true }).click();
  const publicId = (await page.locator("p.name.id").first().textContent()) ?? "";
  await page.getByRole("button", { name: `Copy ${publicId}` }).click();
  await page.getByRole("button", { name: `Copied ${publicId}` }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(publicId);
  await page.getByRole("button", { name: `Addresses of ${publicId}` }).click();
  await page.getByRole("button", { name: "Copy HLS" }).click();
  await page.getByRole("button", { name: "Copied HLS" }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    `${stack.url}/p/${publicId}/hls.m3u8`,
  );
  expect(await accessibilityFaults()).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "New playback id" }).click();
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("button", { name: "Make a token" }).click();
  await page.getByLabel("Highest picture").fill("360");
  await page.getByRole("button", { name: "Make the token" }).click();
  const url = await page.getByRole("textbox", { name: "HLS" }).last().inputValue();
  const playbackToken = new URL(url).searchParams.get("token") ?? "";
  expect((await fetch(url)).status).toBe(200);
  expect(await accessibilityFaults()).toEqual([]);
  await page.getByRole("button", { name: "Revoke this token" }).click();
  await page.getByText("Revoked").first().waitFor();
  await expect.poll(async () => (await fetch(url)).status, { timeout: 10_000 }).toBe(403);
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Explain" }).click();
  await page.getByText("Allowed", { exact: true }).waitFor();
  // The signed one, by the token that was revoked.
  await page.getByLabel("Playback id").selectOption({ index: 1 });
  await page.getByText("Refused", { exact: true }).waitFor();
  await page.getByLabel("A viewer's token").fill(playbackToken);
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.getByText("revoked", { exact: true }).first().waitFor();
  expect(await accessibilityFaults()).toEqual([]);

  await page.getByRole("link", { name: "Encoding", exact: true }).last().click();
  const history = page.getByRole("list", { name: "Job history" });
  await history.getByText("job.completed").waitFor();
  await page.getByRole("list", { name: "Events" }).getByText("video.created").waitFor();

  await page.getByRole("link", { name: "Videos" }).click();
  await page.getByLabel("Creator").fill("bob");
  await page.getByText("Nothing was found").waitFor();
  await page.getByLabel("Creator").fill("ann");
  await page.getByRole("link", { name: "field notes" }).waitFor();

  await page.getByRole("link", { name: "Encoding", exact: true }).click();
  await page.getByRole("button", { name: "Pause all" }).click();
  await page.getByText("Nothing new is begun until you resume.").waitFor();
  await page.reload();
  await page.getByText("Nothing new is begun until you resume.").waitFor();
  await page.getByRole("button", { name: "Resume all" }).click();
  await page.getByRole("button", { name: "Pause all" }).waitFor();

  const hook = await ask("POST", "/v1/webhooks", { url: "http://127.0.0.1:9/hook", events: ["video.ready"] });
  await page.getByRole("link", { name: "Webhooks" }).click();
  await page.getByRole("link", { name: "http://127.0.0.1:9/hook" }).click();
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Events").fill("video.*, job.failed");
  expect(await accessibilityFaults()).toEqual([]);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("video.*, job.failed").waitFor();
  await page.getByRole("button", { name: "New secret" }).click();
  await page.getByRole("button", { name: "Make the secret" }).click();
  expect(await page.getByRole("textbox", { name: "Signing secret" }).inputValue()).toMatch(/^whsec_/);
  await page.keyboard.press("Escape");
  await page.getByLabel("Which deliveries").selectOption("delivered");
  await page.getByText("None is so").waitFor();

  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByRole("searchbox", { name: "Id of what was changed" }).fill(hook?.id ?? "");
  await page.keyboard.press("Enter");
  const changes = page.getByRole("list", { name: "Changes" });
  await expect
    .poll(() => changes.locator("p.name").allTextContents())
    .toEqual(["rotateWebhookSecret", "patchWebhook", "createWebhook"]);

  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByLabel("Creator").fill("ann");
  await page.getByRole("button", { name: "Look" }).click();
  await page.getByLabel("Gigabytes").fill("1.5");
  await page.getByRole("button", { name: "Save quota" }).click();
  await page.getByRole("button", { name: "Lift it" }).waitFor();
  expect(await ask("GET", "/v1/creators/ann/quota")).toMatchObject({ maxBytes: 1_500_000_000 });
  expect(await accessibilityFaults()).toEqual([]);

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to Sluice" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Sign in to Sluice" }).waitFor();
  expect(faults).toEqual([]);
});
