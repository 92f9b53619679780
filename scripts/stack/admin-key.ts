// The first API key of a deployment, local or remote: made here, stored as its hash.
import { newApiKey } from "#workers/access/new-api-key.ts";

export interface AdminKey {
  /** What the person keeps; it is stored nowhere. */
  readonly token: string;
  readonly sql: string;
}

export async function newAdminKey(name: string): Promise<AdminKey> {
  const { token, row } = await newApiKey(Date.now(), name, ["admin"]);
  // Every value is ours (id, hash, JSON of scope names, a fixed name), so quoting by hand is safe.
  const literal = (value: string | number) =>
    typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;
  const columns = Object.keys(row).join(", ");
  const values = Object.values(row).map(literal).join(", ");
  return { token, sql: `INSERT INTO api_keys (${columns}) VALUES (${values})` };
}
