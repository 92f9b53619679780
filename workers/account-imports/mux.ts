// Mux, by its API: https://www.mux.com/docs/api-reference/video/assets
import { z } from "@hono/zod-openapi";
import type { Env } from "#workers/env.ts";
import { ok, refuse } from "#workers/result.ts";
import { ask, type Question } from "./ask.ts";
import type { Provider, ProviderVideo } from "./provider.ts";

const origin = "https://api.mux.com/video/v1/assets";
const pageSize = 100;

const assetSchema = z.object({
  id: z.string().min(1).max(128),
  status: z.string(),
  created_at: z.union([z.string(), z.number()]).nullish(),
  is_live: z.boolean().nullish(),
  passthrough: z.string().nullish(),
  meta: z
    .object({
      title: z.string().nullish(),
      creator_id: z.string().nullish(),
      external_id: z.string().nullish(),
    })
    .nullish(),
  playback_ids: z.array(z.object({ policy: z.string() })).nullish(),
  master: z.object({ status: z.string().nullish(), url: z.string().nullish() }).nullish(),
});
const listSchema = z.object({ data: z.array(assetSchema), next_cursor: z.string().nullish() });
const oneSchema = z.object({ data: assetSchema });

export interface MuxEnvironment {
  readonly tokenId: string;
  readonly tokenSecret: string;
}

export function mux(env: Env, { tokenId, tokenSecret }: MuxEnvironment): Provider {
  const authorization = `Basic ${btoa(`${tokenId}:${tokenSecret}`)}`;
  const question = (method: Question["method"], path: string, body?: unknown): Question => ({
    ...{ method, url: origin + path, authorization },
    ...(body === undefined ? {} : { body }),
  });
  return {
    async list(cursor) {
      const query = new URLSearchParams({ limit: String(pageSize) });
      if (cursor !== null) query.set("cursor", cursor);
      const asked = await ask(env, question("GET", `?${query.toString()}`), listSchema);
      if (!asked.ok) return asked;
      if (asked.value === null) return refuse({ kind: "refused", code: "accountUnknown" });
      const { data, next_cursor } = asked.value;
      return ok({ videos: data.map(toVideo), nextCursor: next_cursor ?? null });
    },
    async file({ id }) {
      const path = `/${encodeURIComponent(id)}`;
      const asked = await ask(env, question("GET", path), oneSchema);
      if (!asked.ok) return asked;
      if (asked.value === null) return ok({ kind: "unavailable", code: "goneThere" });
      const master = asked.value.data.master;
      if (master?.status === "errored") return ok({ kind: "unavailable", code: "fileNotMade" });
      if (master?.status === "ready" && master.url != null) return ok({ kind: "ready", url: master.url });
      if (master?.status === "preparing") return ok({ kind: "preparing" });
      // "A URL will be created that can be used to download the master version for 24 hours."
      const wanted = await ask(
        env,
        question("PUT", `${path}/master-access`, { master_access: "temporary" }),
        oneSchema,
      );
      return wanted.ok ? ok({ kind: "preparing" }) : wanted;
    },
  };
}

function toVideo({
  id,
  status,
  created_at,
  is_live,
  passthrough,
  meta,
  playback_ids,
}: z.infer<typeof assetSchema>): ProviderVideo {
  const seconds = Number(created_at ?? NaN);
  return {
    id,
    title: meta?.title ?? "",
    creator: meta?.creator_id ?? null,
    createdAt: Number.isFinite(seconds) ? new Date(seconds * 1_000).toISOString() : null,
    isSigned:
      (playback_ids ?? []).length > 0 && !(playback_ids ?? []).some(({ policy }) => policy === "public"),
    metadata: {
      ...(passthrough == null ? {} : { passthrough }),
      ...(meta?.external_id == null ? {} : { externalId: meta.external_id }),
    },
    skip:
      is_live === true
        ? "live"
        : status === "ready"
          ? null
          : status === "errored"
            ? "failedThere"
            : "notReady",
  };
}
