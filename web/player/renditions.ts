// The quality list that media-chrome's menu reads from a media element (`media.videoRenditions`), kept in
// step with the engine's levels. `selectedIndex` -1 is Auto.

export interface Rendition {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly bitrate: number;
}

type Listed = Rendition & { selected: boolean };

export class RenditionList extends EventTarget {
  [index: number]: Listed;
  #items: readonly Listed[] = [];
  #selectedIndex = -1;

  get length(): number {
    return this.#items.length;
  }

  get selectedIndex(): number {
    return this.#selectedIndex;
  }

  /** A choice of the viewer; the engine hears of it by `change`. */
  set selectedIndex(index: number) {
    const next = Number.isInteger(index) && index >= 0 && index < this.#items.length ? index : -1;
    if (next === this.#selectedIndex) return;
    this.#selectedIndex = next;
    this.#items.forEach((item, i) => (item.selected = i === next));
    this.dispatchEvent(new Event("change"));
  }

  [Symbol.iterator](): Iterator<Rendition> {
    return this.#items[Symbol.iterator]();
  }

  /** Replaces the list and goes back to Auto. */
  replace(renditions: readonly Rendition[]): void {
    for (let i = 0; i < this.#items.length; i++) delete this[i];
    this.#items = renditions.map((rendition) => ({ ...rendition, selected: false }));
    this.#items.forEach((item, i) => (this[i] = item));
    this.#selectedIndex = -1;
    this.dispatchEvent(new Event(renditions.length === 0 ? "removerendition" : "addrendition"));
    this.dispatchEvent(new Event("change"));
  }
}
