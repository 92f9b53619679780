// What Workers Cache stands before, where it is enabled: canonical URLs only, asked for by our own code after the
// viewer was let in, and reachable by nobody else. Every isolate that plays holds this class, so it holds nothing.
import { WorkerEntrypoint } from "cloudflare:workers";
import type { Env } from "#workers/env.ts";

export class Media extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const { answerBehindCache } = await import("./behind-cache.ts");
    return answerBehindCache(request, this.env, this.ctx);
  }
}
