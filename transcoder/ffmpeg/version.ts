import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The first line of `ffmpeg -version`; null when either tool is missing. */
export async function ffmpegVersion(): Promise<string | null> {
  const versionOf = async (tool: "ffmpeg" | "ffprobe") => {
    const { stdout } = await promisify(execFile)(tool, ["-version"]);
    return /version (\S+)/.exec(stdout)?.[1] ?? "unknown";
  };
  try {
    await versionOf("ffprobe");
    return (await versionOf("ffmpeg")).slice(0, 200);
  } catch {
    return null;
  }
}
