// What a manifest says beside its renditions: texts, the names and order of sounds, where the chapters are.
import { revisionOf } from "#workers/captions/text-tracks.ts";
import type { TextTrack } from "#workers/packaging/hls/subtitles.ts";
import { languageTag } from "#workers/packaging/languages.ts";
import type { Timeline } from "#workers/timeline/timeline.ts";
import { isInRange } from "./choose-languages.ts";
import { textTrack } from "./path.ts";
import type { PlaybackRecord } from "./record.ts";

/** How a text is served: whole, segment by segment, or on the clock of a DASH Period. */
type TextForm = "whole" | "growing" | "period";

/** `defaultLanguage` is what the viewer's limits wish; the first text that fits is the default then. */
function offeredTexts(
  { texts }: PlaybackRecord,
  folder: string,
  form: TextForm,
  defaultLanguage: string | null,
): readonly TextTrack[] {
  if (texts.length === 0) return [];
  const range = defaultLanguage === null ? null : languageTag(defaultLanguage);
  const wished =
    range === null
      ? undefined
      : texts.find(({ language, isForced }) => !isForced && isInRange(languageTag(language), range));
  return texts.map((entry) => ({
    language: entry.language,
    name: entry.label,
    isDefault: wished === undefined ? entry.isDefault : entry === wished,
    isForced: entry.isForced,
    isCaptions: entry.kind === "captions",
    uri: `${folder}${textTrack}/${entry.id}/${fileOf(form, revisionOf(entry))}`,
  }));
}

/** For a print of HLS or DASH. */
export function besidesOf(
  record: PlaybackRecord,
  folder: string,
  form: TextForm,
  defaultLanguage: string | null,
) {
  return { texts: offeredTexts(record, folder, form, defaultLanguage), soundName: soundName(record) };
}

function fileOf(form: TextForm, revision: number): string {
  switch (form) {
    case "whole":
      return "index.m3u8";
    case "growing":
      return "growing.m3u8";
    case "period":
      return `${revision}.period.vtt`;
  }
}

function soundName({ sounds }: PlaybackRecord): (trackId: string) => string | null {
  return (trackId) => sounds.find(({ id }) => id === trackId)?.label ?? null;
}

/** Sounds as their owner wants them listed. The viewer's own language, which a limit names, still comes first. */
export function inOwnersOrder(timeline: Timeline, { sounds }: PlaybackRecord, keepsFirst: boolean): Timeline {
  if (sounds.length === 0) return timeline;
  const pictures = timeline.tracks.filter(({ format }) => format.kind === "video");
  const heard = timeline.tracks.filter(({ format }) => format.kind === "audio");
  const settingOf = (id: string) => sounds.find((setting) => setting.id === id);
  const [first] = heard;
  const rank = (id: string) => {
    if (keepsFirst) return id === first?.format.id ? 0 : 1;
    return settingOf(id)?.isDefault === 1 ? 0 : 1;
  };
  const placeOf = (id: string, index: number) => settingOf(id)?.position ?? 1_000 + index;
  const ordered = heard
    .map((track, index) => ({ track, rank: rank(track.format.id), place: placeOf(track.format.id, index) }))
    .toSorted((a, b) => a.rank - b.rank || a.place - b.place)
    .map(({ track }) => track);
  return { ...timeline, tracks: [...pictures, ...ordered] };
}
