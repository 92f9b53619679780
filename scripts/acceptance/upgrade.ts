// A stack of an earlier revision is stopped in the middle of an encode and of an upload. This one applies its migrations and
// goes on with both; what played plays.
import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { checkPlayback } from "../demo/check-playback.ts";
import { makeClip } from "../demo/clip.ts";
import { uploadFile } from "../demo/upload.ts";
import { waitForVideo } from "../demo/video.ts";
import { root } from "../setup.mjs";
import type { Check } from "./check.ts";
import { DevProcess, freePort } from "./dev-process.ts";
import { playbackOf } from "./encoded.ts";

/** The revision before this migration: it and all later ones are pending then. */
const firstPending = "migrations/0014_dashboard_sessions.sql";
const tus = { "Tus-Resumable": "1.0.0" };

const git = (...args: readonly string[]) =>
  execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28 }).trim();

/** The files of the revision; its own set-up installs its packages. */
function checkOut(directory: string): string {
  const added = git("log", "--diff-filter=A", "--format=%H", "--", firstPending).split("\n").at(-1) ?? "";
  if (added === "") throw new Error("this checkout has no history: clone it whole");
  mkdirSync(directory);
  const archive = execFileSync("git", ["archive", `${added}^`], { cwd: root, maxBuffer: 2 ** 28 });
  execFileSync("tar", ["-x", "-C", directory], { input: archive });
  return `${added.slice(0, 8)}^`;
}

export const upgrade: Check = {
  name: "upgrade",
  async run(run) {
    const [before, data] = [join(run.scratch, "before"), join(run.scratch, "data")];
    run.say(`from ${checkOut(before)}`);
    const short = join(run.scratch, "short.mp4");
    const long = join(run.scratch, "long.ts");
    await makeClip({ path: short, durationSeconds: 4, width: 320, height: 180 });
    await makeClip({ path: long, durationSeconds: 60, width: 640, height: 360 });

    const old = new DevProcess(await freePort(), data, before);
    run.defer(() => old.killAll());
    await old.ready();
    const was = old.facts();
    const ready = await uploadFile(was, short);
    await waitForVideo(was, ready.videoId, ({ status }) => status.state === "ready", {
      deadlineSeconds: 120,
    });
    const encoding = await uploadFile(was, long);
    const begun = await fetch(`${was.url}/v1/uploads/tus`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${was.apiKey}`,
        ...tus,
        "Upload-Length": String(statSync(short).size),
      },
    });
    const uploadPath = new URL(begun.headers.get("Location") ?? "").pathname;
    const file = await open(short);
    const bytes = await file.readFile();
    await file.close();
    const half = Math.floor(bytes.length / 2);
    const patch = (url: string, from: number, to: number) =>
      fetch(url, {
        method: "PATCH",
        headers: { ...tus, "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(from) },
        body: bytes.subarray(from, to),
      });
    await patch(`${was.url}${uploadPath}`, 0, half);
    const { status } = await waitForVideo(was, encoding.videoId, (video) => video.status.percent > 5, {
      deadlineSeconds: 120,
    });
    run.expect(status.state === "processing", `at the upgrade the long video was ${status.state}`);
    await old.interrupt();
    run.say(`stopped at ${status.percent} %, and at half an upload`);

    const now = new DevProcess(await freePort(), data);
    run.defer(() => now.killAll());
    await now.ready();
    const facts = now.facts();
    run.expect(facts.apiKey === was.apiKey, "the key is another");
    const rest = await patch(`${facts.url}${uploadPath}`, half, bytes.length);
    run.expect(rest.status === 204, `the rest of the upload was answered ${rest.status}`);
    for (const [videoId, seconds] of [
      [ready.videoId, 4],
      [encoding.videoId, 60],
      [begun.headers.get("Sluice-Video-Id") ?? "", 4],
    ] as const) {
      const video = await waitForVideo(facts, videoId, (each) => each.status.state === "ready", {
        deadlineSeconds: 240,
      });
      const report = await checkPlayback(playbackOf(video), seconds);
      run.expect(report.faults.length === 0, `${videoId}: ${report.faults.join("; ")}`);
    }
    const search = `${facts.url}/v1/videos?search=short`;
    const found = await fetch(search, { headers: { Authorization: `Bearer ${facts.apiKey}` } });
    const { data: listed } = (await found.json()) as { readonly data: readonly unknown[] };
    run.expect(listed.length === 1, `${listed.length} videos of before are found by a word of their title`);
    run.measure("percent encoded at the upgrade", status.percent);
    await now.interrupt();
  },
};
