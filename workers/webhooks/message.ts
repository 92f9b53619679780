import type { OutboxMessage } from "#workers/outbox/outbox.ts";

export type EventMessage = Extract<OutboxMessage, { readonly kind: "event" }>;

/** The row of the delivery is what counts: a message only says that it is time for this attempt of it. */
export interface DeliverMessage {
  readonly kind: "deliver";
  readonly deliveryId: string;
  /** The one that is to be made; another one's message is late. */
  readonly attempt: number;
}

export type WebhookMessage = EventMessage | DeliverMessage;
