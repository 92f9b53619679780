// <sluice-player playback-id="…">: loads, waits, recovers and tells; the engine plays, media-chrome controls.
import { Beacon } from "./beacon.ts";
import { consequenceOf, helpsToken, noticeFor, preparingDelayMs, type Condition } from "./conditions.ts";
import { showAccent } from "./accent.ts";
import type { Drm } from "./drm.ts";
import type { Engine, Failure, Measured } from "./engine.ts";
import { showNotice } from "./notice.ts";
import { PlayerAttributes } from "./player-attributes.ts";
import { RenditionList } from "./renditions.ts";
import { SoundList, type AudioTracks, type Sound } from "./sounds.ts";
import { eventUrlIn } from "./source-url.ts";
import { startEngine } from "./start-engine.ts";
import { Storyboard } from "./storyboard.ts";
import { buildPlayer, type PlayerParts } from "./template.ts";
import { hideChapters, showChapters } from "./text-tracks.ts";
import { TokenKeeper, type TokenSource } from "./token-keeper.ts";

// A source that fails again this soon after it was opened anew is not helped by a third session.
const renewalIntervalMs = 10_000;

export class SluicePlayer extends PlayerAttributes {
  static readonly observedAttributes = [
    "playback-id",
    "token",
    "playback-origin",
    "poster",
    "poster-time",
    "accent-color",
    "muted",
    "autoplay",
    "loop",
    "preload",
    "disablepictureinpicture",
  ];

