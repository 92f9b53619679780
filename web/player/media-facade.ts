// A custom element that can be scripted as if it were the <video> inside it: docs/player.md says where it can't follow.

/** Events beyond HTML's own are those that every HTMLElement has no handler for. */
const furtherEvents = [
  "encrypted",
  "waitingforkey",
  "enterpictureinpicture",
  "leavepictureinpicture",
] as const;

const events = [
  ...furtherEvents,
  "abort",
  "canplay",
  "canplaythrough",
  "durationchange",
  "emptied",
  "ended",
  "error",
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

/** A table costs a page less than an accessor each. What a browser's <video> lacks, the player lacks there too. */
const forwarded = [
  "HAVE_NOTHING",
  "HAVE_METADATA",
  "HAVE_CURRENT_DATA",
  "HAVE_FUTURE_DATA",
  "HAVE_ENOUGH_DATA",
  "NETWORK_EMPTY",
  "NETWORK_IDLE",
  "NETWORK_LOADING",
  "NETWORK_NO_SOURCE",
  "addTextTrack",
  "buffered",
  "canPlayType",
  "cancelVideoFrameCallback",
  "currentTime",
  "defaultPlaybackRate",
  "disableRemotePlayback",
  "duration",
  "ended",
  "error",
  "fastSeek",
  "getVideoPlaybackQuality",
  "networkState",
  "muted",
  "pause",
  "paused",
  "play",
  "playbackRate",
  "played",
  "playsInline",
  "preservesPitch",
  "readyState",
  "remote",
  "requestPictureInPicture",
  "requestVideoFrameCallback",
  "seekable",
  "seeking",
  "setSinkId",
  "sinkId",
  "textTracks",
  "videoHeight",
  "videoWidth",
  "volume",
] as const;

type Handled = `on${(typeof furtherEvents)[number]}`;

/** With what is defined by the tables, which the compiler can't see. */
const Scripted = HTMLElement as new () => HTMLElement &
  Pick<HTMLVideoElement, (typeof forwarded)[number] | Handled>;

export abstract class MediaFacade extends Scripted {
  protected readonly video: HTMLVideoElement = document.createElement("video");
  readonly #handlers = new Map<string, EventListener>();

  constructor() {
    super();
    // Few media events bubble, and none leaves a shadow tree. What one tells is told again by one of its kind.
    for (const type of events) {
      this.video.addEventListener(type, (event) => {
        const Kind = event.constructor as typeof Event;
        this.dispatchEvent(new Kind(type, event));
      });
    }
  }

  static {
    const define = (name: string, member: PropertyDescriptor & ThisType<MediaFacade>): void => {
      Object.defineProperty(this.prototype, name, { configurable: true, enumerable: true, ...member });
    };
    for (const name of forwarded) {
      const found =
        Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, name) ??
        Object.getOwnPropertyDescriptor(HTMLVideoElement.prototype, name);
      if (found === undefined) continue;
      if (typeof found.value === "function") {
        define(name, {
          writable: true,
          value(...given: readonly unknown[]): unknown {
            return Reflect.apply(this.video[name] as () => unknown, this.video, given);
          },
        });
        continue;
      }
      define(name, {
        get(): unknown {
          return this.video[name];
        },
        // As of a <video>, writing to what can only be read throws.
        ...(found.set !== undefined && {
          set(value: unknown): void {
            Reflect.set(this.video, name, value);
          },
        }),
      });
    }
    for (const type of furtherEvents) {
      define(`on${type}`, {
        get(): EventListener | null {
          return this.#handlers.get(type) ?? null;
        },
        set(handler: unknown): void {
          const before = this.#handlers.get(type);
          if (before !== undefined) this.removeEventListener(type, before);
          this.#handlers.delete(type);
          if (typeof handler !== "function") return;
          this.#handlers.set(type, handler as EventListener);
          this.addEventListener(type, handler as EventListener);
        },
      });
    }
  }
}
