// A custom element that can be scripted as if it were the <video> inside it.

const events = [
  "abort",
  "canplay",
  "canplaythrough",
  "durationchange",
  "emptied",
  "ended",
  "enterpictureinpicture",
  "error",
  "leavepictureinpicture",
  "loadeddata",
  "loadedmetadata",
  "loadstart",
  "pause",
  "play",
  "playing",
  "progress",
  "ratechange",
  "resize",
  "seeked",
  "seeking",
  "stalled",
  "suspend",
  "timeupdate",
  "volumechange",
  "waiting",
] as const;

export abstract class MediaFacade extends HTMLElement {
  protected readonly video: HTMLVideoElement = document.createElement("video");

  constructor() {
    super();
    // Media events neither bubble nor leave a shadow tree.
    for (const type of events) this.video.addEventListener(type, () => this.dispatchEvent(new Event(type)));
  }

  play(): Promise<void> {
    return this.video.play();
  }
  pause(): void {
    this.video.pause();
  }
  requestPictureInPicture(): Promise<PictureInPictureWindow> {
    return this.video.requestPictureInPicture();
  }
  canPlayType(type: string): CanPlayTypeResult {
    return this.video.canPlayType(type);
  }
  getVideoPlaybackQuality(): VideoPlaybackQuality {
    return this.video.getVideoPlaybackQuality();
  }

  get currentTime(): number {
    return this.video.currentTime;
  }
  set currentTime(seconds: number) {
    this.video.currentTime = seconds;
  }
  get volume(): number {
    return this.video.volume;
  }
  set volume(volume: number) {
    this.video.volume = volume;
  }
  get muted(): boolean {
    return this.video.muted;
  }
  set muted(muted: boolean) {
    this.video.muted = muted;
  }
  get loop(): boolean {
    return this.video.loop;
  }
  set loop(loop: boolean) {
    this.toggleAttribute("loop", loop);
  }
  get autoplay(): boolean {
    return this.video.autoplay;
  }
  set autoplay(autoplay: boolean) {
    this.toggleAttribute("autoplay", autoplay);
  }
  get playbackRate(): number {
    return this.video.playbackRate;
  }
  set playbackRate(rate: number) {
    this.video.playbackRate = rate;
  }
  get defaultPlaybackRate(): number {
    return this.video.defaultPlaybackRate;
  }
  set defaultPlaybackRate(rate: number) {
    this.video.defaultPlaybackRate = rate;
  }

  get duration(): number {
    return this.video.duration;
  }
  get paused(): boolean {
    return this.video.paused;
  }
  get ended(): boolean {
    return this.video.ended;
  }
  get seeking(): boolean {
    return this.video.seeking;
  }
  get buffered(): TimeRanges {
    return this.video.buffered;
  }
  get seekable(): TimeRanges {
    return this.video.seekable;
  }
  get played(): TimeRanges {
    return this.video.played;
  }
  get readyState(): number {
    return this.video.readyState;
  }
  get networkState(): number {
    return this.video.networkState;
  }
  get error(): MediaError | null {
    return this.video.error;
  }
  get videoWidth(): number {
    return this.video.videoWidth;
  }
  get videoHeight(): number {
    return this.video.videoHeight;
  }
  get textTracks(): TextTrackList {
    return this.video.textTracks;
  }
}
