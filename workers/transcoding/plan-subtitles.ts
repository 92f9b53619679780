// Texts that a source carries, as tracks of their own. Pure.
import { languageTag } from "#workers/packaging/languages.ts";
import type { Probe, SubtitlesWork } from "./contract.ts";

export interface PlannedSubtitles {
  readonly streamIndex: number;
  /** `t0`, `t1` … */
  readonly id: string;
  /** BCP 47. */
  readonly language: string;
  readonly title: string;
  readonly isDefault: boolean;
  readonly isForced: boolean;
}

export type SubtitlesPlan = Pick<SubtitlesWork, "sourceStartSeconds"> & {
  readonly streams: readonly PlannedSubtitles[];
};

/** A disc with every language of the world has about this many. */
const maxStreams = 64;
const maxTitleLength = 200;

export function planSubtitles({ streams }: Probe, sourceStartSeconds: number): SubtitlesPlan | null {
  const texts = streams.filter((stream) => stream.kind === "subtitles").slice(0, maxStreams);
  if (texts.length === 0) return null;
  return {
    sourceStartSeconds,
    streams: texts.map(({ index, language, title, isDefault, isForced }, order) => ({
      streamIndex: index,
      id: `t${order}`,
      language: languageTag(language),
      title: title.slice(0, maxTitleLength),
      isDefault,
      isForced,
    })),
  };
}
