import { env } from "cloudflare:workers";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { expect, it } from "vitest";
import * as schema from "./schema.ts";

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

const tables: readonly SQLiteTable[] = Object.values(schema);

it.each(tables.map((table) => [getTableConfig(table).name, getTableConfig(table)] as const))(
  "%s is described to drizzle as the migrations make it",
  async (name, table) => {
    const migrated = await env.DB.prepare(`SELECT name, type, "notnull", pk FROM pragma_table_info(?)`)
      .bind(name)
      .all<Column>();
    const keys = table.primaryKeys.flatMap((key) => key.columns.map((column) => column.name));
    const described = table.columns.map((column) => ({
      name: column.name,
      type: column.getSQLType().toUpperCase(),
      required: column.notNull,
      key: column.primary || keys.includes(column.name),
    }));
    expect(described).toEqual(
      migrated.results.map((column) => ({
        name: column.name,
        type: column.type,
        // SQLite lets a TEXT primary key be NULL unless told otherwise; nothing here ever writes one.
        required: column.notnull === 1 || column.pk > 0,
        key: column.pk > 0,
      })),
    );
  },
);
