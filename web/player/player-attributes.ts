// What a page says of the player, as attributes and as properties that follow them.
import { MediaFacade } from "./media-facade.ts";
import { keepPosition, localStore, readPosition, secondsOf } from "./position.ts";
import { sourceUrl } from "./source-url.ts";

// Where this script came from is where the videos are, unless `playback-origin` says otherwise.
const scriptOrigin = new URL(import.meta.url).origin;

export abstract class PlayerAttributes extends MediaFacade {
  get playbackId(): string {
    return this.getAttribute("playback-id") ?? "";
  }
  set playbackId(id: string) {
    this.setAttribute("playback-id", id);
  }

  /** What a protected video is opened with. A session outlives its token: a new one is for the next opening. */
  get token(): string {
    return this.getAttribute("token") ?? "";
  }
  set token(token: string) {
    this.setAttribute("token", token);
  }

  /** Where it begins, in seconds: the attribute `start-time` (`90`, `1:30`, `1m30s`). */
  get startTime(): number {
    return secondsOf(this.getAttribute("start-time") ?? "") ?? 0;
  }
  set startTime(seconds: number) {
    this.setAttribute("start-time", String(seconds));
  }

  /** Begin where this viewer left off on this device. */
  get resume(): boolean {
    return this.hasAttribute("resume");
  }
  set resume(resume: boolean) {
    this.toggleAttribute("resume", resume);
  }

  get autoplay(): boolean {
    return this.video.autoplay;
  }
  set autoplay(autoplay: boolean) {
    this.toggleAttribute("autoplay", autoplay);
  }
  get loop(): boolean {
    return this.video.loop;
  }
  set loop(loop: boolean) {
    this.toggleAttribute("loop", loop);
  }
  get preload(): HTMLVideoElement["preload"] {
    return this.video.preload;
  }
  set preload(preload: HTMLVideoElement["preload"]) {
    this.setAttribute("preload", preload);
  }
  get disablePictureInPicture(): boolean {
    return this.video.disablePictureInPicture;
  }
  set disablePictureInPicture(disabled: boolean) {
    this.toggleAttribute("disablepictureinpicture", disabled);
  }
  get defaultMuted(): boolean {
    return this.video.defaultMuted;
  }
  set defaultMuted(muted: boolean) {
    const { muted: now } = this;
    this.toggleAttribute("muted", muted);
    this.muted = now;
  }

  /** Of the attribute alone: the video's own picture is no setting. */
  get poster(): string {
    const poster = this.getAttribute("poster") ?? "";
    return URL.canParse(poster, document.baseURI) && poster !== ""
      ? new URL(poster, document.baseURI).href
      : poster;
  }
  set poster(poster: string) {
    this.setAttribute("poster", poster);
  }

  /** What is loaded beside the video needs it so, and a change of it would load the video anew: writing is not heard. */
  get crossOrigin(): string | null {
    return this.video.crossOrigin;
  }
  set crossOrigin(_unheard: string | null) {}

  get playbackOrigin(): string {
    return new URL(this.getAttribute("playback-origin") ?? scriptOrigin, location.href).origin;
  }
  set playbackOrigin(origin: string) {
    this.setAttribute("playback-origin", origin);
  }

  /** The HLS URL in use, without a token and without a session. */
  get currentSrc(): string {
    const { playbackOrigin: origin, playbackId } = this;
    return playbackId === "" ? "" : sourceUrl({ origin, playbackId, token: "" }, "hls.m3u8");
  }

  /** An attribute that <video> has too. */
  protected follow(name: string, now: string | null): void {
    const value = name === "preload" ? (now ?? "metadata") : now;
    if (value === null) this.video.removeAttribute(name);
    else this.video.setAttribute(name, value);
    // A <video> is muted by it at first only; scripts that add it later want that too.
    if (name === "muted") this.video.muted = now !== null;
  }

  protected url(file: string): string {
    const { playbackOrigin: origin, playbackId, token } = this;
    return sourceUrl({ origin, playbackId, token }, file);
  }

  /** `poster-time` says which moment; without it the video's own poster. */
  protected posterUrl(): string {
    const seconds = secondsOf(this.getAttribute("poster-time") ?? "");
    const url = new URL(this.url("thumbnail.jpg"));
    if (seconds !== null) url.searchParams.set("time", String(seconds));
    return url.href;
  }

  protected beginning(): number {
    const { startTime } = this;
    const store = this.resume && startTime === 0 ? localStore() : null;
    return store === null ? startTime : readPosition(store, this.playbackId);
  }

  protected keepPosition(): void {
    const store = this.resume ? localStore() : null;
    if (store !== null) keepPosition(store, this.playbackId, this.video);
  }
}
