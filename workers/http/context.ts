import type { Principal } from "#workers/access/scope.ts";
import type { AuditActor } from "#workers/audit/entry.ts";
import type { Env } from "#workers/env.ts";
import type { RunnerScope } from "#workers/transcoding/runner-scope.ts";

/** The Hono environment of every API route. */
export interface ApiEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    principal: Principal;
    /** Of the row that the answer shows, where it has one: part of its ETag, and what If-Match is held against. */
    revision?: number;
    /** The answer is an earlier one, given again: nothing was changed by this request. */
    replayed?: boolean;
    /** Who changes something without being the principal. */
    auditActor?: AuditActor;
    /** Of a runner's calls: the limits of its token; null for the fleet's own. */
    runner: RunnerScope | null;
  };
}
