// Language ranges, as RFC 4647 3.3.1 (basic filtering) has them: `pt` is also `pt-BR`, and not the other way round.
import { languageTag } from "#workers/packaging/languages.ts";

/** Both as `languageTag` spells them. */
export function isInRange(tag: string, range: string): boolean {
  return tag.startsWith(range) && (tag.length === range.length || tag.charCodeAt(range.length) === 45);
}

/** What both lists name, in the order of `b`; all of `a` when `b` asks for nothing that `a` allows. */
export function narrowLanguages(a: readonly string[], b: readonly string[]): readonly string[] {
  const rangesOfA = a.map(languageTag);
  const both: string[] = [];
  for (const ofB of b.map(languageTag)) {
    for (const ofA of rangesOfA) {
      const narrower = isInRange(ofB, ofA) ? ofB : isInRange(ofA, ofB) ? ofA : null;
      if (narrower !== null && !both.includes(narrower)) both.push(narrower);
    }
  }
  return both.length > 0 ? both : a;
}