  readonly #renditions = new RenditionList();
  readonly #sounds = new SoundList();
  readonly #tokens = new TokenKeeper((token) => (this.token = token));
  readonly #parts: PlayerParts;
  readonly #storyboard: Storyboard;
  #engine: Engine | null = null;
  #freed: void | Promise<void> = undefined;
  #drm: Drm | null = null;
  #beacon: Beacon | null = null;
  /** Ends with the source it belongs to: listeners, timers and a late import look at it. */
  #source = new AbortController();
  #condition: Condition | null = null;
  /** What the viewer did when the source was taken away. */
  #stopped: { readonly atSeconds: number; readonly wasPlaying: boolean } | null = null;
  #growing = false;
  #mediaTitle = "";
  #poster: HTMLImageElement | null = null;
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  #preparingAttempts = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor() {
    super();
    this.video.playsInline = true;
    this.video.preload = "metadata";
    Object.defineProperty(this.video, "videoRenditions", { value: this.#renditions });
    // Safari has a list of its own, of what it plays itself.
    if (!("audioTracks" in this.video))
      Object.defineProperty(this.video, "audioTracks", { value: this.#sounds });
    this.#sounds.addEventListener("change", () => this.#engine?.chooseSound(this.#sounds.selectedIndex));
    for (const type of ["pause", "seeked", "ended"])
      this.video.addEventListener(type, () => this.keepPosition());
    this.#storyboard = new Storyboard(this.video);
    this.#parts = buildPlayer(this, this.video);
    const pointed = (): void => {
      if (this.video.readyState !== HTMLMediaElement.HAVE_NOTHING)
        this.#storyboard.show(this.url("storyboard.vtt"));
    };
    // It does not bubble, but is captured: each control that is entered is heard of.
    this.#parts.controller.addEventListener("pointerenter", pointed, { capture: true });
    // The button goes when the picture comes; focus, and with it the hotkeys, must not fall back to the page.
    this.#parts.start.addEventListener("click", () => this.#parts.controller.focus({ preventScroll: true }));
    this.#parts.retry.addEventListener("click", () => {
      const { atSeconds, wasPlaying } = this.#stopped ?? this.#now();
      this.#open(atSeconds);
      this.#parts.controller.focus();
      if (wasPlaying) void this.video.play().catch(() => {});
    });
    this.#renditions.addEventListener("change", () => {
      this.#engine?.chooseRendition(this.#renditions.selectedIndex);
    });
  }

  /** Asked for a token before the present one expires, and when a protected video refuses the one it has. */
  get tokenSource(): TokenSource | null {
    return this.#tokens.source;
  }
  set tokenSource(source: TokenSource | null) {
    this.#tokens.source = source;
    this.#tokens.watch(this.token);
    if (source !== null && this.token === "" && this.isConnected) void this.#tokens.refresh();
  }

  /** Where the keys of a protected video come from; by it, and only then, Shaka plays it. Null: it needs none. */
  get drm(): Drm | null {
    return this.#drm;
  }
  set drm(drm: Drm | null) {
    this.#drm = drm;
    this.#openAnew();
  }

  /** What keeps the video from playing; null when nothing does. */
  get condition(): Condition | null {
    return this.#condition;
  }

  /** The video is still being encoded: its duration grows. */
  get growing(): boolean {
    return this.#growing;
  }

  get mediaTitle(): string {
    return this.#mediaTitle;
  }

  /** The list behind the quality menu; `selectedIndex` -1 is Auto. */
  get videoRenditions(): RenditionList {
    return this.#renditions;
  }

  /** The list behind the audio menu: one is heard, and enabling another is choosing it. */
  get audioTracks(): AudioTracks {
    return Reflect.get(this.video, "audioTracks") as AudioTracks;
  }

  /** Opens the source anew from the start, as HTMLMediaElement.load() does. */
  load(): void {
    this.#reset();
    this.#open(this.beginning());
  }

  connectedCallback(): void {
    this.#showPoster();
    this.#openWhenWanted();
  }

  disconnectedCallback(): void {
    this.keepPosition();
    this.#tokens.stop();
    this.#reset();
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now) return;
    switch (name) {
      case "muted":
      case "loop":
      case "disablepictureinpicture":
        this.follow(name, now);
        break;
      case "autoplay":
      case "preload":
        this.follow(name, now);
        this.#openIfWaiting();
        break;
      case "poster":
      case "poster-time":
        this.#showPoster();
        break;
      case "accent-color":
        showAccent(this, now);
        break;
      case "token":
        this.#tokens.watch(this.token);
        // What plays goes on by its session.
        if (this.#condition !== null || this.video.readyState === HTMLMediaElement.HAVE_NOTHING)
          this.#openAnew();
        break;
      default:
        this.#openAnew();
    }
  }

  #openAnew(): void {
    if (!this.isConnected) return;
    this.#reset();
    this.#showPoster();
    this.#openWhenWanted();
  }

  /** Only a picture that exists becomes the poster: in place of one that is missing the first frame shows. */
  #showPoster(): void {
    this.video.removeAttribute("poster");
    const url = this.getAttribute("poster") ?? (this.playbackId === "" ? "" : this.posterUrl());
    if (url === "") return;
    const picture = new Image();
    this.#poster = picture;
    picture.addEventListener("load", () => {
      if (this.#poster === picture) this.video.poster = url;
    });
    picture.src = url;
  }

  /** preload="none" costs nothing until the viewer presses play. */
  #openWhenWanted(): void {
    if (this.playbackId === "") return;
    if (this.#mayLoadAhead()) {
      this.#open(this.beginning());
      return;
    }
    this.video.addEventListener("play", () => this.#open(this.beginning()), {
      once: true,
      signal: this.#source.signal,
    });
  }

  #mayLoadAhead(): boolean {
    return this.video.preload !== "none" || this.video.autoplay;
  }

  /** Nobody has to press play any more. */
  #openIfWaiting(): void {
    const isUntouched =
      this.#condition === null && this.video.networkState === HTMLMediaElement.NETWORK_EMPTY;
    if (isUntouched && this.#mayLoadAhead()) this.#openAnew();
  }

  #reset(): void {
    this.#close();
    this.#storyboard.clear();
    this.#stopped = null;
    this.#setCondition(null);
    this.#setGrowing(false);
    this.#mediaTitle = "";
    this.#preparingAttempts = 0;
    this.#renewedAtMs = Number.NEGATIVE_INFINITY;
  }

  #close(): void {
    this.#source.abort();
    this.#source = new AbortController();
    this.#beacon?.stop("quit");
    this.#beacon = null;
    if (this.#engine !== null) this.#freed = this.#engine.destroy();
    this.#engine = null;
    this.#renditions.replace([]);
    this.#sounds.replace([], -1);
    hideChapters(this.video);
  }

  #open(startSeconds: number): void {
    this.#close();
    this.#stopped = null;
    // It was asked for before there was a picture.
    if (this.#condition === "preparing") this.#showPoster();
    const { signal } = this.#source;
    this.video.addEventListener("loadeddata", () => this.#setCondition(null), { signal });
    this.#watchNetwork(signal);
    if (this.#condition !== "preparing") this.#setCondition(null);
    void this.#start(startSeconds, signal);
  }

  async #start(startSeconds: number, signal: AbortSignal): Promise<void> {
    const options = {
      video: this.video,
      url: this.url("hls.m3u8"),
      startSeconds,
      onRenditions: (list: Parameters<RenditionList["replace"]>[0]) => this.#renditions.replace(list),
      onSounds: (sounds: readonly Sound[], selected: number) => this.#sounds.replace(sounds, selected),
      onChapters: () => showChapters(this.video, this.url("chapters.vtt")),
      onGrowing: (growing: boolean) => this.#setGrowing(growing),
      onSession: (trackUrl: string) => this.#watchOver(trackUrl),
      onTitle: (title: string) => this.#setTitle(title),
      onFailure: (failure: Failure) => this.#fail(failure),
    };
    try {
      await this.#freed;
      const engine = await startEngine(options, this.#drm, signal);
      if (signal.aborted) return;
      this.#engine = engine;
      if (engine === null) this.#setCondition("unsupported");
    } catch {
      if (!signal.aborted) this.#fail({ condition: "network", started: false });
    }
  }

  #watchOver(trackUrl: string): void {
    const url = eventUrlIn(trackUrl);
    if (url === null || this.#beacon !== null) return;
    const onRefused = (condition: Condition): void => this.#fail({ condition, started: true });
    const measure = (): Measured | null => this.#engine?.measure() ?? null;
    const onRenewed = (session: string): void => this.#engine?.renew(session);
    this.#beacon = new Beacon({ url, video: this.video, measure, onRefused, onRenewed });
  }

  #fail({ condition, started }: Failure): void {
    const atSeconds = this.video.currentTime;
    const nowMs = performance.now();
    const consequence = consequenceOf(condition);
    // The session may have ended, or be of a version that is gone: the multivariant playlist says, by giving a new
    // one or a reason.
    if (
      started &&
      (consequence === "renewOrStop" || consequence === "renewOrStay") &&
      nowMs - this.#renewedAtMs > renewalIntervalMs &&
      navigator.onLine
    ) {
      this.#renewedAtMs = nowMs;
      this.#reopen();
      return;
    }
    if (consequence === "stop" || consequence === "renewOrStop") {
      this.#stop(condition);
      if (helpsToken(condition)) void this.#openByFreshToken(nowMs);
      return;
    }
    this.#beacon?.stop("error");
    this.#setCondition(condition);
    const { signal } = this.#source;
    if (noticeFor(condition).next === "wait") {
      const timer = setTimeout(() => this.#open(atSeconds), preparingDelayMs(this.#preparingAttempts++));
      signal.addEventListener("abort", () => clearTimeout(timer));
    }
    if (condition === "network") addEventListener("online", () => this.#reopen(), { signal });
  }

  /** The page may know a token that is good; the setter of `token` opens by it what was stopped. */
  async #openByFreshToken(nowMs: number): Promise<void> {
    if (this.#tokens.source === null || nowMs - this.#askedAtMs < renewalIntervalMs) return;
    this.#askedAtMs = nowMs;
    const stopped = this.#stopped;
    if ((await this.#tokens.refresh()) === null || stopped === null) return;
    this.#open(stopped.atSeconds === 0 ? this.beginning() : stopped.atSeconds);
    if (stopped.wasPlaying) void this.video.play().catch(() => {});
  }

  /** No picture more and no request more: what is buffered goes with the source. */
  #stop(condition: Condition): void {
    this.#stopped = this.#now();
    this.video.pause();
    this.#beacon?.stop(null);
    this.#close();
    this.#setCondition(condition);
  }

  #now(): { readonly atSeconds: number; readonly wasPlaying: boolean } {
    return { atSeconds: this.video.currentTime, wasPlaying: !this.video.paused };
  }

  /** Offline, the engine keeps asking without a word; the viewer should know why the picture stands still. */
  #watchNetwork(signal: AbortSignal): void {
    const stalled = (): void => {
      if (
        !navigator.onLine &&
        !this.video.paused &&
        this.video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA
      ) {
        this.#setCondition("network");
      }
    };
    this.video.addEventListener("waiting", stalled, { signal });
    addEventListener("offline", stalled, { signal });
    this.video.addEventListener("playing", () => this.#setCondition(null), { signal });
  }

  #reopen(): void {
    const { atSeconds, wasPlaying } = this.#now();
    this.#open(atSeconds);
    // Taking the source away pauses the element; the viewer did not.
    if (wasPlaying) void this.video.play().catch(() => {});
  }

  #setCondition(condition: Condition | null): void {
    if (condition === this.#condition) return;
    this.#condition = condition;
    showNotice(this.#parts, condition);
    this.dispatchEvent(new CustomEvent("conditionchange", { detail: { condition } }));
  }

  #setGrowing(growing: boolean): void {
    if (growing === this.#growing) return;
    this.#growing = growing;
    this.dispatchEvent(new Event("growingchange"));
  }

  #setTitle(title: string): void {
    this.#mediaTitle = title;
    if ("mediaSession" in navigator) {
      navigator.mediaSession.metadata = new MediaMetadata({
        title,
        artwork: [{ src: this.url("thumbnail.jpg") }],
      });
    }
    this.dispatchEvent(new Event("titlechange"));
  }
}
