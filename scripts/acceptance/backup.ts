// What was backed up is there again in an empty stack: it plays, what was taken back stays so, and keys go on. A backup that
// is not whole is refused, and nothing is changed by it.
import { execFile } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkPlayback } from "../demo/check-playback.ts";
import { makeClip } from "../demo/clip.ts";
import { uploadFile } from "../demo/upload.ts";
import { waitForVideo } from "../demo/video.ts";
import { root } from "../setup.mjs";
import type { Stack } from "../stack/stack.ts";
import type { Check, CheckRun } from "./check.ts";
import { playbackOf } from "./encoded.ts";

const durationSeconds = 6;
const captions = "WEBVTT\n\n00:01.000 --> 00:02.000\nkept\n";

interface Kept {
  readonly videoId: string;
  readonly clipId: string;
  readonly signed: string;
  readonly goodToken: string;
  readonly revokedToken: string;
  readonly apiKey: string;
}

async function api<T>({ url, apiKey }: Stack, method: string, path: string, json?: unknown): Promise<T> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text === "" ? null : JSON.parse(text)) as T;
}

async function fill(run: CheckRun, stack: Stack): Promise<Kept> {
  const path = join(run.scratch, "clip.mp4");
  await makeClip({ path, durationSeconds, width: 320, height: 180 });
  const { videoId } = await uploadFile(stack, path);
  await waitForVideo(stack, videoId, ({ status }) => status.state === "ready", { deadlineSeconds: 120 });
  const video = `/v1/videos/${videoId}`;
  await fetch(`${stack.url}${video}/captions/en`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": "text/vtt" },
    body: captions,
  });
  const clip = await api<{ id: string }>(stack, "POST", `${video}/clips`, { startSeconds: 2, endSeconds: 4 });
  const { id: signed } = await api<{ id: string }>(stack, "POST", `${video}/playback-ids`, {
    policy: "signed",
  });
  const token = async (viewerId: string) =>
    (
      await api<{ token: string }>(stack, "POST", "/v1/playback-tokens", {
        ...{ playbackId: signed, audiences: ["video", "thumbnail"], viewerId, expiresInSeconds: 3600 },
      })
    ).token;
  const [goodToken, revokedToken] = [await token("ann"), await token("bob")];
  await api(stack, "POST", "/v1/revocations", { kind: "viewer", id: "bob" });
  await api(stack, "POST", "/v1/webhooks", { url: "http://127.0.0.1:9/hook" });
  return { videoId, clipId: clip.id, signed, goodToken, revokedToken, apiKey: stack.apiKey };
}

async function checkKept(run: CheckRun, stack: Stack, kept: Kept, media: boolean): Promise<void> {
  const old = { ...stack, apiKey: kept.apiKey };
  const video = await waitForVideo(old, kept.videoId, ({ status }) => status.state === "ready", {
    deadlineSeconds: 20,
  });
  const manifest = (token: string) => fetch(`${stack.url}/p/${kept.signed}/hls.m3u8?token=${token}`);
  run.expect((await manifest(kept.goodToken)).status === 200, "a token of before is refused");
  const refused = (await (await manifest(kept.revokedToken)).json()) as { readonly code?: string };
  run.expect(refused.code === "revoked", `what was revoked is answered ${refused.code}`);
  const hooks = await api<{ data: readonly unknown[] }>(old, "GET", "/v1/webhooks");
  run.expect(hooks.data.length === 1, "the webhook is gone");
  if (!media) return;
  const report = await checkPlayback(playbackOf(video), durationSeconds);
  run.expect(report.faults.length === 0, report.faults.join("; "));
  const clip = await api<{ readonly playbackIds: readonly [{ readonly hlsUrl: string }] }>(
    old,
    "GET",
    `/v1/videos/${kept.clipId}`,
  );
  run.expect((await fetch(clip.playbackIds[0].hlsUrl)).status === 200, "the clip does not play");
  run.say(
    `restored: ${report.segments} segments, the clip, a token, a revocation and a webhook are as before`,
  );
  run.measure("segments played after the restore", report.segments);
}

