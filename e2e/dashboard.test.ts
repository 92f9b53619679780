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
async function ask(method: string, path: string, body?: object): Promise<Answer | null> {
  const answer = await fetch(`${stack.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(answer.ok).toBe(true);
  return answer.status === 204 ? null : ((await answer.json()) as Answer);
}

interface Answer {
  readonly id: string;
  readonly token: string;
  readonly data: readonly Readonly<Record<string, unknown>>[];
}

async function signIn(key: string): Promise<void> {
  await page.getByLabel("API key", { exact: true }).fill(key);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

const copied = () => page.evaluate("navigator.clipboard.readText()");

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
  await page.getByText("New videos").click();
  await page.getByLabel("Encoding").selectOption("mobile");
  await page.getByLabel("Creator").fill("u_81");
  await page.getByLabel("Tags").fill("weir, spring");
  expect(await accessibilityFaults()).toEqual([]);
  await ask("POST", "/v1/jobs/board/pause");
  const file = { name: "field notes.mp4", bytes: readFileSync(path).toString("base64") };
  const transfer = await page.evaluateHandle(({ name, bytes }) => {
    const data = new DataTransfer();
    const content = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
    data.items.add(new File([content], name, { type: "video/mp4" }));
    return data;
  }, file);
  for (const event of ["dragenter", "dragover", "drop"])
    await page.locator("body").dispatchEvent(event, { dataTransfer: transfer });
  await page.getByText("Plays already").first().waitFor({ timeout: 60_000 });

  await page.getByRole("link", { name: "Encoding" }).click();
  await page.getByRole("link", { name: "field notes" }).waitFor();
  expect(await accessibilityFaults()).toEqual([]);
  // Whoever paused it: the page says so.
  await page.getByText("Nothing new is begun until you resume.").waitFor();
  await page.getByRole("button", { name: "Resume all" }).click();
  await page.getByRole("button", { name: "Pause all" }).waitFor();

  await page.getByRole("link", { name: "Videos" }).click();
  await page.getByRole("link", { name: "field notes" }).waitFor();
  // Nobody reloads: the list is told.
  await page.getByText("Ready", { exact: true }).last().waitFor({ timeout: 60_000 });
  expect(await accessibilityFaults()).toEqual([]);
  expect((await ask("GET", "/v1/videos"))?.data).toMatchObject([
    { creator: "u_81", tags: ["spring", "weir"], encoding: "mobile" },
  ]);
  await page.getByLabel("Creator").fill("u_82");
  await page.getByText("Nothing was found").waitFor();
  await page.getByLabel("Creator").fill("u_81");
  await page.getByRole("link", { name: "field notes" }).waitFor();
  expect(page.url()).toContain("?creator=u_81");

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
  await page.getByRole("button", { name: "Copy HLS" }).click();
  expect((await fetch(String(await copied()))).status).toBe(200);
  await page.getByRole("button", { name: "Copy Embed page" }).click();
  expect((await fetch(String(await copied()))).status).toBe(200);
  await page.getByRole("button", { name: "Copy Embed", exact: true }).click();
  expect(await copied()).toMatch(/<iframe[^>]* aspect-ratio: 640 \/ 360[^>]* allowfullscreen/);
  const [shown = ""] = await page.locator(".name.id").allTextContents();
  await page.getByRole("button", { name: `Copy ${shown}` }).click();
  expect(await copied()).toBe(shown);
  await page.getByRole("button", { name: "New playback id" }).click();
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("button", { name: "Make a token" }).click();
  await page.getByLabel("Highest picture").fill("360");
  await page.getByRole("button", { name: "Make the token" }).click();
  const url = await page.getByRole("dialog").getByRole("textbox", { name: "HLS" }).inputValue();
  expect((await fetch(url)).status).toBe(200);
  const embedded = await page.getByRole("dialog").getByRole("textbox", { name: "Embed page" }).inputValue();
  expect((await fetch(embedded)).status).toBe(200);
  expect(await accessibilityFaults()).toEqual([]);
  await page.getByRole("button", { name: "Revoke this token" }).click();
  await page.getByText("Revoked").first().waitFor();
  await expect.poll(async () => (await fetch(url)).status, { timeout: 10_000 }).toBe(403);
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Explain" }).click();
  await page.getByText("Allowed", { exact: true }).waitFor();
  expect(await accessibilityFaults()).toEqual([]);
  await page.getByLabel("Playback id").selectOption({ index: 1 });
  await page.getByText("tokenRequired", { exact: true }).waitFor();
  // The one that was revoked above, as its viewer has it.
  await page.getByLabel("Token of the viewer").fill(embedded);
  await page.getByRole("button", { name: "Explain" }).click();
  await page.getByText("revoked", { exact: true }).waitFor();

  await page.getByRole("link", { name: "Encoding", exact: true }).last().click();
  await page.getByRole("list", { name: "Job history" }).getByText("job.completed").waitFor();
  await page.getByRole("list", { name: "Events" }).getByText("video.created").waitFor();

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to Sluice" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Sign in to Sluice" }).waitFor();
  expect(faults).toEqual([]);
});

test("a webhook is changed and its secret rotated, the log searched, a profile made, a quota set; a lesser key sees less", async () => {
  // Whatever came before.
  await page.context().clearCookies();
  faults.length = 0;
  await page.goto(`${stack.url}/dashboard/webhooks`);
  await signIn(stack.apiKey);
  await page.getByRole("button", { name: "New webhook" }).click();
  await page.getByLabel("URL").fill("http://127.0.0.1:9/hook");
  await page.getByLabel("Events").fill("video.ready");
  await page.getByRole("button", { name: "Create webhook" }).click();
  const first = await page.getByLabel("Signing secret", { exact: true }).inputValue();
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "http://127.0.0.1:9/hook" }).click();
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByLabel("URL").fill("http://127.0.0.1:9/moved");
  await page.getByLabel("Events").fill("*");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("http://127.0.0.1:9/moved").waitFor();
  await page.getByRole("button", { name: "Rotate the secret" }).click();
  await page.getByRole("button", { name: "Make a new secret" }).click();
  expect(await page.getByLabel("Signing secret", { exact: true }).inputValue()).not.toBe(first);
  await page.keyboard.press("Escape");
  await page.getByText("The secret of before signs too").waitFor();
  await page.getByRole("button", { name: "Send a test" }).click();
  const delivery = page.getByRole("list", { name: "Deliveries" }).getByText("webhook.test", { exact: true });
  await delivery.waitFor();
  await page.getByLabel("State").selectOption("delivered");
  await page.getByText("Nothing was found").waitFor();
  await page.getByLabel("State").selectOption("");
  await page.getByLabel("Event").selectOption("webhook.test");
  await delivery.waitFor();
  expect(page.url()).toMatch(/\?type=webhook\.test$/);
  expect(await accessibilityFaults()).toEqual([]);

  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByLabel("What was done").selectOption("rotateWebhookSecret");
  const changes = page.getByRole("list", { name: "Changes" }).getByRole("listitem");
  await expect.poll(() => changes.count()).toBe(1);
  await page.reload();
  await expect.poll(() => changes.count()).toBe(1);
  await page.getByLabel("To", { exact: true }).fill("2026-01-01");
  await page.getByText("Nothing was found").waitFor();
  expect(await accessibilityFaults()).toEqual([]);
  await page.getByRole("link", { name: "Show all changes" }).click();
  await page.getByText("createWebhook", { exact: true }).last().waitFor();

  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("button", { name: "New encoding profile" }).click();
  await page.getByLabel("Name").fill("Lectures");
  await page.getByLabel("Qualities").fill("360 500\n1080 2500");
  await page.getByLabel("CRF").fill("24");
  expect(await accessibilityFaults()).toEqual([]);
  await page.getByRole("button", { name: "Create profile" }).click();
  await page.getByText("360p, 1080p").waitFor();
  await page.getByText("balanced, CRF 24").waitFor();
  await page.getByRole("button", { name: "Delete Lectures" }).click();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("None of your own.").waitFor();

  await page.getByRole("link", { name: "Creators" }).click();
  await page.getByLabel("Creator").fill("u_83");
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByLabel("Gigabytes of files").fill("1.5");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("0 B of 1.5 GB").waitFor();
  expect(await accessibilityFaults()).toEqual([]);
  await page.getByRole("button", { name: "Lift the quota" }).click();
  await page.getByRole("button", { name: "Lift it" }).click();
  await page.getByText("0 B", { exact: true }).first().waitFor();

  await page.getByRole("button", { name: "Sign out" }).click();
  const lesser = await ask("POST", "/v1/api-keys", { name: "looks", scopes: ["webhooks:read"] });
  await signIn(lesser?.token ?? "");
  await page.getByText("This page needs the scope videos:read").waitFor();
  expect(await page.getByRole("navigation").getByRole("link").allTextContents()).toEqual(["Webhooks"]);
  expect(await accessibilityFaults()).toEqual([]);
  await page.getByRole("link", { name: "Webhooks" }).click();
  await page.getByRole("link", { name: "http://127.0.0.1:9/moved" }).click();
  await page.getByText("webhook.test", { exact: true }).last().waitFor();
  expect(await page.getByRole("button", { name: "Rotate the secret" }).count()).toBe(0);
  expect(faults).toEqual([]);

  await page.getByRole("button", { name: "Sign out" }).click();
  const uploader = await ask("POST", "/v1/api-keys", { name: "brings", scopes: ["uploads:write"] });
  await signIn(uploader?.token ?? "");
  await page.getByRole("link", { name: "Upload" }).click();
  const file = { name: "notes.mp4", mimeType: "video/mp4", buffer: Buffer.from("arrives, whatever it is") };
  const asked = page.waitForResponse((answer) => answer.url().includes("/v1/videos/vid_"));
  await page.locator('input[type="file"]').setInputFiles(file);
  const row = page.getByRole("list", { name: "Files" }).getByRole("listitem");
  await row.getByRole("status").getByText("Uploaded").waitFor();
  expect((await asked).status()).toBe(403);
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  expect(await row.innerText()).not.toContain("Stopped");
});
