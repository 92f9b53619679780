// Reads members of a verified payload, and remembers the first one that is not what it must be. Absent members
// are undefined; null is a value like any other, and never a right one.
import { isJsonObject, type JsonObject } from "./token-json.ts";

export class ClaimReader {
  #fault: string | null = null;

  /** As in `limits.maxHeight`. */
  get fault(): string | null {
    return this.#fault;
  }

  number(from: JsonObject, name: string, min: number, max: number, path = ""): number | undefined {
    const value = from[name];
    if (value === undefined) return undefined;
    // JSON has neither NaN nor Infinity, but 1e999 reads as one; no comparison with it holds.
    if (typeof value === "number" && value >= min && value <= max) return value;
    return this.wrong(path + name);
  }

  integer(from: JsonObject, name: string, min: number, max: number, path = ""): number | undefined {
    const value = this.number(from, name, min, max, path);
    return value === undefined || Number.isInteger(value) ? value : this.wrong(path + name);
  }

  flag(from: JsonObject, name: string, path = ""): boolean | undefined {
    const value = from[name];
    return value === undefined || typeof value === "boolean" ? value : this.wrong(path + name);
  }

  text(from: JsonObject, name: string, maxCharacters: number, path = ""): string | undefined {
    const value = from[name];
    if (value === undefined) return undefined;
    if (typeof value === "string" && value !== "" && value.length <= maxCharacters) return value;
    return this.wrong(path + name);
  }

  choice<T extends string>(from: JsonObject, name: string, choices: readonly T[], path = ""): T | undefined {
    const value = from[name];
    if (value === undefined) return undefined;
    return choices.find((choice) => choice === value) ?? this.wrong(path + name);
  }

  /** Not empty: nothing at all is said by leaving the list out. */
  list<T>(
    from: JsonObject,
    name: string,
    maxEntries: number,
    isEntry: (value: unknown) => value is T,
    path = "",
  ): readonly T[] | undefined {
    const value = from[name];
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.length > 0 && value.length <= maxEntries && value.every(isEntry))
      return value;
    return this.wrong(path + name);
  }

  /** One of our own objects: a member that is not among `members` is a fault. */
  object(from: JsonObject, name: string, members: readonly string[], path = ""): JsonObject | undefined {
    const value = from[name];
    if (value === undefined) return undefined;
    if (!isJsonObject(value)) return this.wrong(path + name);
    for (const member of Object.keys(value)) {
      if (!members.includes(member)) return this.wrong(`${path}${name}.${member}`);
    }
    return value;
  }

  wrong(claim: string): undefined {
    this.#fault ??= claim;
    return undefined;
  }
}

/** The value without members that are undefined. */
export function defined<T extends object>(fields: { readonly [Name in keyof T]-?: T[Name] | undefined }): T {
  const value: Partial<Record<keyof T, unknown>> = {};
  for (const name of Object.keys(fields) as (keyof T)[]) {
    if (fields[name] !== undefined) value[name] = fields[name];
  }
  return value as T;
}
