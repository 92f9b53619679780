// Which scope shows a page: that of what it asks the API first. Pure.
import type { Scope } from "#workers/access/scope.ts";
import type { Route } from "./route.ts";

type Page = Exclude<Route["page"], "unknown">;

const scopes: Readonly<Record<Page, Scope>> = {
  videos: "videos:read",
  video: "videos:read",
  upload: "uploads:write",
  jobs: "jobs:read",
  creators: "videos:read",
  webhooks: "webhooks:read",
  webhook: "webhooks:read",
  settings: "videos:read",
  "api-keys": "admin",
  "audit-log": "admin",
  doctor: "admin",
};

/** Null: anybody who is signed in. */
export function scopeOf(page: Route["page"]): Scope | null {
  return page === "unknown" ? null : scopes[page];
}
