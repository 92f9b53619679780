// From the outbox row of an event to what is told of it, by the origin that its URLs are to have.
import { readAudioTrackSnapshot } from "#workers/audio-tracks/snapshot.ts";
import { toCaption } from "#workers/captions/present.ts";
import { readCaptionSnapshot } from "#workers/captions/snapshot.ts";
import type { Sites } from "#workers/http/host.ts";
import { toImport } from "#workers/imports/present.ts";
import { toUploadEntry } from "#workers/uploads/present.ts";
import { toVideo } from "#workers/videos/present.ts";
import { readImportSnapshot, readUploadSnapshot, readVideoSnapshot } from "./snapshot.ts";

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
  // No other than its commit's: how far it is now is none of the event's business.
  if (type.startsWith("import.")) return toImport(readImportSnapshot(resource), null);
  if (type.startsWith("caption.")) {
    const { videoId, caption } = readCaptionSnapshot(resource);
    return { videoId, ...toCaption(caption, videoId, sites) };
  }
  if (type.startsWith("audioTrack.")) return readAudioTrackSnapshot(resource);
  // Own rows only: what whoever emitted it showed.
  return JSON.parse(resource);
}
