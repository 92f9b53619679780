// What stands beside picture and sound: texts, chapters, files to keep. Loaded when one is first asked for.
import { ok } from "#workers/result.ts";
import { decideDownload } from "./decide-download.ts";
import { decideMedia } from "./decide-media.ts";
import { decideSession } from "./decide-session.ts";
import type { Decided, Trail } from "./decision.ts";
import { decideGrant, type RecordCall } from "./grant.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import type { BesideRoute, TextRoute } from "./path.ts";
import { versionOf } from "./record.ts";

export function decideBeside(
  memory: PlaybackIsolate,
  call: RecordCall,
  route: BesideRoute,
  trail: Trail,
): Promise<Decided> {
  switch (route.kind) {
    case "text":
      return decideText(memory, call, route, trail);
    case "chapters":
      return decideChapters(memory, call, trail);
    case "sessionChapters":
      return decideSessionChapters(memory, call, route.session, trail);
    case "download":
      return decideDownload(memory, call, route.name, trail);
  }
}

async function decideChapters(memory: PlaybackIsolate, call: RecordCall, trail: Trail): Promise<Decided> {
  const grant = await decideGrant(memory, call, "video", trail);
  return grant.ok ? ok({ kind: "chapters", format: "webvtt", call }) : grant;
}

/** Texts are open to every session of the video: what a token limits is picture and sound. */
async function decideText(
  memory: PlaybackIsolate,
  call: RecordCall,
  { session: text, version, caption, file }: TextRoute,
  trail: Trail,
): Promise<Decided> {
  const opened = await decideSession(memory, call, text, trail);
  if (!opened.ok) return opened;
  const playable = decideMedia(call, trail);
  if (!playable.ok) return playable;
  const media = versionOf(call.record, version);
  if (media === null) return trail.refuse("track", "versionUnknown", { version });
  const entry = call.record.texts.find(({ id }) => id === caption);
  if (entry === undefined) return trail.refuse("track", "trackUnknown", { caption });
  trail.pass("track", { version, caption });
  return ok({ kind: "text", call: { ...call, media, session: opened.value, entry, file } });
}

async function decideSessionChapters(
  memory: PlaybackIsolate,
  call: RecordCall,
  session: string,
  trail: Trail,
): Promise<Decided> {
  const opened = await decideSession(memory, call, session, trail);
  return opened.ok ? ok({ kind: "chapters", format: "json", call }) : opened;
}
