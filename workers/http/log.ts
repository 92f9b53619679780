// One structured line per fact. Never a token, key, session MAC or signed URL: fields are chosen by the
// caller, so nothing is logged wholesale (no headers, no URLs with queries).

type Field = string | number | boolean | null | undefined;

export type LogLevel = "info" | "warn" | "error";

export function log(level: LogLevel, event: string, fields: Readonly<Record<string, Field>> = {}): void {
  const line = JSON.stringify({ level, event, ...fields });
  if (level === "error") console.error(line);
  else if (level === "warn") console.warn(line);
  else console.log(line);
}

/** The message and the frames of our own code, which hold no values of the request. */
export function logError(event: string, error: unknown, fields: Readonly<Record<string, Field>> = {}): void {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  log("error", event, { ...fields, message, stack });
}
