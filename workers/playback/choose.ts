// What one viewer is offered of a version: which tracks, in which order, from where to where. Here is the choice of
// those of whom nothing is known and to whom nothing is limited, which is most, and what any choice does to a
// timeline. The rules for all others are in choose-renditions.ts.
import { noLimits, type Limits } from "#workers/access/limits.ts";
import type { Format, SegmentFragments, Timeline, Track } from "#workers/timeline/timeline.ts";
import { codecName } from "./choose-codecs.ts";
import type { ClipRefusal, Span } from "./clip.ts";
import type { DeviceFacts } from "./device.ts";
import type { NetworkFacts } from "./device-network.ts";
import type { ViewerHistory } from "./viewer-history.ts";
import { allTracks, maxTracks, wholeTimeline, type SessionClaims, type Slice } from "./session.ts";

export interface ChoiceInput {
  /** Of the version: bit i of the choice's mask is entry i. */
  readonly formats: readonly Format[];
  /** Of video, playback id, token and URL together. */
  readonly limits: Limits;
  readonly device: DeviceFacts;
  readonly network: NetworkFacts;
  readonly history: ViewerHistory | null;
  /** Where playback starts with the lowest rendition; a setting. */
  readonly startLowCountries: ReadonlySet<string>;
  readonly span: Span;
  /** Fragments per segment of the video. */
  readonly g: SegmentFragments;
  readonly nowMs: number;
}

/** Why a rendition is offered, or is not. */
export type RenditionRule =
  | "offered"
  /** The film turned out not to need it. */
  | "dropped"
  | "audioOnly"
  | "codecs"
  | "device"
  | "maxHeight"
  | "saveData"
  | "minHeight"
  | "audioLanguages"
  /** Kept although `input` would drop it, because nothing would be left. */
  | "keptAsLast";

export interface RenditionVerdict {
  readonly track: string;
  readonly kept: boolean;
  readonly rule: RenditionRule;
  /** What the rule went by. */
  readonly input?: string;
}

export type StartRule =
  "middle" | "order" | "saveData" | "history" | "downlink" | "country" | "device" | "network";

export interface Choice {
  /** Of the version's own tracks. */
  readonly trackMask: number;
  /** Nothing was known of the viewer that limits anything: what holds for one version holds for any. */
  readonly isPlain: boolean;
  /** Indexes of the pictures that are offered; players start with the first. */
  readonly videoOrder: readonly number[];
  readonly defaultAudio: number | null;
  /** The viewer's own limits name languages: the default is of those, whatever the owner's order. */
  readonly namesLanguages: boolean;
  readonly iFrames: boolean;
  readonly slice: Slice;
  /** Of the playlists and segments of this choice. */
  readonly g: SegmentFragments;
  /** From the first fragment to the second that was asked for. */
  readonly startOffsetSeconds: number;
  /** In seconds of the whole video; null is its end. */
  readonly endSeconds: number | null;
  /** A language; of the texts that fit it the first is the default. */
  readonly defaultSubtitles: string | null;
  /** One for each format, in their order. */
  readonly renditions: readonly RenditionVerdict[];
  /** Why the first picture is the first. */
  readonly start: { readonly rule: StartRule; readonly input?: string };
  /** The same for all whose manifest differs in nothing but the session. */
  readonly printKey: string;
}

export type ChoiceRefusal = ClipRefusal | "codecsNotOffered" | "soundNotOffered";

/** A round trip above this is a far or a slow network. */
export const slowRttMs = 300;
/** What a network could do yesterday says nothing about today. */
const historyHoldsMs = 24 * 3_600_000;

/** The choice of those to whom no rule applies; null for all others. Costs no allocation once it is made. */
export function plainChoice(input: ChoiceInput): Choice | null {
  const { formats, limits, device, network, history } = input;
  const isPlain =
    isUnlimited(limits) &&
    (device.class === "desktop" || device.class === "tablet" || device.class === "unknown") &&
    !lacksAny(device.cannotPlay, formats) &&
    !network.saveData &&
    (network.rttMs === null || network.rttMs < slowRttMs) &&
    network.downlinkBps === null &&
    (network.country === null || !input.startLowCountries.has(network.country)) &&
    (history === null || !isRecent(history, input.nowMs));
  return isPlain ? openChoice(formats, input.g) : null;
}

export function isRecent({ atMs }: ViewerHistory, nowMs: number): boolean {
  return nowMs - atMs < historyHoldsMs;
}

function isUnlimited(limits: Limits): boolean {
  if (limits === noLimits) return true;
  for (const _ in limits) return false;
  return true;
}

function lacksAny(codecs: readonly string[], formats: readonly Format[]): boolean {
  return codecs.length > 0 && formats.some(({ codec }) => codecs.includes(codecName(codec)));
}

/** By the version's formats, which live as long as its record is remembered. */
const openChoices = new WeakMap<readonly Format[], Choice[]>();

