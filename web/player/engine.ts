// What the element needs of whatever feeds its <video>: hls.js over Media Source, the browser's own HLS, or Shaka.
import type { Condition } from "./conditions.ts";
import type { Rendition } from "./renditions.ts";
import type { Sound } from "./sounds.ts";

export interface EngineOptions {
  readonly video: HTMLVideoElement;
  readonly url: string;
  /** Where to start: 0, or where the viewer was when the source had to be opened anew. */
  readonly startSeconds: number;
  readonly onRenditions: (renditions: readonly Rendition[]) => void;
  /** What can be heard, and which of them is. */
  readonly onSounds: (sounds: readonly Sound[], selectedIndex: number) => void;
  /** Where the video's chapters are, of a video that has any. */
  readonly onChapters: () => void;
  /** More will be appended: the video is still being encoded. */
  readonly onGrowing: (growing: boolean) => void;
  /** Any URL of the session that was opened; engines that can't see one never tell. */
  readonly onSession: (trackUrl: string) => void;
  /** The title the playlist carries. */
  readonly onTitle: (title: string) => void;
  readonly onFailure: (failure: Failure) => void;
}

export interface Failure {
  readonly condition: Condition;
  /** Something had been loaded before: a new session may be all that is missing. */
  readonly started: boolean;
}

/** What a player knows of its own stream. */
export interface Measured {
  readonly format: "hls";
  readonly throughputBps: number | null;
  readonly bufferSeconds: number | null;
  /** Of the rendition that is being loaded, and of the best one. */
  readonly bitrateBps: number | null;
  readonly topBitrateBps: number | null;
}

export interface Engine {
  /** Null where the browser tells nothing. */
  measure(): Measured | null;
  /** Every URL from now on carries this session. */
  renew(session: string): void;
  /** An index into the reported renditions; -1 for Auto. */
  chooseRendition(index: number): void;
  /** An index into the reported sounds. */
  chooseSound(index: number): void;
  /** Ends when the element is free for another engine. */
  destroy(): void | Promise<void>;
}

/**
 * Media Source first: Chromium answers "maybe" to HLS and then plays it without quality choice, so native
 * HLS is only for browsers that have no Media Source.
 */
export function engineKind(video: HTMLVideoElement): "mediaSource" | "native" | null {
  const scope: { MediaSource?: typeof MediaSource; ManagedMediaSource?: typeof MediaSource } = globalThis;
  const source = scope.ManagedMediaSource ?? scope.MediaSource;
  if (source?.isTypeSupported('video/mp4; codecs="avc1.42E01E,mp4a.40.2"') === true) return "mediaSource";
  return video.canPlayType("application/vnd.apple.mpegurl") === "" ? null : "native";
}
