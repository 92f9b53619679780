// The list behind the audio menu, as media-chrome reads it from a media element (`media.audioTracks`). hls.js knows the
// sounds of a stream; no browser but Safari has the list of its own.

export interface Sound {
  readonly id: string;
  readonly label: string;
  /** BCP 47. */
  readonly language: string;
}

interface Listed extends Sound {
  readonly kind: "main" | "alternative";
  enabled: boolean;
}

/** What a page may rely on, whoever's list it is. */
export interface AudioTracks extends EventTarget, Iterable<Listed> {
  readonly length: number;
  readonly [index: number]: Listed;
  getTrackById(id: string): Listed | null;
}

export class SoundList extends EventTarget implements AudioTracks {
  [index: number]: Listed;
  #items: readonly Listed[] = [];

  get length(): number {
    return this.#items.length;
  }

  /** -1: none. */
  get selectedIndex(): number {
    return this.#items.findIndex(({ enabled }) => enabled);
  }

  getTrackById(wanted: string): Listed | null {
    return this.#items.find(({ id }) => id === wanted) ?? null;
  }

  [Symbol.iterator](): Iterator<Listed> {
    return this.#items[Symbol.iterator]();
  }

  replace(sounds: readonly Sound[], selectedIndex: number): void {
    let selected = selectedIndex;
    for (let i = 0; i < this.#items.length; i++) delete this[i];
    this.#items = sounds.map((sound, index) => {
      const changed = (enabled: boolean): void => {
        // media-chrome enables one and disables the others: the one that is enabled is the choice.
        if (!enabled || selected === index) return;
        selected = index;
        this.dispatchEvent(new Event("change"));
      };
      return {
        ...sound,
        kind: index === 0 ? "main" : "alternative",
        get enabled() {
          return selected === index;
        },
        set enabled(enabled: boolean) {
          changed(enabled);
        },
      };
    });
    this.#items.forEach((item, i) => (this[i] = item));
    this.dispatchEvent(new Event(sounds.length === 0 ? "removetrack" : "addtrack"));
  }
}
