import { z } from "@hono/zod-openapi";

export const checkNames = [
  "database",
  "schema",
  "bucket",
  "durableObjects",
  "secrets",
  "sealedSecrets",
  "settings",
  "rateLimits",
  "bucketCors",
  "cache",
  "clock",
  "queues",
  "cron",
  "outbox",
  "erasing",
  "runners",
  "deadLetters",
  "webhooks",
] as const;
export type CheckName = (typeof checkNames)[number];

const states = ["ok", "warning", "failed"] as const;
export type CheckState = (typeof states)[number];

const checkSchema = z
  .object({
    name: z.enum(checkNames),
    state: z.enum(states),
    summary: z.string().openapi({ description: "What was found, for a person." }),
    mend: z.string().nullable().openapi({ description: "What to do about it; null where it is ok." }),
    durationMs: z.int().openapi({ description: "How long it took to find out." }),
  })
  .openapi("DoctorCheck", {
    example: {
      name: "cron",
      state: "failed",
      summary: "The cron ran last 14 minutes ago.",
      mend: "Deploy again: `[triggers] crons` of wrangler.toml makes it run every minute.",
      durationMs: 4,
    },
  });
export type DoctorCheck = z.infer<typeof checkSchema>;

export const doctorReportSchema = z
  .object({
    state: z.enum(states).openapi({ description: "The worst of the checks." }),
    checkedAt: z.iso.datetime(),
    release: z.string().openapi({ description: "Of the Worker.", example: "0.1.0" }),
    sealingKeyFingerprint: z.string().openapi({
      description: "A short name of SEALING_KEY, by which backups say which one they need.",
      example: "5d41402abc4b2a76",
    }),
    checks: z.array(checkSchema),
  })
  .openapi("DoctorReport");
export type DoctorReport = z.infer<typeof doctorReportSchema>;
