// Whether pictures are made of two fields. Containers say so or do not, and Matroska files that FFmpeg writes say
// "progressive" of anything; the pictures themselves know.
import { runTool, type RunLimits } from "./ffmpeg/run.ts";
import { analysis } from "./video-recipe.ts";

/** Where pictures have no fields. */
const alwaysProgressive = new Set(["av1", "gif", "mjpeg", "png", "theora", "vp8", "vp9", "webp"]);
/** Enough for a decoder that reorders to put out some. */
const packets = 12;

/** Most of the first pictures. */
export async function showsFields(
  path: string,
  stream: { readonly index: number; readonly codec_name?: string | undefined },
  limits: RunLimits,
  signal: AbortSignal,
): Promise<boolean> {
  if (alwaysProgressive.has(stream.codec_name ?? "")) return false;
  let text = "";
  await runTool({
    tool: "ffprobe",
    args: [
      ...[...analysis, "-select_streams", String(stream.index), "-read_intervals", `%+#${packets}`],
      ...["-show_entries", "frame=interlaced_frame", "-of", "compact=p=0", "-i", path],
    ],
    signal,
    limits,
    onStdout: (bytes) => {
      text = (text + Buffer.from(bytes).toString("latin1")).slice(0, 10_000);
    },
  });
  signal.throwIfAborted();
  const seen = [...text.matchAll(/^interlaced_frame=([01])/gm)].map(([, flag]) => flag);
  return seen.filter((flag) => flag === "1").length * 2 > seen.length;
}
