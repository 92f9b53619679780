// A limit as a person types it, and as the API has it. Pure.

export const bytesInGigabyte = 1e9;

/** Null: an empty field is no limit. */
export function limitIn(text: string, unit = 1): number | null {
  return text === "" ? null : Math.round(Number(text) * unit);
}

export function limitText(limit: number | null, unit = 1): string {
  return limit === null ? "" : String(limit / unit);
}
