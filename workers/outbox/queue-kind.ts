// Pure. Which consumer a queue is for, by the end of its name: what stands before it tells the environment.
const kinds = ["transcode-priority", "transcode", "erase", "webhooks"] as const;

export type QueueKind = (typeof kinds)[number] | `${(typeof kinds)[number]}-dead`;

/** Null: no queue of this Worker. */
export function queueKind(name: string): QueueKind | null {
  if (!name.startsWith("sluice-")) return null;
  const all = kinds.flatMap((kind) => [kind, `${kind}-dead`] as const);
  return all.find((kind) => name.endsWith(`-${kind}`)) ?? null;
}
