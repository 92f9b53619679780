// What a list is filtered by, as it stands in the address of the page and as the API is asked. Pure.

export function withFilters(search: string, changes: Readonly<Record<string, string>>): string {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  return text === "" ? "" : `?${text}`;
}

/** Of the names that the API knows, those that are given. Whatever else stands in the address is not asked. */
export function filtersIn(search: string, names: readonly string[]): Readonly<Record<string, string>> {
  const given = new URLSearchParams(search);
  const pairs = names.map((name) => [name, given.get(name) ?? ""] as const);
  return Object.fromEntries(pairs.filter(([, value]) => value !== ""));
}

/** From the first moment of one day to the last of another, by the clock of whoever reads; a day is `2026-11-24`. */
export function spanOf(from: string, to: string): Readonly<Record<string, string>> {
  const after = startOf(from, 0);
  const before = startOf(to, 1);
  return {
    ...(after === null ? {} : { createdAfter: after }),
    ...(before === null ? {} : { createdBefore: before }),
  };
}

/** By the calendar, not by hours: some days have 23 or 25. */
function startOf(day: string, daysLater: number): string | null {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  if (year === undefined) return null;
  return new Date(Number(year), Number(month) - 1, Number(date) + daysLater).toISOString();
}
