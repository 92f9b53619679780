// Pure. The words of a search, cut as the triggers of migrations/0018_library.sql cut titles.
const separators = /[ \-_.,\t]+/;
const mostWords = 5;

/** In lower case as far as ASCII goes, as SQLite's `lower` does it. */
export function wordsOf(text: string): readonly string[] {
  const words = text
    .replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
    .split(separators)
    .filter((word) => word !== "");
  return [...new Set(words)].slice(0, mostWords);
}
