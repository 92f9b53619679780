// The API, loaded at the first request that needs it. Mounts each domain's routes; what all of them share
// (request ids, log, CORS, errors) happens here once.
import { auditLog } from "./audit/audit-log.ts";
import { auditRoutes } from "./audit/routes.ts";
import { cors } from "./http/cors.ts";
import { accessLog } from "./http/access-log.ts";
import { apiRoutes } from "./http/api-routes.ts";
import { answerError, answerNotFound } from "./http/errors.ts";
import { entityTags } from "./http/entity-tags.ts";
import { health } from "./http/health.ts";
import { openApiDocument } from "./http/openapi.ts";
import { operationsOf } from "./http/operations.ts";
import { rateLimitPolicy } from "./http/rate-limit-policy.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { playbackSessionRoutes } from "./analytics/routes.ts";
import { dashboardSessionRoutes } from "./access/dashboard-session-routes.ts";
import { revocationRoutes } from "./access/revocations-routes.ts";
import { apiKeyRoutes } from "./access/routes.ts";
import { eventRoutes } from "./events/routes.ts";
import { signingKeyRoutes } from "./access/signing-key-routes.ts";
import { tokenRoutes } from "./access/token-routes.ts";
import { doctorRoutes } from "./doctor/routes.ts";
import { oembed } from "./embed/oembed.ts";
import { metricsRoute } from "./metrics/routes.ts";
import { jobRoutes } from "./transcoding/job-routes.ts";
import { profileRoutes } from "./transcoding/profile-routes.ts";
import { runnerRoutes } from "./transcoding/routes.ts";
import { runnerTokenRoutes } from "./transcoding/runner-token-routes.ts";
import { directUploadRoutes } from "./uploads/direct-routes.ts";
import { importRoutes } from "./imports/routes.ts";
import { uploadRoutes } from "./uploads/routes.ts";
import { tusRoutes } from "./uploads/tus-routes.ts";
import { captionRoutes } from "./captions/routes.ts";
import { audioTrackRoutes } from "./audio-tracks/routes.ts";
import { quotaRoutes } from "./quotas/routes.ts";
import { usageRoutes } from "./usage/routes.ts";
import { chapterRoutes } from "./chapters/routes.ts";
import { clipRoutes } from "./clips/routes.ts";
import { downloadRoutes } from "./downloads/routes.ts";
import { encodeRoutes } from "./videos/encode-routes.ts";
import { playbackIdRoutes } from "./videos/playback-id-routes.ts";
import { purgeRoutes } from "./videos/purge-routes.ts";
import { videoRoutes } from "./videos/routes.ts";
import { deliveryRoutes } from "./webhooks/delivery-routes.ts";
import { webhookRoutes } from "./webhooks/routes.ts";
import { subtitleRoutes } from "./videos/subtitle-routes.ts";

export const api = apiRoutes();

api.use(accessLog);
api.use(securityHeaders);
api.use("/v1/*", cors);
api.use("/v1/*", rateLimitPolicy);
api.use("/v1/*", entityTags);
api.use("/v1/*", auditLog(operationsOf(() => api)));

api.route("/", videoRoutes);
api.route("/", playbackIdRoutes);
api.route("/", purgeRoutes);
api.route("/", subtitleRoutes);
api.route("/", captionRoutes);
api.route("/", clipRoutes);
api.route("/", chapterRoutes);
api.route("/", audioTrackRoutes);
api.route("/", downloadRoutes);
api.route("/", usageRoutes);
api.route("/", quotaRoutes);
api.route("/", encodeRoutes);
api.route("/", profileRoutes);
api.route("/", apiKeyRoutes);
api.route("/", signingKeyRoutes);
api.route("/", tokenRoutes);
api.route("/", revocationRoutes);
api.route("/", uploadRoutes);
api.route("/", directUploadRoutes);
api.route("/", tusRoutes);
api.route("/", importRoutes);
api.route("/", playbackSessionRoutes);
api.route("/", jobRoutes);
api.route("/", eventRoutes);
api.route("/", runnerTokenRoutes);
api.route("/", webhookRoutes);
api.route("/", deliveryRoutes);
api.route("/", auditRoutes);
api.route("/", doctorRoutes);
api.route("/internal/v1", runnerRoutes);
api.route("/", dashboardSessionRoutes);

api.get("/healthz", health);
api.get("/metrics", metricsRoute);
api.use("/oembed", cors);
api.get("/oembed", oembed);
api.get("/openapi.json", (c) =>
  c.json(openApiDocument(api), 200, { "Cache-Control": "public, max-age=300" }),
);

api.onError(answerError);
api.notFound((c) => answerNotFound(c, api.routes));
