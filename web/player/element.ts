// <sluice-player playback-id="…">: loads, waits, recovers and tells; the engine plays, media-chrome controls.
import { noticeFor, preparingDelayMs, type Condition } from "./conditions.ts";
import { engineKind, type Engine, type Failure } from "./engine.ts";
import { MediaFacade } from "./media-facade.ts";
import { startNative } from "./native-engine.ts";
import { RenditionList } from "./renditions.ts";
import { buildPlayer, type PlayerParts } from "./template.ts";

// A source that fails again this soon after it was opened anew is not helped by a third session.
const renewalIntervalMs = 10_000;

// Where this script came from is where the videos are, unless `src-base` says otherwise.
const scriptOrigin = new URL(import.meta.url).origin;

export class SluicePlayer extends MediaFacade {
  static readonly observedAttributes = [
    "playback-id",
    "src-base",
    "poster",
    "muted",
    "autoplay",
    "loop",
    "preload",
  ];

  readonly #renditions = new RenditionList();
  readonly #parts: PlayerParts;
  #engine: Engine | null = null;
  /** Ends with the source it belongs to: listeners, timers and a late import look at it. */
  #source = new AbortController();
  #condition: Condition | null = null;
  #growing = false;
  #mediaTitle = "";
  #poster: HTMLImageElement | null = null;
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  #preparingAttempts = 0;

  constructor() {
    super();
    this.video.playsInline = true;
    this.video.preload = "metadata";
    Object.defineProperty(this.video, "videoRenditions", { value: this.#renditions });
    this.#parts = buildPlayer(this, this.video);
    // The button goes when the picture comes; focus, and with it the hotkeys, must not fall back to the page.
    this.#parts.start.addEventListener("click", () => this.#parts.controller.focus({ preventScroll: true }));
    this.#parts.retry.addEventListener("click", () => {
      const wasPlaying = !this.video.paused;
      this.#open(this.video.currentTime);
      this.#parts.controller.focus();
      if (wasPlaying) void this.video.play().catch(() => {});
    });
    this.#renditions.addEventListener("change", () => {
      this.#engine?.chooseRendition(this.#renditions.selectedIndex);
    });
  }

  get playbackId(): string {
    return this.getAttribute("playback-id") ?? "";
  }
  set playbackId(id: string) {
    this.setAttribute("playback-id", id);
  }

  /** The HLS URL in use, without a session. */
  get currentSrc(): string {
    return this.playbackId === "" ? "" : this.#url("hls.m3u8");
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

  /** Opens the source anew from the start, as HTMLMediaElement.load() does. */
  load(): void {
    this.#reset();
    this.#open(0);
  }

  connectedCallback(): void {
    this.#showPoster();
    this.#openWhenWanted();
  }

  disconnectedCallback(): void {
    this.#reset();
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now) return;
    switch (name) {
      case "muted":
        this.video.muted = now !== null;
        break;
      case "autoplay":
        this.video.autoplay = now !== null;
        break;
      case "loop":
        this.video.loop = now !== null;
        break;
      case "preload":
        this.video.preload = now === "none" || now === "auto" ? now : "metadata";
        break;
      case "poster":
        this.#showPoster();
        break;
      default:
        if (!this.isConnected) return;
        this.#reset();
        this.#showPoster();
        this.#openWhenWanted();
    }
  }

  #url(file: string): string {
    const base = this.getAttribute("src-base") ?? scriptOrigin;
    return new URL(`/p/${encodeURIComponent(this.playbackId)}/${file}`, new URL(base, location.href)).href;
  }

  /** Only a picture that exists becomes the poster: in place of one that is missing the first frame shows. */
  #showPoster(): void {
    this.video.removeAttribute("poster");
    const url = this.getAttribute("poster") ?? (this.playbackId === "" ? "" : this.#url("thumbnail.jpg"));
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
    if (this.video.preload !== "none" || this.video.autoplay) {
      this.#open(0);
      return;
    }
    this.video.addEventListener("play", () => this.#open(0), { once: true, signal: this.#source.signal });
  }

  #reset(): void {
    this.#close();
    this.#setCondition(null);
    this.#setGrowing(false);
    this.#mediaTitle = "";
    this.#preparingAttempts = 0;
    this.#renewedAtMs = Number.NEGATIVE_INFINITY;
  }

  #close(): void {
    this.#source.abort();
    this.#source = new AbortController();
    this.#engine?.destroy();
    this.#engine = null;
    this.#renditions.replace([]);
  }

  #open(startSeconds: number): void {
    this.#close();
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
      url: this.#url("hls.m3u8"),
      startSeconds,
      onRenditions: (list: Parameters<RenditionList["replace"]>[0]) => this.#renditions.replace(list),
      onGrowing: (growing: boolean) => this.#setGrowing(growing),
      onTitle: (title: string) => this.#setTitle(title),
      onFailure: (failure: Failure) => this.#fail(failure),
    };
    const kind = engineKind(this.video);
    if (kind === null) {
      this.#setCondition("unsupported");
      return;
    }
    if (kind === "native") {
      this.#engine = startNative(options);
      return;
    }
    try {
      const { startHls } = await import("./hls-engine.ts");
      if (!signal.aborted) this.#engine = startHls(options);
    } catch {
      if (!signal.aborted) this.#fail({ condition: "network", started: false });
    }
  }

  #fail({ condition, started }: Failure): void {
    const atSeconds = this.video.currentTime;
    const nowMs = performance.now();
    // A session may have ended or been revoked: the multivariant playlist says, by giving a new one or a reason.
    if (
      started &&
      condition !== "decode" &&
      nowMs - this.#renewedAtMs > renewalIntervalMs &&
      navigator.onLine
    ) {
      this.#renewedAtMs = nowMs;
      this.#reopen(atSeconds);
      return;
    }
    this.#setCondition(condition);
    const { signal } = this.#source;
    if (noticeFor(condition).next === "wait") {
      const timer = setTimeout(() => this.#open(atSeconds), preparingDelayMs(this.#preparingAttempts++));
      signal.addEventListener("abort", () => clearTimeout(timer));
    }
    if (condition === "network") addEventListener("online", () => this.#reopen(atSeconds), { signal });
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

  #reopen(atSeconds: number): void {
    const wasPlaying = !this.video.paused;
    this.#open(atSeconds);
    // Taking the source away pauses the element; the viewer did not.
    if (wasPlaying) void this.video.play().catch(() => {});
  }

  #setCondition(condition: Condition | null): void {
    if (condition === this.#condition) return;
    this.#condition = condition;
    const { controller, notice, noticeTitle, noticeDetail, retry } = this.#parts;
    controller.toggleAttribute("noticed", condition !== null);
    notice.hidden = condition === null;
    if (condition !== null) {
      const { title, detail, next } = noticeFor(condition);
      noticeTitle.textContent = title;
      noticeDetail.textContent = detail;
      notice.dataset["next"] = next;
      retry.hidden = next !== "retry";
    }
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
        artwork: [{ src: this.#url("thumbnail.jpg") }],
      });
    }
    this.dispatchEvent(new Event("titlechange"));
  }
}
