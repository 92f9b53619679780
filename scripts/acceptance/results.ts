// docs/acceptance.json: one row a check, replaced when the check is run again.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup.mjs";

export type Measure = number | string | boolean | readonly number[] | readonly string[];

export interface CheckResult {
  readonly name: string;
  readonly command: string;
  readonly passed: boolean;
  readonly measured: Readonly<Record<string, Measure>>;
  readonly seconds: number;
}

const path = join(root, "docs", "acceptance.json");

export function writeResult(result: CheckResult): void {
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as CheckResult[]) : [];
  const rows = [...before.filter(({ name }) => name !== result.name), result];
  rows.sort((a, b) => (a.name < b.name ? -1 : 1));
  writeFileSync(path, `${JSON.stringify(rows, null, 2)}\n`);
}
