// The table that `npm run bench` prints, and bench/results.json.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/setup.mjs";

export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly baseline: number | null;
  /** value / baseline, from paired rounds. */
  readonly ratio: number | null;
  /** As text: "ratio >= 0.85", "value <= 0.05". */
  readonly aim: string;
  readonly met: boolean;
  readonly cpuMsPerRequest?: number;
  readonly note?: string;
}

const path = join(root, "bench", "results.json");

const rounded = (value: number) => Number(value.toPrecision(4));

/** Replaces the rows that were measured now and keeps the others. */
export function writeResults(measured: readonly Result[]): void {
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Result[]) : [];
  const names = new Set(measured.map((result) => result.name));
  const rows = [...before.filter((result) => !names.has(result.name)), ...measured].map((result) => ({
    ...result,
    value: rounded(result.value),
    baseline: result.baseline === null ? null : rounded(result.baseline),
    ratio: result.ratio === null ? null : rounded(result.ratio),
  }));
  rows.sort((a, b) => (a.name < b.name ? -1 : 1));
  writeFileSync(path, `${JSON.stringify(rows, null, 2)}\n`);
}

export function printResults(results: readonly Result[]): void {
  const header = ["name", "value", "baseline", "ratio", "aim", "met", "note"];
  const rows = results.map((result) => [
    result.name,
    `${rounded(result.value)} ${result.unit}`,
    result.baseline === null ? "" : `${rounded(result.baseline)} ${result.unit}`,
    result.ratio === null ? "" : String(rounded(result.ratio)),
    result.aim,
    result.met ? "yes" : "NO",
    result.note ?? "",
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of [header, ...rows])
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}
