// What the FFmpeg of this machine can make: builds differ in the encoders that they hold.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ClaimRequest } from "#workers/transcoding/contract.ts";

type Codec = ClaimRequest["codecs"][number];

/** The encoder that a task of the codec is made with. */
const encoders: Readonly<Record<Codec, string>> = {
  h264: "libx264",
  av1: "libsvtav1",
  aac: "aac",
  opus: "libopus",
};

export async function ffmpegCodecs(): Promise<readonly Codec[]> {
  const { stdout } = await promisify(execFile)("ffmpeg", ["-hide_banner", "-encoders"]);
  return codecsOf(stdout);
}

/** From `ffmpeg -encoders`: flags, a name, a description. */
export function codecsOf(listed: string): readonly Codec[] {
  const names = new Set([...listed.matchAll(/^ [VAS][A-Z.]{5} (\S+)/gm)].map(([, name]) => name));
  return (Object.keys(encoders) as Codec[]).filter((codec) => names.has(encoders[codec]));
}
