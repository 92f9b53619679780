// What a backup is made of and restored into: a local stack's folder, or a deployment in an account.
import type { Bucket } from "./bucket.ts";
import type { Deployment } from "./deployment.ts";
import type { Row } from "./rows.ts";

export interface Tables {
  /** In full; of a moment in which nothing was written between two tables. */
  rows(table: string): Iterable<Row> | AsyncIterable<Row>;
  readonly names: readonly string[];
  readonly migrations: readonly string[];
  close(): void;
}

export interface Target {
  readonly deployment: Deployment;
  readonly bucket: Bucket;
  dump(): Promise<Tables>;
  query(sql: string): Promise<readonly Row[]>;
  /** All of it holds, or none. */
  execute(script: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export const namesOfTables =
  "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND name <> 'd1_migrations' ORDER BY name";
export const namesOfMigrations = "SELECT name FROM d1_migrations ORDER BY id";
