// Which of a source's sounds a version has, and as what. Pure.
import { languageTag } from "#workers/packaging/languages.ts";
import { maxTracks } from "#workers/playback/session.ts";
import type { AudioWork, Probe, ProbedAudio } from "./contract.ts";
import type { EncodingProfile } from "./profile.ts";

/** A track of sound, whatever stream it is made of. */
export type EncodedSound = Pick<AudioWork, "track" | "codec" | "sampleRateHz" | "channels" | "bitrateBps"> & {
  /** BCP 47. */
  readonly language: string;
};

const maxLanguages = 6;
const sampleRateHz = 48_000;
const bitratesBps: Readonly<Record<AudioWork["codec"], { readonly mono: number; readonly stereo: number }>> =
  {
    aac: { mono: 80_000, stereo: 128_000 },
    opus: { mono: 64_000, stereo: 96_000 },
  };
const trackLetter: Readonly<Record<AudioWork["codec"], string>> = { aac: "a", opus: "o" };

/** The default first, then one for each further language, in the order of the file. */
export function chooseSounds({ streams }: Probe): readonly ProbedAudio[] {
  const audible = streams
    .filter((stream) => stream.kind === "audio")
    .filter((stream) => stream.packetCount > 0 && stream.channels > 0 && stream.sampleRateHz > 0);
  const first = audible.find((stream) => stream.isDefault) ?? audible[0];
  return first === undefined ? [] : onePerLanguage([first, ...audible]);
}

export function onePerLanguage<T extends { readonly language: string }>(sounds: readonly T[]): readonly T[] {
  const heard = new Set<string>();
  return sounds
    .filter(({ language }) => {
      const tag = languageTag(language);
      const isNew = !heard.has(tag);
      heard.add(tag);
      return isNew;
    })
    .slice(0, maxLanguages);
}

/** AAC of every language, then Opus of every language; fewer languages where they and the rungs would be too many. */
export function encodedSounds<T extends { readonly language: string; readonly channels: number }>(
  sounds: readonly T[],
  { opus }: Pick<EncodingProfile, "opus">,
  rungCount: number,
): readonly { readonly sound: T; readonly encoded: EncodedSound }[] {
  const codecs: readonly AudioWork["codec"][] = opus ? ["aac", "opus"] : ["aac"];
  const room = Math.max(1, Math.floor((maxTracks - rungCount) / codecs.length));
  return codecs.flatMap((codec) =>
    sounds.slice(0, room).map((sound, index) => ({ sound, encoded: encodedSound(sound, codec, index) })),
  );
}

function encodedSound(
  sound: { readonly language: string; readonly channels: number },
  codec: AudioWork["codec"],
  index: number,
): EncodedSound {
  const channels = Math.min(2, sound.channels);
  const { mono, stereo } = bitratesBps[codec];
  return {
    track: `${trackLetter[codec]}${index}`,
    codec,
    sampleRateHz,
    channels,
    bitrateBps: channels === 1 ? mono : stereo,
    language: languageTag(sound.language),
  };
}
