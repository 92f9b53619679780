// One number a series, under its exposition name: what isolates add up and the counter objects keep.

export type Labels = Readonly<Record<string, string>>;

/** `name{a="1",b="2"}`, labels in order of their names, so equal series have equal keys. */
export function seriesKey(name: string, labels: Labels): string {
  const pairs = Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => `${label}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

/** Series travel in a header of the counter object's protocol, hence the ASCII. */
function escapeLabel(value: string): string {
  return value
    .slice(0, 100)
    .replaceAll(/[^\x20-\x7e]/g, "?")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"');
}
