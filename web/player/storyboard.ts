// Small pictures over the time range: media-chrome finds them in a text track of this kind and label. Asked for when
// somebody points at the controls, so that a player costs nothing more until then.

/** Pictures come late in an encoding; what was said of them holds for some seconds. */
const askAgainMs = 6000;

export class Storyboard {
  readonly #video: HTMLVideoElement;
  #track: HTMLTrackElement | null = null;
  #missingAtMs = Number.NEGATIVE_INFINITY;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
    // The text may be of another origin than the page; so may everything else that this element loads, with CORS.
    video.crossOrigin = "anonymous";
  }

  /** What is not there yet is asked for again, some time later. */
  show(url: string): void {
    if (this.#track !== null || performance.now() - this.#missingAtMs < askAgainMs) return;
    const track = document.createElement("track");
    this.#track = track;
    track.kind = "metadata";
    track.label = "thumbnails";
    track.default = true;
    track.src = url;
    track.addEventListener("error", () => {
      if (this.#track !== track) return;
      this.clear();
      this.#missingAtMs = performance.now();
    });
    this.#video.append(track);
  }

  clear(): void {
    this.#track?.remove();
    this.#track = null;
    this.#missingAtMs = Number.NEGATIVE_INFINITY;
  }
}
