// What of a video a viewer may be offered. The same words are claims of a token, settings of a video and
// modifiers of a manifest URL; where several say something, the narrower holds.

export const renditionOrders = ["ascending", "descending", "middleFirst"] as const;
/** How renditions are listed; players start with the first. */
export type RenditionOrder = (typeof renditionOrders)[number];

export interface Limits {
  /** Of the picture's shorter side, as in "720p". The lowest rendition is kept when none fits. */
  readonly maxHeight?: number;
  readonly minHeight?: number;
  /**
   * First parts of RFC 6381 codec strings: `avc1`, `hvc1`, `av01`, `mp4a`. Names of sound limit the sound, all others
   * the picture; what is not named of one kind limits nothing of it. An empty list allows nothing.
   */
  readonly codecs?: readonly string[];
  readonly order?: RenditionOrder;
  /** Of the whole video; widened outwards to fragment edges. */
  readonly startSeconds?: number;
  readonly endSeconds?: number;
  /**
   * BCP 47; `en` is also `en-US`. The first one that the video has becomes the default, others are not offered. The
   * first sound is kept when none fits.
   */
  readonly audioLanguages?: readonly string[];
  readonly defaultSubtitles?: string;
  readonly audioOnly?: boolean;
}

/** Nothing is limited. This very value is the cheap one: it is recognised without a look inside. */
export const noLimits: Limits = {};

/** The names of modifiers, as they stand in a query and in a token. */
export const modifierNames = [
  "maxHeight",
  "minHeight",
  "codecs",
  "order",
  "start",
  "end",
  "audioLanguages",
  "defaultSubtitles",
  "audioOnly",
] as const;
export type ModifierName = (typeof modifierNames)[number];
