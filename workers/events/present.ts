import type { StoredEvent, ToldEvent } from "./live-contract.ts";

export function toToldEvent({ sequence, event }: StoredEvent): ToldEvent {
  const { atMs, ...rest } = event;
  return { ...rest, sequence, at: new Date(atMs).toISOString() };
}
