// The pictures that a version has beside its tracks. Pure.
import type { PictureSize, StoredImages } from "#workers/storage/stored-images.ts";
import type { ImagesWork, ProbedVideo } from "./contract.ts";
import { displaySize, scaleTo, type Size } from "./ladder.ts";

type Unsent<T> = Omit<T, "upload">;

export type ImagesPlan = Omit<
  ImagesWork,
  "kind" | "source" | "poster" | "thumbnails" | "storyboard" | "preview"
> & {
  readonly poster: { readonly atSeconds: number; readonly sizes: readonly PictureSize[] };
  readonly thumbnails: {
    readonly everySeconds: number;
    readonly count: number;
    readonly sizes: readonly PictureSize[];
  };
  readonly storyboard: Unsent<ImagesWork["storyboard"]>;
  readonly preview?: Unsent<NonNullable<ImagesWork["preview"]>> | undefined;
};

const posterAtShare = 0.1;
/** Longest sides of the sizes that are made; a player asks for the nearest by `width`. */
const posterSides = [1280, 640, 320];
const thumbnailSides = [640, 320, 160];
const tileSide = 160;
const sheet = { columns: 10, rows: 10 };
const thumbnailEverySeconds = 10;
/** A pack is one PUT and is read at once by the Worker: of films beyond 8 h pictures are further apart. */
const maxThumbnails = 2_880;
const previewOf = { side: 320, pictures: 24, framesPerSecond: 4, fromSeconds: 5 };

export function planImages(
  video: ProbedVideo,
  film: Pick<ImagesPlan, "sourceStartSeconds" | "durationSeconds" | "toneMap">,
): ImagesPlan {
  const size = displaySize(video);
  const leadSeconds = video.startSeconds - film.sourceStartSeconds;
  const atSeconds = leadSeconds + (video.endSeconds - video.startSeconds) * posterAtShare;
  const everySeconds =
    thumbnailEverySeconds * Math.ceil(film.durationSeconds / (maxThumbnails * thumbnailEverySeconds));
  const { side, pictures, framesPerSecond, fromSeconds } = previewOf;
  return {
    streamIndex: video.index,
    ...film,
    poster: { atSeconds: Math.max(0, atSeconds), sizes: sizesOf(size, posterSides) },
    thumbnails: {
      everySeconds,
      count: Math.ceil(film.durationSeconds / everySeconds),
      sizes: sizesOf(size, thumbnailSides),
    },
    storyboard: { ...within(size, tileSide), ...sheet },
    ...(film.durationSeconds >= fromSeconds && {
      preview: { ...within(size, side), pictures, framesPerSecond },
    }),
  };
}

/** What is stored when the task has done all of it. */
export function imagesMade(images: ImagesPlan, deinterlace: boolean, attempt: number): StoredImages {
  const { poster, thumbnails, storyboard, preview, streamIndex, sourceStartSeconds, toneMap } = images;
  const previewSize = preview && { width: preview.width, height: preview.height };
  const frame = { streamIndex, sourceStartSeconds, toneMap, deinterlace };
  return { attempt, poster: poster.sizes, thumbnails, storyboard, preview: previewSize ?? null, frame };
}

/** None twice: a small picture is in all of them the same. */
function sizesOf(size: Size, sides: readonly number[]): readonly PictureSize[] {
  const sizes = sides.map((side) => within(size, side));
  return sizes.filter(({ width }, index) => sizes.findIndex((other) => other.width === width) === index);
}

function within(size: Size, side: number): Size {
  return scaleTo(size, Math.min(1, side / Math.max(size.width, size.height)));
}
