// A Durable Object's SQLite as Node has it: the same engine, for thousands of runs of pure rules.
import { DatabaseSync } from "node:sqlite";

export function memorySql(): SqlStorage {
  const database = new DatabaseSync(":memory:");
  const exec = (query: string, ...bindings: (string | number | null)[]) => {
    if (bindings.length === 0 && !/^\s*(?:SELECT|UPDATE)/.test(query)) {
      database.exec(query);
      return { toArray: () => [] };
    }
    const rows = database.prepare(query).all(...bindings);
    return { toArray: () => rows };
  };
  return { exec } as unknown as SqlStorage;
}
