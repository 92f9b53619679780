// The texts of a video as players are offered them: what was uploaded and what its source carries, one list. Pure.
import { languageName, languageTag } from "#workers/packaging/languages.ts";

export type CaptionKind = "subtitles" | "captions";

/** A row of `captions`. */
export interface CaptionRow {
  readonly videoId: string;
  readonly id: string;
  readonly language: string | null;
  readonly label: string | null;
  readonly kind: CaptionKind | null;
  readonly isDefault: number | null;
  readonly isForced: number | null;
  readonly isHidden: number;
  readonly revision: number | null;
}

/** A row of `subtitles`: a text of the source. */
export interface SourceText {
  readonly videoId: string;
  readonly version: number;
  readonly id: string;
  readonly language: string;
  readonly title: string;
  readonly isDefault: number;
  readonly isForced: number;
  readonly attempt: number;
}

export interface TextEntry {
  readonly id: string;
  /** Whose it is: of a clip, itself or the video that it is of. */
  readonly videoId: string;
  readonly language: string;
  readonly label: string;
  readonly kind: CaptionKind;
  readonly isDefault: boolean;
  readonly isForced: boolean;
  readonly isHidden: boolean;
  readonly origin: { readonly kind: "uploaded"; readonly revision: number } | SourceOrigin;
}

interface SourceOrigin {
  readonly kind: "source";
  readonly version: number;
  readonly attempt: number;
}

/** `ownId`: of two rows of one id, that of this video counts. One text at most is the default. */
export function textTracks(
  rows: readonly CaptionRow[],
  texts: readonly SourceText[],
  ownId: string,
): readonly TextEntry[] {
  const said = new Map<string, CaptionRow>();
  for (const row of rows) if (row.videoId === ownId || !said.has(row.id)) said.set(row.id, row);
  const uploaded = [...said.values()].flatMap((row) =>
    row.revision === null ? [] : [ofUpload(row, row.revision)],
  );
  const carried = texts.map((text) => ofSource(text, said.get(text.id)));
  const all = [...uploaded, ...carried];
  const chosen = [...said.values()].find(({ isDefault }) => isDefault === 1)?.id;
  const first = chosen ?? all.find(({ isDefault, isHidden }) => isDefault && !isHidden)?.id;
  return all.map((entry) => ({ ...entry, isDefault: entry.id === first }));
}

function ofUpload(row: CaptionRow, revision: number): TextEntry {
  const { id, videoId } = row;
  const language = row.language ?? "und";
  const kind = row.kind ?? "subtitles";
  const isForced = row.isForced === 1;
  return {
    ...{ id, videoId, language, kind, isForced },
    label: row.label ?? labelOf(language, kind, isForced),
    isDefault: row.isDefault === 1,
    isHidden: row.isHidden === 1,
    origin: { kind: "uploaded", revision },
  };
}

function ofSource(text: SourceText, row: CaptionRow | undefined): TextEntry {
  const language = row?.language ?? text.language;
  const kind = row?.kind ?? "subtitles";
  const isForced = (row?.isForced ?? text.isForced) === 1;
  const { id, videoId, version, attempt } = text;
  return {
    ...{ id, videoId, language, kind, isForced },
    label: row?.label ?? (text.title === "" ? labelOf(language, kind, isForced) : text.title),
    isDefault: (row?.isDefault ?? text.isDefault) === 1,
    isHidden: row?.isHidden === 1,
    origin: { kind: "source", version, attempt },
  };
}

export function labelOf(language: string, kind: CaptionKind, isForced: boolean): string {
  const tag = languageTag(language);
  const name = tag === "und" ? "Subtitles" : languageName(tag);
  if (isForced) return `${name} (forced)`;
  return kind === "captions" ? `${name} (CC)` : name;
}

/** Part of the URL: another revision is other bytes. */
export function revisionOf({ origin }: TextEntry): number {
  return origin.kind === "uploaded" ? origin.revision : origin.attempt;
}
