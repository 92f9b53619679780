// What a person does on the dashboard, in a real browser: a file is dropped, followed, played, given captions that are
// picked in the player, a poster, a token that is revoked, another file; and a delivery is read in its log.
import { createServer, type Server } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { makeClip } from "../demo/clip.ts";
import { run as runTool } from "../stack/bundle.ts";
import type { Stack } from "../stack/stack.ts";
import type { CheckRun } from "./check.ts";
import { until } from "./until.ts";

const playedSecondsAtMost = 15;
const encodedMs = 90_000;

export async function tellStory(
  run: CheckRun,
  stack: Stack,
  page: Page,
  pictures: (name: string) => Promise<void>,
): Promise<void> {
  const hook = await receiver(run);
  await makeWebhook(page, stack, hook.url);

  run.say("a file is dropped");
  const path = join(run.scratch, "field notes.mp4");
  await makeClip({ path, durationSeconds: 8, width: 640, height: 360 });
  await page.goto(`${stack.url}/dashboard/upload`);
  await page.getByText("Drop videos here").waitFor();
  await drop(page, path);
  await page.getByText("Ready", { exact: true }).last().waitFor({ timeout: encodedMs });
  await page.getByRole("link", { name: "Videos" }).click();
  await page.getByRole("link", { name: "field notes" }).click();
  await page.getByRole("heading", { level: 1, name: "field notes" }).waitFor();

  run.say("it is played");
  const player = page.frameLocator("iframe.frame").locator("sluice-player");
  await player.click();
  const playedSeconds = () => player.evaluate((element) => (element as HTMLMediaElement).currentTime);
  await until("it plays", async () => (await playedSeconds()) > 0.5, playedSecondsAtMost);

  run.say("a poster is chosen");
  await page.getByRole("button", { name: "Poster at 0:05" }).click();
  await page.getByText("The poster shows 0:05.").waitFor();
  await pictures("story-poster");

  run.say("captions are uploaded, read, and picked in the player");
  await tab(page, "Captions");
  await page.getByLabel("File").setInputFiles({
    name: "en.vtt",
    mimeType: "text/vtt",
    buffer: Buffer.from("WEBVTT\n\n00:00.000 --> 00:07.000\n<v Ann>The weir &amp; the mill\n"),
  });
  await page.getByLabel("Language").fill("en");
  await page.getByRole("button", { name: "Upload", exact: true }).click();
  await page.getByText("1 cue", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByText("The weir & the mill").waitFor();
  await pictures("story-captions");
  await page.keyboard.press("Escape");
  // Manifests are printed of what was known some seconds ago.
  await page.waitForTimeout(6_000);
  await tab(page, "Overview");
  await player.waitFor();
  await pickCaption(page);
  const shown = () =>
    player.evaluate((element) =>
      [...(element as HTMLMediaElement).textTracks].some(
        ({ mode, activeCues }) =>
          mode === "showing" &&
          [...(activeCues ?? [])].some((cue) => (cue as VTTCue).text.includes("The weir")),
      ),
    );
  await until("the caption is shown", shown, playedSecondsAtMost);
  await pictures("story-caption-shown");

  run.say("a token is made and revoked");
  await tab(page, "Playback");
  await page.getByRole("button", { name: "New playback id" }).click();
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("button", { name: "Make a token" }).click();
  await page.getByRole("button", { name: "Make the token" }).click();
  const url = await page.getByRole("dialog").getByRole("textbox", { name: "HLS" }).inputValue();
  run.expect((await fetch(url)).status === 200, "a token that was made does not play");
  await pictures("story-token");
  await page.getByRole("button", { name: "Revoke this token" }).click();
  await page.getByText("Revoked").first().waitFor();
  const revokedAt = Date.now();
  await until("the token is refused", async () => (await fetch(url)).status === 403, 10);
  run.measure("revokedAfterMs", Date.now() - revokedAt);
  await page.keyboard.press("Escape");

  run.say("its file is replaced");
  const other = join(run.scratch, "second cut.mp4");
  await makeClip({ path: other, durationSeconds: 12, width: 426, height: 240 });
  await tab(page, "Overview");
  await page.getByLabel("New file").setInputFiles(other);
  await page.getByRole("button", { name: "Replace", exact: true }).click();
  await page.getByText("The file has arrived.").waitFor({ timeout: encodedMs });
  await page.getByText("426 × 240").first().waitFor({ timeout: encodedMs });
  await pictures("story-replaced");

  run.say("a sound is added");
  const dub = join(run.scratch, "dub.m4a");
  await runTool("ffmpeg", ["-nostdin", "-loglevel", "error", "-y", "-i", other, "-vn", "-c", "copy", dub]);
  await page.getByText("Encoded in all qualities").waitFor({ timeout: encodedMs });
  await tab(page, "Sound");
  await page.getByText("a0", { exact: true }).waitFor();
  await page.getByLabel("File").setInputFiles(dub);
  await page.getByLabel("Language").fill("de");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("Encoding", { exact: true }).last().waitFor({ timeout: encodedMs });
  await pictures("story-sound-coming");
  await page.getByRole("button", { name: "Make default" }).waitFor({ timeout: encodedMs });
  await pictures("story-sound");

  run.say("a delivery is read");
  await page.goto(`${stack.url}/dashboard/webhooks`);
  await page.getByRole("link", { name: /127\.0\.0\.1/ }).click();
  const delivery = page.getByRole("listitem").filter({ hasText: "video.ready" }).first();
  await delivery.locator("summary").click();
  await delivery.getByText("received, thank you").waitFor();
  await delivery.getByText("webhook-id").waitFor();
  await pictures("story-delivery");
  await page.getByRole("button", { name: "Change" }).click();
  await pictures("story-webhook-changed");
  await page.keyboard.press("Escape");
  run.expect(hook.received() > 0, "nothing was delivered");
}

async function tab(page: Page, name: string): Promise<void> {
  await page.getByLabel("Video", { exact: true }).getByRole("link", { name }).click();
}

async function drop(page: Page, path: string): Promise<void> {
  const file = { name: "field notes.mp4", bytes: readFileSync(path).toString("base64") };
  const transfer = await page.evaluateHandle(({ name, bytes }) => {
    const data = new DataTransfer();
    const content = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
    data.items.add(new File([content], name, { type: "video/mp4" }));
    return data;
  }, file);
  for (const event of ["dragenter", "dragover", "drop"])
    await page.locator("body").dispatchEvent(event, { dataTransfer: transfer });
}

/** By the player's own menu. */
async function pickCaption(page: Page): Promise<void> {
  const frame = page.frameLocator("iframe.frame");
  await frame.locator("sluice-player").click();
  await frame.locator("sluice-player").hover();
  await frame.locator("media-captions-menu-button").first().click();
  await frame
    .getByRole("menuitemradio", { name: /English/i })
    .first()
    .click();
}

async function makeWebhook(page: Page, stack: Stack, url: string): Promise<void> {
  await page.goto(`${stack.url}/dashboard/webhooks`);
  await page
    .getByRole("button", { name: /new webhook/i })
    .first()
    .click();
  await page.getByLabel("URL").fill(url);
  await page
    .getByRole("button", { name: /create|add/i })
    .last()
    .click();
  await page.keyboard.press("Escape");
}

async function receiver(run: CheckRun): Promise<{ readonly url: string; readonly received: () => number }> {
  let received = 0;
  const server: Server = createServer((request, answer) => {
    request.resume().on("end", () => {
      received += 1;
      answer.writeHead(200, { "Content-Type": "text/plain" }).end("received, thank you");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  run.defer(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}/hook`, received: () => received };
}
