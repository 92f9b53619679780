// What a file's header says of its streams. Nothing here is believed about time.
import * as z from "zod";

export const headerEntries = [
  "format=format_name",
  "stream=index,codec_name,codec_type,width,height,sample_aspect_ratio,pix_fmt,field_order,color_transfer",
  "stream=nb_frames,sample_rate,channels",
  "stream_disposition=default,forced,attached_pic,timed_thumbnails",
  "stream_tags=language,title",
  "stream_side_data=rotation",
].join(":");

const stream = z.object({
  index: z.int().nonnegative(),
  codec_name: z.string().optional(),
  codec_type: z.string().optional(),
  width: z.int().nonnegative().optional(),
  height: z.int().nonnegative().optional(),
  sample_aspect_ratio: z.string().optional(),
  pix_fmt: z.string().optional(),
  field_order: z.string().optional(),
  color_transfer: z.string().optional(),
  nb_frames: z.string().optional(),
  sample_rate: z.string().optional(),
  channels: z.int().nonnegative().optional(),
  disposition: z.record(z.string(), z.int()).optional(),
  tags: z.object({ language: z.string().optional(), title: z.string().optional() }).optional(),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
});
const header = z.object({
  streams: z.array(stream).max(1000),
  format: z.object({ format_name: z.string() }),
});
export type Header = z.infer<typeof header>;
export type HeaderStream = z.infer<typeof stream>;

/** Null when FFmpeg did not print a whole document: it gave up on the file. */
export function parseHeader(json: string): Header | null {
  try {
    const parsed = header.safeParse(JSON.parse(json));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** What FFmpeg turns into text; other subtitles are pictures. */
const textCodecs = new Set(["ass", "mov_text", "ssa", "subrip", "text", "webvtt"]);

export function mediaKind(stream: HeaderStream): "video" | "audio" | "subtitles" | "other" {
  // No codec name: nothing here can decode it.
  if (stream.codec_name === undefined) return "other";
  if (stream.codec_type === "audio") return "audio";
  if (stream.codec_type === "subtitle") return textCodecs.has(stream.codec_name) ? "subtitles" : "other";
  if (stream.codec_type !== "video" || isCoverArt(stream)) return "other";
  // A codec that is known by name but can't be opened (encrypted, for one) has no pixel format.
  return stream.width && stream.height && stream.pix_fmt ? "video" : "other";
}

/** Cover art and chapter pictures are streams of one picture that belong to no moment. */
function isCoverArt({ disposition }: HeaderStream): boolean {
  return disposition?.["attached_pic"] === 1 || disposition?.["timed_thumbnails"] === 1;
}

export function isDefault({ disposition }: HeaderStream): boolean {
  return disposition?.["default"] === 1;
}

/** Shown to everybody: what is said in a language that is not the film's. */
export function isForced({ disposition }: HeaderStream): boolean {
  return disposition?.["forced"] === 1;
}

/** Clockwise. FFmpeg prints the display matrix's angle counter-clockwise. */
export function rotationDegrees({ side_data_list }: HeaderStream): number {
  const angle = side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  const quarters = Math.round(-angle / 90);
  // A slanted picture is turned within its own frame.
  return Math.abs(-angle / 90 - quarters) < 0.02 ? (((quarters % 4) + 4) % 4) * 90 : 0;
}

export function sampleAspect({ sample_aspect_ratio }: HeaderStream): {
  numerator: number;
  denominator: number;
} {
  const [numerator = 0, denominator = 0] = (sample_aspect_ratio ?? "").split(":").map(Number);
  return numerator > 0 && denominator > 0 ? { numerator, denominator } : { numerator: 1, denominator: 1 };
}

export function isInterlaced({ field_order }: HeaderStream): boolean {
  return ["tt", "bb", "tb", "bt"].includes(field_order ?? "");
}

export function wholeNumber(text: string | undefined): number | null {
  const value = Number(text ?? Number.NaN);
  return Number.isSafeInteger(value) && value >= 0 ? value : null;
}