const call = promisify(execFile);

async function script(name: string, ...args: readonly string[]): Promise<{ ok: boolean; said: string }> {
  try {
    const { stdout } = await call(process.execPath, [join(root, "scripts", `${name}.ts`), ...args], {
      cwd: root,
    });
    return { ok: true, said: stdout.trim() };
  } catch (error) {
    const { stderr = "" } = error as { readonly stderr?: string };
    return { ok: false, said: stderr.trim() };
  }
}

/** An empty folder that has the secrets of the stack that was backed up. */
function emptyStack(run: CheckRun, name: string, secretsOf: string): string {
  const data = join(run.scratch, name);
  mkdirSync(data, { recursive: true });
  copyFileSync(join(secretsOf, "secrets.json"), join(data, "secrets.json"));
  return data;
}

/** Each way in which a backup can be broken, one at a time. */
const faults: readonly (readonly [what: string, spoil: (backup: string) => void])[] = [
  ["a table cut short", (backup) => truncateSync(join(backup, "tables", "videos.ndjson"), 10)],
  ["an altered row", (backup) => alter(join(backup, "tables", "videos.ndjson"))],
  ["an altered object", (backup) => alter(firstObject(backup))],
  ["an altered manifest", (backup) => alter(join(backup, "manifest.json"))],
];

function alter(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

function firstObject(backup: string): string {
  const objects = join(backup, "objects");
  const found = readdirSync(objects, { recursive: true, encoding: "utf8" }).find((name) =>
    statSync(join(objects, name)).isFile(),
  );
  if (found === undefined) throw new Error("the backup has no objects");
  return join(objects, found);
}

export const backup: Check = {
  name: "backup",
  async run(run) {
    const first = join(run.scratch, "first");
    const stack = await run.startStack({ dataDirectory: first, runners: 1 });
    const kept = await fill(run, stack);
    const running = await script("backup", "--data", first, "--out", join(run.scratch, "never"));
    run.expect(!running.ok, "a running stack was backed up from its folder");
    await stack.stop();

    const whole = join(run.scratch, "whole");
    const made = await script("backup", "--data", first, "--out", whole, "--media");
    run.say(made.said.replaceAll("\n", "; "));
    run.expect(made.ok, made.said);
    for (const [what, spoil] of faults) {
      const spoiled = join(run.scratch, "spoiled", what.replaceAll(" ", "-"));
      cpSync(whole, spoiled, { recursive: true });
      spoil(spoiled);
      const data = emptyStack(run, `for ${what}`, first);
      const refused = await script("restore", spoiled, "--data", data);
      run.expect(!refused.ok, `${what} was restored`);
      run.expect(readdirSync(data).join() === "secrets.json", `${what} left ${readdirSync(data).join()}`);
      run.say(`${what}: ${refused.said.slice(0, 120)}`);
    }
    const foreign = join(run.scratch, "foreign");
    mkdirSync(foreign);
    const other = await run.startStack({ dataDirectory: foreign, runners: 0 });
    await other.stop();
    const wrongKey = await script("restore", whole, "--data", foreign);
    run.expect(!wrongKey.ok && wrongKey.said.includes("SEALING_KEY"), `another key: ${wrongKey.said}`);

    const second = emptyStack(run, "second", first);
    const restored = await script("restore", whole, "--data", second);
    run.expect(restored.ok, restored.said);
    run.say(restored.said.replaceAll("\n", "; "));
    const again = await script("restore", whole, "--data", second);
    run.expect(!again.ok && again.said.includes("not empty"), `a second restore: ${again.said}`);
    await checkKept(run, await run.startStack({ dataDirectory: second, runners: 0 }), kept, true);
  },
};
