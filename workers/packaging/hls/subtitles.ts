// Texts in HLS: the members of a SUBTITLES group.
import { languageTag } from "../languages.ts";

/** A text as players list it. */
export interface TextTrack {
  readonly language: string;
  /** For a menu. */
  readonly name: string;
  readonly isDefault: boolean;
  /** Only what is not in the language of the sound: shown although nobody asked for texts. */
  readonly isForced: boolean;
  /** Also what is heard and not said, for those who can't hear. */
  readonly isCaptions: boolean;
  /** Of its playlist or, in DASH, of the text itself; relative as those of tracks are. */
  readonly uri: string;
}

const forTheDeaf =
  "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound";

export function subtitlesGroup(texts: readonly TextTrack[], groupId: string): string[] {
  const names = new Set<string>();
  return texts.map(({ language, name, isDefault, isForced, isCaptions, uri }) => {
    // All members of a group have different names (RFC 8216bis 4.4.6.1.1).
    let own = quotable(name);
    for (let copy = 2; names.has(own); copy++) own = `${quotable(name)} ${copy}`;
    names.add(own);
    return (
      `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="${groupId}",LANGUAGE="${languageTag(language)}",NAME="${own}",` +
      `DEFAULT=${isDefault ? "YES" : "NO"},AUTOSELECT=YES,FORCED=${isForced ? "YES" : "NO"},` +
      `${isCaptions ? `CHARACTERISTICS="${forTheDeaf}",` : ""}URI="${uri}"`
    );
  });
}

/** A quoted-string holds no line feed, carriage return or double quote (RFC 8216bis 4.2). */
export function quotable(text: string): string {
  return text
    .replaceAll(/\p{Cc}+/gu, " ")
    .replaceAll('"', "'")
    .trim();
}
