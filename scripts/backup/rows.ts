// Pure. A row of SQLite as a line of JSON and as SQL.

/** Bytes as `{"base64": …}`. */
export type Value = string | number | null | { readonly base64: string };
export type Row = Readonly<Record<string, Value>>;

/** As D1 (bytes are an array of numbers) or node:sqlite gives it. */
export function toRow(read: Readonly<Record<string, unknown>>): Row {
  return Object.fromEntries(Object.entries(read).map(([column, value]) => [column, toValue(column, value)]));
}

function toValue(column: string, value: unknown): Value {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return { base64: Buffer.from(value as readonly number[]).toString("base64") };
  if (value instanceof ArrayBuffer) return { base64: Buffer.from(value).toString("base64") };
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return { base64: bytes.toString("base64") };
  }
  throw new Error(`column ${column} holds a ${typeof value}`);
}

/** Of a column that holds text in every row. */
export function textsOf(rows: readonly Row[], column: string): readonly string[] {
  return rows.map((row) => textOf(row, column));
}

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new Error(`${column} is no text`);
  return value;
}

/** D1 takes statements of 100,000 bytes at most. */
const maxStatementBytes = 60_000;
/** Longer values are written in pieces. */
const maxPieceBytes = 20_000;

const name = (text: string) => `"${text.replaceAll('"', '""')}"`;
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A NUL ends a statement early, whatever stands behind it. */
function textLiteral(text: string): string {
  if (!text.includes("\0")) return quoted(text);
  return `CAST(X'${Buffer.from(text).toString("hex")}' AS TEXT)`;
}

export function literal(value: Value): string {
  if (value === null) return "NULL";
  if (typeof value === "number") return Object.is(value, -0) ? "0" : String(value);
  if (typeof value === "string") return textLiteral(value);
  return `X'${Buffer.from(value.base64, "base64").toString("hex")}'`;
}

const bytesOf = (value: Value) => Buffer.byteLength(literal(value));

/** Statements that write the rows. `key`: the columns of the primary key, by which a long value is put together. */
export function* inserts(table: string, key: readonly string[], rows: Iterable<Row>): Generator<string> {
  let columns = "";
  let tuples: string[] = [];
  let bytes = 0;
  const flush = () => `INSERT INTO ${name(table)} (${columns}) VALUES ${tuples.join(",\n")}`;
  for (const row of rows) {
    const long = Object.entries(row).filter(([, value]) => bytesOf(value) > maxPieceBytes);
    const short = Object.entries(row).map(([column, value]): readonly [string, Value] => [
      column,
      long.some(([other]) => other === column) ? (typeof value === "string" ? "" : { base64: "" }) : value,
    ]);
    const theirs = short.map(([column]) => name(column)).join(", ");
    const tuple = `(${short.map(([, value]) => literal(value)).join(", ")})`;
    const size = Buffer.byteLength(tuple) + 2;
    if (tuples.length > 0 && (theirs !== columns || bytes + size > maxStatementBytes)) {
      yield flush();
      tuples = [];
      bytes = 0;
    }
    columns = theirs;
    tuples.push(tuple);
    bytes += size;
    if (long.length > 0) {
      yield flush();
      tuples = [];
      bytes = 0;
      for (const [column, value] of long) yield* pieces(table, key, row, column, value);
    }
  }
  if (tuples.length > 0) yield flush();
}

function* pieces(
  table: string,
  key: readonly string[],
  row: Row,
  column: string,
  value: Value,
): Generator<string> {
  if (key.length === 0) throw new Error(`${table} has a long value and no primary key`);
  const where = key.map((part) => `${name(part)} IS ${literal(row[part] ?? null)}`).join(" AND ");
  const isText = typeof value === "string";
  const bytes = isText
    ? Buffer.from(value)
    : Buffer.from(value !== null && typeof value === "object" ? value.base64 : "", "base64");
  for (let from = 0; from < bytes.length; from += maxPieceBytes) {
    const hex = bytes.subarray(from, from + maxPieceBytes).toString("hex");
    // Joined as bytes: a piece may end inside a character.
    const joined = `CAST(${name(column)} AS BLOB) || X'${hex}'`;
    yield `UPDATE ${name(table)} SET ${name(column)} = CAST(${joined} AS ${isText ? "TEXT" : "BLOB"}) WHERE ${where}`;
  }
}
