// Rows to what the API shows: field by field, so that a new column, or a secret, never leaks.
import type { Delivery, DeliveryAttempt, Webhook } from "./contract.ts";
import { liveSecrets, type StoredSecret } from "./secrets.ts";
import { plainHeaders } from "./sign.ts";
import type { AttemptRow, DeliveryRow, WebhookRow } from "./store.ts";

export function toWebhook(row: WebhookRow, nowMs: number): Webhook {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    // Own columns only: what the contract let in, and what secrets.ts made.
    events: JSON.parse(row.events) as string[],
    enabled: row.enabled === 1,
    disabledReason: row.disabledReason,
    failingSince: isoOrNull(row.failingSince),
    secrets: liveSecrets(secretsIn(row), nowMs).map(({ id, createdAtMs, endsAtMs }) => ({
      id,
      createdAt: new Date(createdAtMs).toISOString(),
      endsAt: isoOrNull(endsAtMs),
    })),
    createdAt: new Date(row.createdAt).toISOString(),
    updatedAt: new Date(row.updatedAt).toISOString(),
  };
}

export function secretsIn({ secrets }: Pick<WebhookRow, "secrets">): readonly StoredSecret[] {
  return JSON.parse(secrets) as StoredSecret[];
}

export function toDelivery(row: DeliveryRow, body: string, attempts: readonly AttemptRow[]): Delivery {
  return {
    id: row.id,
    webhookId: row.webhookId,
    eventId: row.eventId,
    type: row.type,
    state: row.state,
    request: { body },
    attempts: attempts.map((attempt) => toAttempt(row.eventId, attempt)),
    nextAttemptAt: row.state === "pending" ? isoOrNull(row.dueAt) : null,
    createdAt: new Date(row.createdAt).toISOString(),
    completedAt: isoOrNull(row.completedAt),
  };
}

function toAttempt(eventId: string, row: AttemptRow): DeliveryAttempt {
  return {
    number: row.attempt,
    at: new Date(row.startedAt).toISOString(),
    durationMs: row.durationMs,
    request: { headers: { ...plainHeaders(eventId, row.startedAt) } },
    response:
      row.status === null
        ? null
        : {
            status: row.status,
            headers: JSON.parse(row.responseHeaders ?? "{}") as Record<string, string>,
            body: row.responseBody ?? "",
          },
    error: row.errorCode === null ? null : { code: row.errorCode, message: row.errorMessage ?? "" },
  };
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
