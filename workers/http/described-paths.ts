// The paths of the document whose routes are matched by hand, or are plain ones. What they answer is tested where
// they are.
import { embedPaths } from "#workers/embed/described-paths.ts";
import { playbackPaths } from "#workers/playback/described-paths.ts";
import { uploadPaths } from "#workers/uploads/described-paths.ts";
import { problem } from "./described.ts";

const parts = { type: "string", enum: ["d1", "r2"] };

const operatingPaths = {
  "/healthz": {
    get: {
      operationId: "getHealth",
      tags: ["operations"],
      security: [],
      summary: "Ask whether the database and the bucket answer",
      responses: {
        200: {
          description: "They do.",
          content: {
            "application/json": {
              schema: { type: "object", properties: { status: { const: "ok" } }, required: ["status"] },
            },
          },
        },
        503: {
          description: "Those that don't.",
          content: {
            "application/json": {
              schema: {
                type: "object",
                properties: { status: { const: "failing" }, failing: { type: "array", items: parts } },
                required: ["status", "failing"],
              },
            },
          },
        },
      },
    },
  },
  "/metrics": {
    get: {
      operationId: "getMetrics",
      tags: ["operations"],
      security: [{ metricsToken: [] }],
      summary: "Read the counters of all isolates, for Prometheus",
      responses: {
        200: {
          description: "As text, or as OpenMetrics where `Accept` asks for it.",
          content: {
            "text/plain": { schema: { type: "string" } },
            "application/openmetrics-text": { schema: { type: "string" } },
          },
        },
        401: problem("`unauthenticated`: it takes `METRICS_TOKEN`, no API key"),
      },
    },
  },
  "/openapi.json": {
    get: {
      operationId: "getOpenApi",
      tags: ["operations"],
      security: [],
      summary: "This document",
      responses: {
        200: {
          description: "OpenAPI 3.1.",
          content: {
            "application/json": {
              schema: {
                type: "object",
                properties: { openapi: { type: "string", example: "3.1.0" } },
                required: ["openapi"],
              },
            },
          },
        },
      },
    },
  },
};

export const describedPaths = { ...uploadPaths, ...playbackPaths, ...embedPaths, ...operatingPaths };
