// Pure. What the maker of an upload's URL allows whoever has it, beyond what the deployment allows everybody.
import type { Refusal } from "./session.ts";

export interface UploadTerms {
  readonly maxSizeBytes: number | null;
  readonly maxDurationSeconds: number | null;
  /** An absolute end, which writes do not put off. */
  readonly endsAtMs: number | null;
  /** Empty: pages of any origin. */
  readonly allowedOrigins: readonly string[];
}

export const noTerms: UploadTerms = {
  maxSizeBytes: null,
  maxDurationSeconds: null,
  endsAtMs: null,
  allowedOrigins: [],
};

/** The last picture may be shown a moment longer than a clock said; nobody means to refuse a film for that. */
export const toleratedSeconds = 0.5;

export function lastsTooLong(terms: UploadTerms, durationSeconds: number): boolean {
  return terms.maxDurationSeconds !== null && durationSeconds > terms.maxDurationSeconds + toleratedSeconds;
}

/** `https://app.example`, or `https://*.example` for any name below. No path, and no default port spelled out. */
export function isOriginPattern(text: string): boolean {
  const concrete = text.replace("://*.", "://wildcard.");
  if (!/^https?:\/\//.test(concrete) || concrete.includes("*") || !URL.canParse(concrete)) return false;
  return new URL(concrete).origin === concrete;
}

/**
 * A page can't forge `Origin` (Fetch standard, forbidden request-header), and sends it with every PUT, PATCH and DELETE.
 * Who sends none is no page: that the URL got there was for its keeper to prevent.
 */
export function originRefusal(terms: UploadTerms, origin: string | null): Refusal | null {
  if (origin === null || terms.allowedOrigins.length === 0) return null;
  if (terms.allowedOrigins.some((pattern) => matches(pattern, origin))) return null;
  return {
    code: "uploadOriginNotAllowed",
    detail: `Pages of ${origin.slice(0, 200)} may not use this upload.`,
  };
}

function matches(pattern: string, origin: string): boolean {
  const [scheme = "", host = ""] = pattern.split("://", 2);
  if (!host.startsWith("*.")) return pattern === origin;
  const prefix = `${scheme}://`;
  return origin.startsWith(prefix) && origin.length > pattern.length - 1 && origin.endsWith(host.slice(1));
}
