// Why something was refused, in words for whoever sits before it. Pure.
import type { Refusal } from "../api.ts";

export function refusalWords({ status, code, detail }: Refusal): string {
  if (status === 0) return "The connection was lost. Try again.";
  if (status === 401) return "You are signed out.";
  if (status === 403) return detail ?? "The key that you signed in with may not do this.";
  if (status === 404) return "It is not there, or not any more.";
  if (status === 429) return "That was too often. Wait a minute, and try again.";
  if (status >= 500) return "The server could not answer just now. Try again.";
  return detail ?? `It was refused (${code ?? status}).`;
}