function openChoice(formats: readonly Format[], g: SegmentFragments): Choice {
  let known = openChoices.get(formats);
  if (known === undefined) openChoices.set(formats, (known = []));
  const audios = indexesOf(formats, "audio");
  return (known[g] ??= completeChoice(formats, audios, {
    isPlain: true,
    videoOrder: middleFirst(rising(formats)),
    defaultAudio: audios[0] ?? null,
    namesLanguages: false,
    iFrames: true,
    slice: wholeTimeline,
    g,
    startOffsetSeconds: 0,
    endSeconds: null,
    defaultSubtitles: null,
    renditions: undecided(formats),
    start: { rule: "middle" },
  }));
}

/** Before any rule has said something. */
export function undecided(formats: readonly Format[]): RenditionVerdict[] {
  return formats.map(({ id, dropped }) =>
    dropped === true
      ? { track: id, kept: false, rule: "dropped" }
      : { track: id, kept: true, rule: "offered" },
  );
}

/** Adds what follows from the rest: the session's mask, and the name of what will be printed. */
export function completeChoice(
  formats: readonly Format[],
  audios: readonly number[],
  decided: Omit<Choice, "trackMask" | "printKey">,
): Choice {
  if (formats.length > maxTracks)
    throw new Error(`a session names ${maxTracks} tracks of a version at most, not ${formats.length}`);
  const { videoOrder, defaultAudio, iFrames, slice, g, startOffsetSeconds, endSeconds } = decided;
  const { defaultSubtitles } = decided;
  const kept = [...videoOrder, ...audios];
  let trackMask = allTracks;
  if (kept.length < formats.filter(({ dropped }) => dropped !== true).length) {
    trackMask = 0;
    for (const index of kept) trackMask |= 1 << index;
    trackMask >>>= 0;
  }
  const printKey = [
    trackMask.toString(36),
    videoOrder.join("."),
    defaultAudio ?? "",
    iFrames ? "i" : "",
    `${slice.fromFragment}-${slice.toFragment ?? ""}`,
    startOffsetSeconds,
    endSeconds ?? "",
    g,
    defaultSubtitles ?? "",
    decided.namesLanguages ? "l" : "",
  ].join("_");
  return { ...decided, trackMask, printKey };
}

export function indexesOf(formats: readonly Format[], kind: Format["kind"]): readonly number[] {
  const indexes: number[] = [];
  for (const [index, format] of formats.entries())
    if (format.kind === kind && format.dropped !== true) indexes.push(index);
  return indexes;
}

/** Indexes of the pictures, from the lowest. */
export function rising(formats: readonly Format[]): readonly number[] {
  const bitrateOf = (index: number) => formats[index]?.maxBitrateBps ?? 0;
  const sideOf = (index: number) => shorterSide(formats[index]);
  return indexesOf(formats, "video").toSorted(
    (a, b) => sideOf(a) - sideOf(b) || bitrateOf(a) - bitrateOf(b) || a - b,
  );
}

/** What "720p" means, whichever way the picture is turned. */
export function shorterSide(format: Format | undefined): number {
  return format?.kind === "video" ? Math.min(format.width, format.height) : 0;
}

/** Players start with the first variant: the middle rung, then the others from the lowest. */
export function middleFirst(fromLowest: readonly number[]): readonly number[] {
  return startingWith(fromLowest, (fromLowest.length - 1) >> 1);
}

export function startingWith(fromLowest: readonly number[], position: number): readonly number[] {
  const first = fromLowest[position];
  return first === undefined ? [] : [first, ...fromLowest.filter((index) => index !== first)];
}

/** `firstTrackBit` is the version's. */
export function isOffered(claims: SessionClaims, firstTrackBit: number, trackIndex: number): boolean {
  const bit = firstTrackBit + trackIndex;
  // A shift by 32 is one by 0.
  return trackIndex < maxTracks && bit < 32 && ((claims.trackMask >>> bit) & 1) === 1;
}

/** What a session's mask says of one version's tracks: `formats` are its, and its bits begin at `firstTrackBit`. */
export function maskOfVersion(
  { formats, firstTrackBit }: { readonly formats: readonly Format[]; readonly firstTrackBit: number },
  { trackMask }: Choice,
): number {
  return ((trackMask & (2 ** formats.length - 1)) << firstTrackBit) >>> 0;
}

/** The tracks that are chosen, as they are to be listed: pictures in their order, then sound, the default first. */
export function chosenTimeline(timeline: Timeline, choice: Choice): Timeline {
  const { videoOrder, defaultAudio, renditions } = choice;
  const tracks: Track[] = [];
  const take = (index: number | null) => {
    // By its name: a version that has just begun to grow has some of its tracks only.
    const id = index === null ? undefined : renditions[index]?.track;
    const track = timeline.tracks.find(({ format }) => format.id === id);
    if (track !== undefined && !tracks.includes(track)) tracks.push(track);
  };
  for (const index of videoOrder) take(index);
  take(defaultAudio);
  for (const [index, { kept }] of renditions.entries()) if (kept) take(index);
  return { ...timeline, tracks };
}
