// One number a series, under its exposition name: what isolates add up and the counter objects keep.

export type Labels = Readonly<Record<string, string>>;

/** Names and labels are few, so what was once spelled is kept: requests count what requests before them counted. */
const spelled = new Map<string, string>();
const maxSpelled = 2_000;

/** `name{a="1",b="2"}`, labels in order of their names, so equal series have equal keys. */
export function seriesKey(name: string, labels: Labels): string {
  let told = name;
  for (const label in labels) told += `\n${label}\n${labels[label]}`;
  let key = spelled.get(told);
  if (key !== undefined) return key;
  key = spell(name, labels);
  if (spelled.size >= maxSpelled) spelled.clear();
  spelled.set(told, key);
  return key;
}

function spell(name: string, labels: Labels): string {
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
