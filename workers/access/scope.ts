// No platform types here: scripts that make the first admin key import this too.

export const scopes = [
  "admin",
  "videos:read",
  "videos:write",
  "source:read",
  "uploads:write",
  "tokens:write",
  "access:write",
  "jobs:read",
  "jobs:write",
  "webhooks:read",
  "webhooks:write",
] as const;

/** `admin` includes the others. */
export type Scope = (typeof scopes)[number];

/** Who is calling: an API key, by id. Never its secret. */
export interface Principal {
  readonly keyId: string;
  readonly scopes: readonly Scope[];
}
