// The FFmpeg calls for the still pictures of a video. Pure: an order in, arguments out.
import { toneMapFilter } from "./tone-map.ts";

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** All that is needed of the work: no URLs. Sizes of one thing differ in width, the largest first. */
export interface ImagesOrder {
  readonly streamIndex: number;
  /** Where the grid begins in the source's timestamps. */
  readonly sourceStartSeconds: number;
  readonly durationSeconds: number;
  readonly toneMap: boolean;
  readonly poster: { readonly atSeconds: number; readonly sizes: readonly PictureSize[] };
  readonly thumbnails: {
    readonly everySeconds: number;
    readonly count: number;
    readonly sizes: readonly PictureSize[];
  };
  /** The thumbnails as tiles of sheets. */
  readonly storyboard: PictureSize & { readonly columns: number; readonly rows: number };
  /** Moments of the whole film, shown fast. */
  readonly preview?:
    (PictureSize & { readonly pictures: number; readonly framesPerSecond: number }) | undefined;
}

/** The poster is the most ordinary of these: not the black one of a fade, nor a flash. */
const posterCandidates = 5;
/** A picture of a few lines gives a deinterlacer nothing to go by. */
const minDeinterlacedHeight = 64;
const jpeg = (quality: number) => ["-c:v", "mjpeg", "-q:v", String(quality), "-huffman", "optimal"];

export const posterFile = (index: number) => `poster-${index}.jpg`;
export const thumbnailFolder = (index: number) => `thumbnails-${index}`;
export const sheetFolder = "sheets";
export const previewFile = "preview.mp4";

export function posterOutput(order: ImagesOrder): string[] {
  const { sizes } = order.poster;
  // Frames that say they are interlaced would show combs; a thumbnail is too small to. Spatial only: between
  // key frames there is no motion to follow.
  const [top] = sizes;
  const whole = (top?.height ?? 0) >= minDeinterlacedHeight ? "estdif=mode=frame:deint=interlaced," : "";
  const graph = `[0:${order.streamIndex}]${whole}${scaledTo(order, sizes)},thumbnail=n=${posterCandidates},${inSizes(sizes, "poster")}`;
  return [
    ...["-filter_complex", graph],
    ...sizes.flatMap((_, index) => [
      ...["-map", `[poster${index}]`, "-frames:v", "1", ...jpeg(3)],
      ...["-f", "image2", "-update", "1", posterFile(index)],
    ]),
  ];
}

/** Thumbnails as `{folder}/{slot}.jpg`, the first picture of each slot where the decoder gives one; and the preview. */
export function pictureOutputs(order: ImagesOrder): string[] {
  const { thumbnails, preview } = order;
  const { everySeconds, sizes } = thumbnails;
  const slot = (time: string) => `floor((${time}-(${order.sourceStartSeconds}))/${everySeconds})`;
  const input = `[0:${order.streamIndex}]`;
  const graph = [
    [
      `${preview === undefined ? input : "[picked]"}select='isnan(prev_selected_t)+gt(${slot("t")},${slot("prev_selected_t")})'`,
      // The slot becomes the timestamp, and that the file's name.
      `setpts='max(0,${slot("T")})/TB'`,
      "settb=1",
      scaledTo(order, sizes),
      inSizes(sizes, "thumb"),
    ].join(","),
  ];
  const names = ["-fps_mode", "passthrough", "-enc_time_base", "1", "-f", "image2", "-frame_pts", "1"];
  const outputs = sizes.flatMap((_, index) => [
    ...["-map", `[thumb${index}]`, ...jpeg(5), ...names, `${thumbnailFolder(index)}/%d.jpg`],
  ]);
  if (preview !== undefined) {
    graph.push(`${input}split=2[picked][moments]`, previewFilter(order, preview));
    outputs.push(...previewOutput(preview));
  }
  return ["-filter_complex", graph.join(";"), ...outputs];
}

/** Of the thumbnails, one JPEG after another in a file: the sheets as `{folder}/{n}.jpg`. */
export function sheetOutput({ columns, rows, width, height }: ImagesOrder["storyboard"]): string[] {
  const filter = `scale=${width}:${height}:flags=area,setsar=1,tile=${columns}x${rows}`;
  return ["-vf", filter, ...jpeg(6), "-f", "image2", "-start_number", "0", `${sheetFolder}/%d.jpg`];
}

type Preview = NonNullable<ImagesOrder["preview"]>;

function previewFilter(order: ImagesOrder, preview: Preview): string {
  const { width, height, pictures, framesPerSecond } = preview;
  const moment = (time: string) =>
    `floor((${time}-(${order.sourceStartSeconds}))*${pictures}/${order.durationSeconds})`;
  return [
    `[moments]select='isnan(prev_selected_t)+gt(${moment("t")},${moment("prev_selected_t")})'`,
    `scale=${width}:${height}:flags=area,setsar=1`,
    ...(order.toneMap ? [toneMapFilter] : []),
    `settb=1/${framesPerSecond}`,
    "setpts=N",
    "format=yuv420p[preview]",
  ].join(",");
}

function previewOutput({ framesPerSecond, pictures }: Preview): string[] {
  return [
    ...["-map", "[preview]", "-an", "-map_metadata", "-1", "-fps_mode", "passthrough"],
    ...["-c:v", "libx264", "-threads:v", "1", "-preset", "veryfast", "-crf", "26", "-profile:v", "main"],
    ...["-g", String(2 * framesPerSecond), "-frames:v", String(pictures)],
    ...["-movflags", "+faststart", "-f", "mp4", previewFile],
  ];
}

function scaledTo({ toneMap }: ImagesOrder, [top]: readonly PictureSize[]): string {
  if (top === undefined) throw new Error("pictures in no size");
  const size = `scale=${top.width}:${top.height}:flags=area,setsar=1`;
  return `${toneMap ? `${size},${toneMapFilter}` : size},format=yuvj420p`;
}

/** Each smaller size of the largest, to the pads `{pad}0`, `{pad}1` … */
function inSizes(sizes: readonly PictureSize[], pad: string): string {
  const pads = sizes.map((_, index) => `[${pad}${index}in]`).join("");
  const scales = sizes.map(({ width, height }, index) =>
    index === 0
      ? `[${pad}0in]null[${pad}0]`
      : `[${pad}${index}in]scale=${width}:${height}:flags=area,setsar=1[${pad}${index}]`,
  );
  return [`split=${sizes.length}${pads}`, ...scales].join(";");
}
