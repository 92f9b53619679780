// If-Match on what changes a resource: done only while it is as the caller has seen it. Where its row has a revision,
// one UPDATE decides: of two callers who have seen the same, one gets it. Elsewhere what GET says is compared, by one at a
// time.
import type { Context, Next } from "hono";
import { comparedFor } from "#workers/access/compared-request.ts";
import { sha256Hex } from "#workers/access/sha256.ts";
import type { ApiEnv } from "./context.ts";
import { revisionsIn, tagsIn } from "./entity-tag.ts";
import { claimTurn, release } from "./kept-answers.ts";
import { logError } from "./log.ts";
import { problemResponse } from "./problem.ts";

/** Path patterns whose last segment is the id of a row with a revision. */
const revised = [
  [/^\/v1\/videos\/([^/]+)$/, "videos"],
  [/^\/v1\/videos\/[^/]+\/playback-ids\/([^/]+)$/, "playback_ids"],
  [/^\/v1\/encoding-profiles\/([^/]+)$/, "encoding_profiles"],
] as const;

interface Row {
  readonly table: (typeof revised)[number][1];
  readonly id: string;
}

export async function onlyIfUnchanged(c: Context<ApiEnv>, next: Next): Promise<Response | void> {
  const header = c.req.header("If-Match");
  const tags = header === undefined ? null : tagsIn(header);
  // `*`: if there is anything, which the handler itself asks.
  if (tags === null) return next();
  const row = rowAt(c.req.path);
  return row === null ? comparedToGet(c, next, tags) : comparedToRow(c, next, row, revisionsIn(tags));
}

function rowAt(path: string): Row | null {
  for (const [pattern, table] of revised) {
    const [, id] = pattern.exec(path) ?? [];
    if (id !== undefined) return { table, id: decodeURIComponent(id) };
  }
  return null;
}

async function comparedToRow(
  c: Context<ApiEnv>,
  next: Next,
  { table, id }: Row,
  revisions: readonly number[],
): Promise<Response | void> {
  const { DB: db } = c.env;
  // The trigger leaves an UPDATE of the revision itself alone.
  const taken = await db
    .prepare(
      `UPDATE ${table} SET revision = revision + 1
       WHERE id = ? AND revision IN (SELECT value FROM json_each(?)) RETURNING revision`,
    )
    .bind(id, JSON.stringify(revisions))
    .first<{ revision: number }>();
  if (taken === null) {
    const known = await db.prepare(`SELECT 1 AS there FROM ${table} WHERE id = ?`).bind(id).first();
    // Of what is not there the handler tells.
    return known === null ? next() : failed(c);
  }
  await next();
  if (c.res.status < 400) return;
  // Nothing was changed: what the caller has seen is as it was, unless another one came in between.
  try {
    await db
      .prepare(`UPDATE ${table} SET revision = revision - 1 WHERE id = ? AND revision = ?`)
      .bind(id, taken.revision)
      .run();
  } catch (error) {
    logError("preconditions.notGivenBack", error, { requestId: c.var.requestId });
  }
}

async function comparedToGet(
  c: Context<ApiEnv>,
  next: Next,
  tags: readonly string[],
): Promise<Response | void> {
  const claimed = await claimTurn(c.env.DB, await sha256Hex(`If-Match ${c.req.path}`), Date.now());
  if (claimed === null) return failed(c);
  try {
    if (!(await isShown(c, tags))) return failed(c);
    await next();
  } finally {
    await release(c.env.DB, claimed).catch((error: unknown) =>
      logError("preconditions.notReleased", error, { requestId: c.var.requestId }),
    );
  }
}

/** Also what is not there, of which the handler tells. */
async function isShown(c: Context<ApiEnv>, tags: readonly string[]): Promise<boolean> {
  const { api } = await import("#workers/api.ts");
  const headers = new Headers(c.req.raw.headers);
  for (const name of ["If-Match", "If-None-Match", "Content-Length", "Content-Type"]) headers.delete(name);
  const asked = comparedFor(new Request(c.req.url, { headers }), c.var.principal);
  const shown = await api.fetch(asked, c.env, c.executionCtx);
  await shown.body?.cancel();
  if (shown.status === 404) return true;
  const tag = shown.headers.get("ETag");
  return tag !== null && tags.includes(tag);
}

function failed(c: Context<ApiEnv>): Response {
  return problemResponse("preconditionFailed", {
    requestId: c.var.requestId,
    detail: "It has changed since, is being changed, or was never so: get it again.",
  });
}
