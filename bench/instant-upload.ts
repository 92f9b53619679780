// A file sent in pieces of which the last is small, so that there is a moment at which the last byte leaves; and the
// way of a player from the manifest's URL to its first segment.
import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { getVideo } from "../scripts/demo/video.ts";
import type { Stack } from "../scripts/stack/stack.ts";
import { expectStatus } from "./bench-stack.ts";

const bodyBytes = 64 * 1024 * 1024;
const lastBytes = 64 * 1024;

export interface SentFile {
  readonly videoId: string;
  readonly hlsUrl: string;
  /** When the request with the last byte began, by performance.now(). */
  readonly lastByteMs: number;
  /** When that was answered. */
  readonly answeredMs: number;
}

export async function sendFile(stack: Stack, path: string): Promise<SentFile> {
  const { size } = await stat(path);
  const file = await openAsBlob(path);
  const created = await expectStatus(201, `${stack.url}/v1/uploads`, {
    method: "POST",
    headers: { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ sizeBytes: size }),
  });
  const { url, videoId } = (await created.json()) as { readonly url: string; readonly videoId: string };
  const [playback] = (await getVideo(stack, videoId)).playbackIds;
  if (playback === undefined) throw new Error("the video has no playback id");
  const patch = async (from: number, to: number) => {
    const headers = {
      "Tus-Resumable": "1.0.0",
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(from),
    };
    const body = await file.slice(from, to).arrayBuffer();
    const beganMs = performance.now();
    await expectStatus(204, url, { method: "PATCH", headers, body });
    return beganMs;
  };
  const last = Math.max(0, size - lastBytes);
  for (let from = 0; from < last; from += bodyBytes) await patch(from, Math.min(last, from + bodyBytes));
  const lastByteMs = await patch(last, size);
  return { videoId, hlsUrl: playback.hlsUrl, lastByteMs, answeredMs: performance.now() };
}

/** Null: there is no manifest yet. */
export async function mediaPlaylistUrl(hlsUrl: string, kind: "video" | "audio"): Promise<string | null> {
  const answer = await fetch(hlsUrl);
  const text = await answer.text();
  if (!answer.ok) return null;
  const line =
    kind === "video" ? /^[^#].*index\.m3u8$/m.exec(text)?.[0] : /TYPE=AUDIO.*URI="([^"]+)"/.exec(text)?.[1];
  if (line === undefined) throw new Error(`no ${kind} in ${text}`);
  return new URL(line, hlsUrl).href;
}

/** In order. */
export async function segmentUrls(playlistUrl: string): Promise<readonly string[]> {
  const answer = await fetch(playlistUrl);
  if (!answer.ok) throw new Error(`${playlistUrl} answered ${answer.status}`);
  const text = await answer.text();
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => new URL(line, playlistUrl).href);
}

/** When the first segment was answered with 200, by performance.now(). Null: nothing plays yet. */
export async function firstSegmentMs(hlsUrl: string): Promise<number | null> {
  const playlist = await mediaPlaylistUrl(hlsUrl, "video");
  if (playlist === null) return null;
  const [first] = await segmentUrls(playlist);
  if (first === undefined) return null;
  const answer = await fetch(first);
  const atMs = performance.now();
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`${first} answered ${answer.status}`);
  return atMs;
}
