// The pictures that a version has beside its tracks. Pure.
import type { ImagesWork, ProbedVideo } from "./contract.ts";
import { displaySize, scaleTo, type Size } from "./ladder.ts";

export type ImagesPlan = Omit<
  ImagesWork,
  "kind" | "source" | "poster" | "thumbnails" | "storyboard" | "preview"
> & {
  readonly poster: Omit<ImagesWork["poster"], "upload">;
  readonly thumbnails: Omit<ImagesWork["thumbnails"], "upload">;
};

const posterAtShare = 0.1;
const posterBox: Size = { width: 1280, height: 1280 };
const thumbnailBox: Size = { width: 320, height: 640 };
const thumbnailEverySeconds = 10;
/** A pack is one PUT and is read at once by the Worker: of films beyond 8 h pictures are further apart. */
const maxThumbnails = 2_880;

export function planImages(
  video: ProbedVideo,
  film: Pick<ImagesPlan, "sourceStartSeconds" | "durationSeconds" | "toneMap">,
): ImagesPlan {
  const size = displaySize(video);
  const leadSeconds = video.startSeconds - film.sourceStartSeconds;
  const atSeconds = leadSeconds + (video.endSeconds - video.startSeconds) * posterAtShare;
  const everySeconds =
    thumbnailEverySeconds * Math.ceil(film.durationSeconds / (maxThumbnails * thumbnailEverySeconds));
  return {
    streamIndex: video.index,
    ...film,
    poster: { atSeconds: Math.max(0, atSeconds), ...fitInto(size, posterBox) },
    thumbnails: {
      everySeconds,
      count: Math.ceil(film.durationSeconds / everySeconds),
      ...fitInto(size, thumbnailBox),
    },
  };
}

function fitInto(size: Size, box: Size): Size {
  return scaleTo(size, Math.min(1, box.width / size.width, box.height / size.height));
}
