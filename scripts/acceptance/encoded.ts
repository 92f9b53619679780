// A film of a check, put through the product by its API as anyone would.
import { uploadFile } from "../demo/upload.ts";
import { waitForVideo, type Video } from "../demo/video.ts";
import type { Stack } from "../stack/stack.ts";
import type { CheckRun } from "./check.ts";

export function playbackOf(video: Video): Video["playbackIds"][number] {
  const [playback] = video.playbackIds;
  if (playback === undefined) throw new Error(`${video.id} has no playback id`);
  return playback;
}

export async function encode(run: CheckRun, stack: Stack, path: string): Promise<Video> {
  const startedMs = Date.now();
  const { videoId } = await uploadFile(stack, path);
  const video = await waitForVideo(stack, videoId, ({ status }) => status.state === "ready", {
    deadlineSeconds: 1200,
  });
  run.say(`${videoId} is ready after ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
  return video;
}
