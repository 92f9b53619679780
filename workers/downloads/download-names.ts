// Which files a version can be had as, and of which tracks each is made. Pure.
import type { Timeline, Track } from "#workers/timeline/timeline.ts";

export interface Download {
  /** `720p.mp4`, `720p-av1.mp4`, `highest.mp4`, `audio.m4a`, `audio-a1.m4a`. */
  readonly name: string;
  /** Picture before sound. */
  readonly tracks: readonly Track[];
}

/** In the timeline's order of sounds, whose first goes with every picture. */
export function downloadsOf({ tracks }: Timeline): readonly Download[] {
  const made = tracks.filter(({ fragments }) => fragments.sync.length > 0);
  const sounds = made.filter(({ format }) => format.kind === "audio");
  const pictures = made.filter(({ format }) => format.kind === "video").toSorted((a, b) => rank(b) - rank(a));
  // Of two codecs the one that every player of files knows.
  const sound = sounds.find(({ format }) => format.codec.startsWith("mp4a")) ?? sounds[0];
  const withSound = (picture: Track) => (sound === undefined ? [picture] : [picture, sound]);
  const named = pictures.map((picture) => ({ name: nameOf(picture), tracks: withSound(picture) }));
  const [highest] = named;
  return [
    ...(highest === undefined ? [] : [{ ...highest, name: "highest.mp4" }]),
    ...named.filter(({ name }, index) => named.findIndex((each) => each.name === name) === index),
    ...(sound === undefined ? [] : [{ name: "audio.m4a", tracks: [sound] }]),
    ...sounds.map((each) => ({ name: `audio-${each.format.id}.m4a`, tracks: [each] })),
  ];
}

const isOther = ({ format }: Track) => !format.codec.startsWith("avc");

function sideOf({ format }: Track): number {
  return format.kind === "video" ? Math.min(format.width, format.height) : 0;
}

/** By height; of equal ones H.264 first. */
const rank = (track: Track) => 2 * sideOf(track) + (isOther(track) ? 0 : 1);

function nameOf(track: Track): string {
  const codec = track.format.codec.split(".")[0] === "av01" ? "av1" : track.format.codec.split(".")[0];
  return `${sideOf(track)}p${isOther(track) ? `-${codec}` : ""}.mp4`;
}
