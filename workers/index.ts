// The Worker. The edge path is static; everything else is behind `import()`, so that playback never waits
// for the API's libraries (workers/bundle.node.test.ts holds the line). No logic here.
import { handlePlayback } from "#workers/playback/routes.ts";
import type { Env } from "./env.ts";
import { isServedAt } from "./http/host.ts";
import { count } from "./metrics/count.ts";
import type { QueueMessage } from "./outbox/consume.ts";

export { SessionRecords } from "./analytics/session-records.ts";
export { Revocations } from "./access/revocations.ts";
export { ViewerSessions } from "./access/viewer-sessions.ts";
export { EventHub } from "./events/event-hub.ts";
export { PlaybackCounters } from "./metrics/playback-counters.ts";
export { Media } from "./playback/media-entrypoint.ts";
export { Runner } from "./transcoding/runner-container.ts";
export { TranscodeScheduler } from "./transcoding/scheduler.ts";
export { UploadSession } from "./uploads/upload-session.ts";

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    const { pathname } = url;
    if (!isServedAt(url, env.PLAYBACK_HOST)) {
      count(env, ctx, "http_requests_total", { route: "otherHost", class: "4xx" });
      const { notAtThisHost } = await import("./http/other-host.ts");
      return notAtThisHost(request);
    }
    if (pathname.endsWith("/embed")) {
      const { embeddedIdIn, embedPage } = await import("./embed/embed-page.ts");
      const playbackId = embeddedIdIn(pathname);
      if (playbackId !== null) return embedPage(request, env, playbackId);
    }
    if (pathname.startsWith("/p/")) {
      const response = await handlePlayback(request, env, ctx);
      count(env, ctx, "http_requests_total", {
        route: "/p/*",
        class: `${Math.floor(response.status / 100)}xx`,
      });
      return response;
    }
    if (isApi(pathname)) {
      const { api } = await import("./api.ts");
      return api.fetch(request, env, ctx);
    }
    const { page } = await import("./http/page.ts");
    return page(request, env);
  },

  async queue(batch, env, ctx) {
    const { consume } = await import("./outbox/consume.ts");
    await consume(batch, env, ctx);
  },

  async scheduled(controller, env) {
    const { runCron } = await import("./outbox/cron.ts");
    await runCron(env, controller.scheduledTime);
  },
} satisfies ExportedHandler<Env, QueueMessage>;

function isApi(pathname: string): boolean {
  return (
    pathname.startsWith("/v1/") ||
    pathname === "/v1" ||
    pathname.startsWith("/internal/") ||
    pathname === "/dashboard/session" ||
    pathname === "/openapi.json" ||
    pathname === "/oembed" ||
    pathname === "/.well-known/jwks.json" ||
    pathname === "/metrics" ||
    pathname === "/healthz"
  );
}
