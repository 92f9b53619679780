// What a version has of pictures, as `versions.images` says it.
import { posterKey, previewKey, storyboardKey, thumbnailPackKey } from "./keys.ts";

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** What an exact frame is taken by. */
export interface FrameFacts {
  readonly streamIndex: number;
  readonly sourceStartSeconds: number;
  readonly toneMap: boolean;
  readonly deinterlace: boolean;
}

/** All of one attempt of the images task. Sizes differ in width, the largest first. */
export interface StoredImages {
  readonly attempt: number;
  readonly poster: readonly PictureSize[];
  readonly thumbnails: {
    readonly everySeconds: number;
    readonly count: number;
    readonly sizes: readonly PictureSize[];
  };
  /** Size of a tile. */
  readonly storyboard: PictureSize & { readonly columns: number; readonly rows: number };
  readonly preview: PictureSize | null;
  readonly frame: FrameFacts;
}

export function imageKeys(videoId: string, version: number, images: StoredImages | null): readonly string[] {
  if (images === null) return [];
  const { attempt, poster, thumbnails, preview } = images;
  return [
    ...poster.map(({ width }) => posterKey(videoId, version, width, attempt)),
    ...thumbnails.sizes.map(({ width }) => thumbnailPackKey(videoId, version, width, attempt)),
    storyboardKey(videoId, version, attempt),
    ...(preview === null ? [] : [previewKey(videoId, version, attempt)]),
  ];
}

/** The narrowest that is at least as wide as is asked for, else the widest. */
export function sizeFor(sizes: readonly PictureSize[], width: number | null): PictureSize | null {
  const [largest = null] = sizes;
  if (width === null) return largest;
  return sizes.findLast((size) => size.width >= width) ?? largest;
}
