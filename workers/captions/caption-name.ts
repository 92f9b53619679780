// The name of a caption in URLs, keys and lists: its language, with what it is behind it where it is not plain subtitles.
import type { CaptionKind } from "./text-tracks.ts";

export interface CaptionName {
  /** As BCP 47 spells it. */
  readonly language: string;
  readonly kind: CaptionKind;
  readonly isForced: boolean;
}

const longestTag = 35;

export function captionId({ language, kind, isForced }: CaptionName): string {
  if (isForced) return `${language}.forced`;
  return kind === "captions" ? `${language}.captions` : language;
}

/** Null for what is no such name. */
export function readCaptionName(text: string): CaptionName | null {
  const [tag = "", suffix, ...more] = text.split(".");
  if (more.length > 0 || tag.length > longestTag || !/^[a-z]{2,8}(?:-[a-z0-9]{1,8})*$/i.test(tag))
    return null;
  if (suffix !== undefined && suffix !== "forced" && suffix !== "captions") return null;
  try {
    const language = Intl.getCanonicalLocales(tag)[0] ?? "und";
    return {
      language,
      kind: suffix === "captions" ? "captions" : "subtitles",
      isForced: suffix === "forced",
    };
  } catch {
    return null;
  }
}
