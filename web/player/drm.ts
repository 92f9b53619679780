// What a page says of the keys of a protected video. Given, the video is played by Shaka, which is loaded for it alone.

export interface Drm {
  /** Licence servers by key system, as in `{ "com.widevine.alpha": "https://licences.example.com" }`. */
  readonly servers?: Readonly<Record<string, string>>;
  /** Server certificates by key system: FairPlay needs one. */
  readonly certificates?: Readonly<Record<string, string>>;
  /** Of requests to licence servers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Keys by their ids, both in hexadecimal (ClearKey): to develop with, as whoever has the page has them. */
  readonly clearKeys?: Readonly<Record<string, string>>;
}
