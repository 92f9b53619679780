import type { Env } from "#workers/env.ts";
import type { WriteLimits } from "./decide.ts";

export interface UploadLimits extends WriteLimits {
  readonly expirySeconds: number;
}

export function limitsOf(env: Env): UploadLimits {
  return {
    maxBodyBytes: positive("MAX_BODY_BYTES", env.MAX_BODY_BYTES),
    maxUploadBytes: positive("MAX_UPLOAD_BYTES", env.MAX_UPLOAD_BYTES),
    expirySeconds: positive("UPLOAD_EXPIRY_SECONDS", env.UPLOAD_EXPIRY_SECONDS),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value <= 0) throw new Error(`${name} is not a positive integer`);
  return value;
}
