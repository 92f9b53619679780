// Cloudflare Stream, by its API: https://developers.cloudflare.com/api/resources/stream/
import { z } from "@hono/zod-openapi";
import type { Env } from "#workers/env.ts";
import { ok, refuse } from "#workers/result.ts";
import { ask, type Question } from "./ask.ts";
import type { Provider, ProviderFile, ProviderVideo } from "./provider.ts";

const origin = "https://api.cloudflare.com/client/v4";
/** "Lists up to 1000 videos from a single request." */
const pageSize = 1_000;

const videoSchema = z.object({
  uid: z.string().min(1).max(64),
  created: z.string().nullish(),
  creator: z.string().nullish(),
  meta: z.record(z.string(), z.unknown()).nullish(),
  requireSignedURLs: z.boolean().nullish(),
  readyToStream: z.boolean().nullish(),
  status: z.object({ state: z.string().nullish() }).nullish(),
});
const listSchema = z.object({ result: z.array(videoSchema) });

const downloadSchema = z.object({ status: z.string().nullish(), url: z.string().nullish() });
/** By the type of the download; older answers are the download itself. */
const downloadsSchema = z.object({
  result: z.object({ default: downloadSchema.nullish() }).extend(downloadSchema.shape).nullish(),
});
const tokenSchema = z.object({ result: z.object({ token: z.string().min(1) }) });

export interface StreamAccount {
  readonly accountId: string;
  readonly apiToken: string;
}

export function cloudflareStream(env: Env, { accountId, apiToken }: StreamAccount): Provider {
  const base = `${origin}/accounts/${encodeURIComponent(accountId)}/stream`;
  const question = (method: Question["method"], path: string, body?: unknown): Question => ({
    ...{ method, url: base + path, authorization: `Bearer ${apiToken}` },
    ...(body === undefined ? {} : { body }),
  });
  return {
    async list(cursor) {
      const query = new URLSearchParams({ asc: "true", limit: String(pageSize) });
      if (cursor !== null) query.set("start", cursor);
      const asked = await ask(env, question("GET", `?${query.toString()}`), listSchema);
      if (!asked.ok) return asked;
      if (asked.value === null) return refuse({ kind: "refused", code: "accountUnknown" });
      const { result } = asked.value;
      const last = result.at(-1)?.created ?? null;
      const next = result.length < pageSize || last === null ? null : justBefore(last);
      return ok({ videos: result.map(toVideo), nextCursor: next === cursor ? null : next });
    },
    async file({ id, isSigned }) {
      const path = `/${encodeURIComponent(id)}/downloads`;
      const asked = await ask(env, question("POST", path, {}), downloadsSchema);
      if (!asked.ok) return asked;
      const found = asked.value?.result;
      if (found == null) return ok(gone);
      const { status, url } = found.default ?? found;
      if (status === "error") return ok({ kind: "unavailable", code: "fileNotMade" });
      if (status !== "ready" || url == null) return ok({ kind: "preparing" });
      if (!isSigned) return ok({ kind: "ready", url });
      // A token takes the place of the id in the address of what nobody may have without one.
      const token = await ask(
        env,
        question("POST", `/${encodeURIComponent(id)}/token`, { downloadable: true }),
        tokenSchema,
      );
      if (!token.ok) return token;
      return ok(
        token.value === null ? gone : { kind: "ready", url: url.replace(id, token.value.result.token) },
      );
    },
  };
}

const gone: ProviderFile = { kind: "unavailable", code: "goneThere" };

/** Whether `start` includes its moment is not said: what comes twice is noted once. */
function justBefore(created: string): string | null {
  const ms = Date.parse(created);
  return Number.isNaN(ms) ? null : new Date(ms - 1).toISOString();
}

function toVideo({
  uid,
  created,
  creator,
  meta,
  requireSignedURLs,
  readyToStream,
  status,
}: z.infer<typeof videoSchema>): ProviderVideo {
  const { name, ...others } = meta ?? {};
  const state = status?.state ?? "";
  return {
    id: uid,
    title: typeof name === "string" ? name : "",
    creator: creator ?? null,
    createdAt: created ?? null,
    isSigned: requireSignedURLs === true,
    metadata: Object.fromEntries(
      Object.entries(others).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    ),
    skip: skipOf(state, readyToStream === true),
  };
}

function skipOf(state: string, isReady: boolean): ProviderVideo["skip"] {
  if (state === "error") return "failedThere";
  if (state === "live-inprogress") return "live";
  return isReady ? null : "notReady";
}
