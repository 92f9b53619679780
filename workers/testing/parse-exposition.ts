// A strict reader of the two text formats: throws at the first rule that is broken. Written from the
// formats' own texts, not from the writer.
type Format = "openmetrics" | "prometheus";

export interface Family {
  readonly type: string;
  readonly samples: Map<string, number>;
}

const name = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const labelValue = String.raw`"(?:[^"\\\n]|\\["\\n])*"`;
const label = `[a-zA-Z_][a-zA-Z0-9_]*=${labelValue}`;
const sample = new RegExp(
  `^(${name})(?:\\{(${label}(?:,${label})*)?\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)$`,
);
const meta = new RegExp(`^# (TYPE|HELP|UNIT) (${name}) (.*)$`);

export function parseExposition(text: string, format: Format): ReadonlyMap<string, Family> {
  must(text.endsWith("\n"), "ends with a line feed");
  const lines = text.slice(0, -1).split("\n");
  if (format === "openmetrics") must(lines.pop() === "# EOF", "ends with # EOF");
  const families = new Map<string, Family>();
  let current: { readonly name: string; readonly family: Family } | null = null;
  for (const line of lines) {
    const described = meta.exec(line);
    if (described !== null) {
      const [, keyword = "", family = "", value = ""] = described;
      if (keyword === "TYPE") {
        must(!families.has(family), `${family} is one contiguous family`);
        current = { name: family, family: { type: value, samples: new Map() } };
        families.set(family, current.family);
      }
      must(current?.name === family, `${line}: TYPE comes first`);
      must(current?.family.samples.size === 0, `${line}: metadata comes before samples`);
      if (keyword === "UNIT") must(family.endsWith(`_${value}`), `${line}: the unit is the name's suffix`);
      if (keyword === "HELP") must(!/\\[^\\n]/.test(value), `${line}: escapes`);
      continue;
    }
    const read = sample.exec(line);
    must(read !== null, `${line}: a sample`);
    const [, sampleName = "", labels = "", value = ""] = read ?? [];
    must(
      current !== null &&
        suffixes(current.family.type, format).some((suffix) => current?.name + suffix === sampleName),
      `${line}: belongs to its family`,
    );
    const names = [...labels.matchAll(new RegExp(`([a-zA-Z0-9_]+)=${labelValue}`, "g"))].map(
      (match) => match[1],
    );
    must(new Set(names).size === names.length, `${line}: a label once`);
    must(!names.some((labelName) => labelName?.startsWith("__")), `${line}: no reserved labels`);
    const series = `${sampleName}{${labels}}`;
    must(!current?.family.samples.has(series), `${line}: a series once`);
    current?.family.samples.set(series, Number(value));
  }
  for (const [family, { type, samples }] of families)
    if (type === "histogram") checkHistogram(family, samples);
  return families;
}

function suffixes(type: string, format: Format): readonly string[] {
  switch (type) {
    case "counter":
      return format === "openmetrics" ? ["_total"] : [""];
    case "histogram":
      return ["_bucket", "_sum", "_count"];
    case "gauge":
      return [""];
    default:
      throw new Error(`type ${type}`);
  }
}

function checkHistogram(family: string, samples: ReadonlyMap<string, number>): void {
  const groups = new Map<string, { le: number; value: number }[]>();
  for (const [series, value] of samples) {
    const bucket = /^(.*)_bucket\{(.*)\}$/.exec(series);
    if (bucket === null) continue;
    const labels = bucket[2] ?? "";
    const le = /(?:^|,)le="([^"]+)"/.exec(labels)?.[1];
    const others = labels.replace(/(^|,)le="[^"]+"/, "").replace(/^,/, "");
    const group = groups.get(others) ?? [];
    group.push({ le: le === "+Inf" ? Infinity : Number(le), value });
    groups.set(others, group);
  }
  for (const [labels, buckets] of groups) {
    must(buckets.at(-1)?.le === Infinity, `${family}{${labels}}: ends with +Inf`);
    buckets.forEach(({ le, value }, i) => {
      const before = buckets[i - 1];
      must(
        before === undefined || (before.le < le && before.value <= value),
        `${family}: buckets rise and are cumulative`,
      );
    });
    must(samples.get(`${family}_count{${labels}}`) === buckets.at(-1)?.value, `${family}: +Inf is the count`);
    must(samples.has(`${family}_sum{${labels}}`), `${family}: has a sum`);
  }
}

function must(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`exposition: ${rule}`);
}
