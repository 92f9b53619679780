// Entity tags of what the API shows: the revision of its row, where it has one, and a digest of these very bytes.
// Pure.

/** `"7.Xk3mPq0Zr1s"`, or the digest alone. */
export function entityTag(revision: number | undefined, digest: string): string {
  return revision === undefined ? `"${digest}"` : `"${revision}.${digest}"`;
}

/** Null: `*`. RFC 9110 8.8.3: `[ weak ] opaque-tag`, in a list. */
export function tagsIn(header: string): readonly string[] | null {
  return header.trim() === "*"
    ? null
    : [...header.matchAll(/(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g)].map(([tag]) => tag);
}

/** RFC 9110 13.1.2: "A recipient MUST use the weak comparison function when comparing entity tags for If-None-Match". */
export function isKnown(ifNoneMatch: string, tag: string): boolean {
  const tags = tagsIn(ifNoneMatch);
  return tags === null || tags.some((known) => known.replace(/^W\//, "") === tag);
}

/** The revisions that If-Match allows. 13.1.1: strong comparison, so a weak tag names none. */
export function revisionsIn(tags: readonly string[]): readonly number[] {
  return tags.flatMap((tag) => {
    const [, revision] = /^"(\d{1,15})\.[^"]*"$/.exec(tag) ?? [];
    return revision === undefined ? [] : [Number(revision)];
  });
}
