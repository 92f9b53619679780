// Stands before the built Worker in raw workerd. D1 and R2 are answered from memory, which only the first
// request for a video asks; what is measured comes after it and touches no binding.
import product from "#workers/index.ts";
import type { Env } from "#workers/env.ts";

export * from "#workers/index.ts";

interface BenchEnv extends Env {
  /** JSON: the row that the one query of a playback id gives, of whichever; each is a video of its own. */
  readonly row: ArrayBuffer;
  /** JSON: rows of signing keys, by their ids. */
  readonly signingKeys: ArrayBuffer;
  /** Index objects, by the last part of their key without the extension. */
  readonly [track: string]: unknown;
}

let memory: Env | undefined;

const readJson = (bytes: ArrayBuffer) =>
  JSON.parse(new TextDecoder().decode(bytes)) as Readonly<Record<string, unknown>>;

function withMemory(env: BenchEnv): Env {
  const row = readJson(env.row);
  const keys = readJson(env.signingKeys);
  const statement = (sql: string) => ({
    bind: (id: string) => ({
      first: () => Promise.resolve(sql.includes("signing_keys") ? (keys[id] ?? null) : rowOf(id)),
    }),
  });
  // By the first letter of the id: a bench asks for public ones and for signed ones.
  const rowOf = (id: string) => ({
    ...row,
    policy: id.startsWith("S") ? "signed" : "public",
    video_id: `vid_${id}`,
  });
  const database = { withSession: () => ({ prepare: statement }) };
  const bucket = {
    get: (key: string) => {
      const bytes = env[key.slice(key.lastIndexOf("/") + 1, -".bin".length)];
      return Promise.resolve(bytes === undefined ? null : { arrayBuffer: () => Promise.resolve(bytes) });
    },
  };
  // As much of the two as the edge path asks for.
  return { ...env, DB: database as unknown as D1Database, MEDIA: bucket as unknown as R2Bucket };
}

export default {
  fetch: (request, env, ctx) => product.fetch(request, (memory ??= withMemory(env)), ctx),
} satisfies ExportedHandler<BenchEnv>;
