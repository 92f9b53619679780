// The kinds of file that play as they came, each of the same film.
import { extname, join } from "node:path";
import { run } from "../stack/bundle.ts";

export interface Kind {
  readonly name: string;
  readonly file: string;
  /** What FFmpeg makes of an MP4 with H.264 and AAC. */
  readonly options: readonly string[];
}

const copy = ["-c", "copy"];
const vp9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-g", "120"];

export const kinds: readonly Kind[] = [
  { name: "MP4, moov first", file: "first.mp4", options: [...copy, "-movflags", "+faststart"] },
  { name: "MP4, moov last", file: "last.mp4", options: copy },
  {
    name: "fragmented MP4",
    file: "fragmented.mp4",
    options: [...copy, "-movflags", "+frag_keyframe+empty_moov+delay_moov+default_base_moof"],
  },
  { name: "MOV", file: "film.mov", options: copy },
  { name: "MKV", file: "film.mkv", options: copy },
  { name: "WebM", file: "film.webm", options: [...vp9, "-c:a", "libopus"] },
];

/** `input` is what FFmpeg reads, with options of its own. */
export async function makeKind(
  { file, options }: Kind,
  input: readonly string[],
  directory: string,
  prefix: string,
): Promise<string> {
  const path = join(directory, `${prefix}-${file}`);
  const quiet = ["-nostdin", "-hide_banner", "-loglevel", "error", "-y"];
  await run("ffmpeg", [...quiet, ...input, ...options, path]);
  return path;
}

export const fileNameOf = ({ file }: Kind): string =>
  file.replace(extname(file), `-${extname(file).slice(1)}`);
