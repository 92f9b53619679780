/** Values of a query parameter, as they are spelled: those that need no decoding need none. */
export function valuesOf(query: string, name: string): readonly string[] {
  if (!query.includes(name)) return none;
  const values: string[] = [];
  for (const pair of query.split("&")) {
    if (pair.startsWith(name) && pair.charCodeAt(name.length) === 61)
      values.push(pair.slice(name.length + 1));
  }
  return values;
}

const none: readonly string[] = [];
