// Single numbers that the board keeps.
export type FigureName =
  | "claims"
  | `level ${number}`
  /** 1: no task is given out. */
  | "paused"
  | "measuredSeconds"
  | "measuredWeight";

export class Figures {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(name: FigureName): number {
    const query = "SELECT value FROM figures WHERE name = ?";
    return this.#sql.exec<{ value: number }>(query, name).toArray()[0]?.value ?? 0;
  }

  set(name: FigureName, value: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO figures VALUES (?, ?)", name, value);
  }
}
