// What a source file says about a language is text from a stranger: it becomes a BCP 47 tag or `und`.

let names: Intl.DisplayNames | undefined;
const nameOf = new Map<string, string>();

/** Canonical (`eng` is `en`), and safe inside a quoted string: anything that is no language tag is `und`. */
export function languageTag(language: string): string {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? "und";
  } catch {
    return "und";
  }
}

/** For a menu: `Portuguese`; `Audio` when the language is not known. */
export function languageName(tag: string): string {
  if (tag === "und") return "Audio";
  const known = nameOf.get(tag);
  if (known !== undefined) return known;
  names ??= new Intl.DisplayNames("en", { type: "language" });
  const name = (names.of(tag) ?? tag).replaceAll('"', "'");
  // Tags come from uploads: a memory of them must not grow without end.
  if (nameOf.size < 256) nameOf.set(tag, name);
  return name;
}
