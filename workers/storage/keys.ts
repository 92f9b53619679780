// The one place that builds R2 keys. docs/storage.md lists every shape; a test compares the two.

export interface ChunkName {
  readonly videoId: string;
  readonly version: number;
  readonly track: string;
  readonly chunk: number;
  readonly attempt: number;
}

export const sourcePrefix = (videoId: string) => `sources/${videoId}/`;

export const sourceKey = (videoId: string) => `sources/${videoId}/original`;

/** Of a file that takes the place of a video's own. */
export const replacementKey = (videoId: string, uploadId: string) => `sources/${videoId}/${uploadId}`;

/** What a video is made of: its first upload, or what is named: a later one, or an object of the owner's own. */
export const sourceKeyOf = (videoId: string, namedKey: string | null) => namedKey ?? sourceKey(videoId);

export const videoPrefix = (videoId: string) => `videos/${videoId}/`;

export const versionPrefix = (videoId: string, version: number) => `videos/${videoId}/${version}/`;

export const initKey = (videoId: string, version: number, track: string) =>
  `videos/${videoId}/${version}/${track}/init.mp4`;

export const chunkKey = ({ videoId, version, track, chunk, attempt }: ChunkName) =>
  `videos/${videoId}/${version}/${track}/${chunk}.${attempt}.m4s`;

export const indexKey = (videoId: string, version: number, track: string) =>
  `videos/${videoId}/${version}/index/${track}.bin`;

/** What the source's fragments are made by: `SourceLayout` of workers/packaging/source/source.ts. */
export const sourceLayoutKey = (videoId: string, version: number) =>
  `videos/${videoId}/${version}/layout.bin`;

/** Where in the file each moment is: `SourceMap` of the same. */
export const sourceMapKey = (videoId: string, version: number) => `videos/${videoId}/${version}/map.bin`;

export const posterKey = (videoId: string, version: number, width: number, attempt: number) =>
  `videos/${videoId}/${version}/images/poster-${width}.${attempt}.jpg`;

export const thumbnailPackKey = (videoId: string, version: number, width: number, attempt: number) =>
  `videos/${videoId}/${version}/images/thumbnails-${width}.${attempt}.bin`;

/** Beside the versions: what is asked for after the seal is no stray of it. */
export const frameKey = (
  videoId: string,
  version: number,
  { atMs, width }: { readonly atMs: number; readonly width: number },
) => `${framesPrefix(videoId, version)}${atMs}-${width}.jpg`;

export const framesPrefix = (videoId: string, version: number) => `videos/${videoId}/frames/${version}-`;

export const storyboardKey = (videoId: string, version: number, attempt: number) =>
  `videos/${videoId}/${version}/images/storyboard.${attempt}.bin`;

export const previewKey = (videoId: string, version: number, attempt: number) =>
  `videos/${videoId}/${version}/images/preview.${attempt}.mp4`;

/** Text `stream` of the source, in order from 0. */
export const subtitlesKey = (videoId: string, version: number, stream: number, attempt: number) =>
  `videos/${videoId}/${version}/subtitles/${stream}.${attempt}.vtt`;

/** Put and removed again within a moment, to see that it works. */
export const doctorProbeKey = (probe: string) => `doctor/${probe}`;

/** What was uploaded under that name; the row says which upload it is of. */
export const captionKey = (videoId: string, captionId: string) =>
  `videos/${videoId}/captions/${captionId}.vtt`;
