// examples/whole-life.ts, with a real browser at its page; and then nothing of the video is left.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { launchChromium } from "../../e2e/browser/chromium.ts";
import { makeClip } from "../demo/clip.ts";
import { root } from "../setup.mjs";
import type { Check } from "./check.ts";
import { until } from "./until.ts";

/** All that tells of videos. What stays by design: the audit log, and the log of the webhook's deliveries for a while. */
const tables = [
  ...[
    "videos",
    "playback_ids",
    "uploads",
    "imports",
    "versions",
    "chunks",
    "subtitles",
    "captions",
    "chapters",
  ],
  ...[
    "audio_tracks",
    "video_tags",
    "video_metadata",
    "video_words",
    "quota_holds",
    "refresh_tokens",
    "webhooks",
  ],
];

export const wholeLife: Check = {
  name: "whole-life",
  async run(run) {
    const stack = await run.startStack({ runners: 1 });
    const clip = join(run.scratch, "film.mp4");
    await makeClip({ path: clip, durationSeconds: 6, width: 320, height: 180 });
    const program = spawn(
      process.execPath,
      [join(root, "examples", "whole-life.ts"), "--url", stack.url, "--key", stack.apiKey],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    run.defer(() => void program.kill("SIGKILL"));
    let said = "";
    for (const stream of [program.stdout, program.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        for (const line of text.trimEnd().split("\n")) run.say(line);
      });
    const ended = () => program.exitCode !== null;
    await until("a page to open", () => ended() || /Open (http\S+)/.test(said), 30);
    const browser = await launchChromium();
    run.defer(() => browser.close());
    const page = await browser.newPage();
    page.on("console", (message) => run.say(`the page: ${message.text()}`));
    page.on("pageerror", (error) => run.say(`the page: ${String(error)}`));
    await page.goto(/Open (http\S+)/.exec(said)?.[1] ?? "");
    await page.locator("input").setInputFiles(clip);
    await page.getByText("Thank you").waitFor();
    await until("its end", ended, 120);
    run.expect(program.exitCode === 0, `it ended with ${program.exitCode}`);
    for (const word of ["with 200: #EXTM3U", "200 vid_", "206 bytes", "is answered 40"])
      run.expect(said.includes(word), `it did not say "${word}"`);

    const bucket = await stack.worker.miniflare.getR2Bucket("MEDIA");
    const left = async () => (await bucket.list()).objects.map(({ key }) => key);
    await until("an empty bucket", async () => (await left()).length === 0, 30).catch(() => undefined);
    const objects = await left();
    run.expect(objects.length === 0, `left in the bucket: ${objects.join(", ")}`);
    const db = await stack.worker.miniflare.getD1Database("DB");
    for (const table of tables) {
      const row = await db.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>();
      run.expect(row?.n === 0, `${table} has ${row?.n} rows`);
    }
    const { results } = await db.prepare("SELECT DISTINCT queue FROM outbox").all<{ queue: string }>();
    // The second erasing comes when no runner can be at work any more.
    run.expect(
      results.every(({ queue }) => queue === "erase"),
      `the outbox has ${JSON.stringify(results)}`,
    );
    run.measure("objects left", objects.length);
  },
};
