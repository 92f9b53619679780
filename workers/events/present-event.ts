// From the outbox row of an event to what is told of it, by the origin that its URLs are to have.
import type { Sites } from "#workers/http/host.ts";
import { toUploadEntry } from "#workers/uploads/present.ts";
import { toVideo } from "#workers/videos/present.ts";
import { readUploadSnapshot, readVideoSnapshot } from "./snapshot.ts";

export interface CommittedEvent {
  readonly eventId: string;
  readonly type: string;
  readonly atMs: number;
  readonly resource: string;
}

export function eventBody({ eventId, type, atMs, resource }: CommittedEvent, sites: Sites): string {
  const timestamp = new Date(atMs).toISOString();
  return JSON.stringify({ id: eventId, type, timestamp, data: dataOf(type, resource, sites) });
}

function dataOf(type: string, resource: string, sites: Sites): unknown {
  if (type.startsWith("video.")) return toVideo(readVideoSnapshot(resource), sites);
  if (type.startsWith("upload.")) return toUploadEntry(readUploadSnapshot(resource));
  // Own rows only: what whoever emitted it showed.
  return JSON.parse(resource);
}
