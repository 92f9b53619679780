// One JSON line per fact. Fields are chosen by the caller: never a token, a URL or a path that names one.

type Field = string | number | boolean | null | undefined;

export type LogLevel = "info" | "warn" | "error";

export function log(level: LogLevel, event: string, fields: Readonly<Record<string, Field>> = {}): void {
  const line = JSON.stringify({ time: new Date().toISOString(), level, event, ...fields });
  if (level === "error") console.error(line);
  else if (level === "warn") console.warn(line);
  else console.log(line);
}

/** The text of an error without what it may quote: URLs carry signatures. */
export function safeMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${text}${cause}`.replaceAll(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, "(url)").slice(0, 2000);
}
