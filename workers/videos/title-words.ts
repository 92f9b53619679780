// Pure. The words of a search, cut as the triggers of migrations/0028_title_words.sql cut titles.
const separators = /[ \-_.,/:;()[\]!?"\t\n]+/;
const mostWords = 5;

/**
 * Each as the ways in which a title may hold it. Titles are kept in lower case as far as ASCII goes, as SQLite's `lower`
 * does it: any other letter is as it was written, so a word that has some is looked for small, large and capitalized,
 * in one piece and with its accents apart.
 */
export function wordsOf(text: string): readonly (readonly string[])[] {
  const words = text.split(separators).filter((word) => word !== "");
  const byForms = new Map(words.map(formsOf).map((forms) => [forms.join("\n"), forms]));
  return [...byForms.values()].slice(0, mostWords);
}

function formsOf(word: string): readonly string[] {
  const composed = word.normalize("NFC");
  const small = composed.toLowerCase();
  const [first = "", ...rest] = small;
  const cases = [small, composed.toUpperCase(), first.toUpperCase() + rest.join("")];
  const forms = [word, ...cases, ...cases.map((each) => each.normalize("NFD"))];
  return [...new Set(forms.map(asciiLower))].toSorted();
}

const asciiLower = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
