// Regular expressions with flags are no patterns of JSON Schema, and come here with the flags behind a slash. Many readers
// know none, not even `u`: of such a one only what it describes in words is left.
export function withPlainPatterns<T>(document: T): T {
  return JSON.parse(JSON.stringify(document, plain)) as T;
}

function plain(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("pattern" in value)) return value;
  const { pattern, ...rest } = value;
  return typeof pattern === "string" && /\$\/[a-z]+$/.test(pattern) ? rest : value;
}
