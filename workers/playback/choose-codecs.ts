// Lists of codecs, of which some are codecs of sound and the others of a picture. A list limits only the kinds that
// it names: `avc1` says nothing about the sound.
import type { Format } from "#workers/timeline/timeline.ts";

const soundNames = new Set(
  "mp4a ac-3 ec-3 ac-4 opus flac alac dtsc dtse dtsh dtsl dtsx mha1 mhm1 iamf mp3 vorbis".split(" "),
);

/** The first part of an RFC 6381 string, however it is spelled: `fLaC`, `Opus`. */
export function codecName(codec: string): string {
  const dot = codec.indexOf(".");
  return (dot < 0 ? codec : codec.slice(0, dot)).toLowerCase();
}

/** What `codecs` allows of a kind. Null: it says nothing about it. */
export function namesOfKind(codecs: readonly string[], kind: Format["kind"]): readonly string[] | null {
  const names = codecs.map(codecName).filter((name) => soundNames.has(name) === (kind === "audio"));
  return names.length > 0 || codecs.length === 0 ? names : null;
}

/** What both lists allow. Empty as soon as they contradict each other about one kind. */
export function narrowCodecs(a: readonly string[], b: readonly string[]): readonly string[] {
  const both: string[] = [];
  for (const kind of ["video", "audio"] as const) {
    const [ofA, ofB] = [namesOfKind(a, kind), namesOfKind(b, kind)];
    const names = ofA === null ? ofB : ofB === null ? ofA : ofA.filter((name) => ofB.includes(name));
    if (names?.length === 0) return names;
    if (names !== null) both.push(...names);
  }
  return both;
}
