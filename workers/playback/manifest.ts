// Manifests: the multivariant playlist and the MPD, made for one viewer because they carry a session. They
// are printed once and cut where the session goes, so that a viewer costs a signature and a join.
import { count } from "#workers/metrics/count.ts";
import { printMultivariant } from "#workers/packaging/hls/multivariant.ts";
import { ok } from "#workers/result.ts";
import type { Timeline } from "#workers/timeline/timeline.ts";
import { no, type Answer, type ManifestCall } from "./call.ts";
import { chosenTimeline } from "./choose.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import { isListable } from "./playlist.ts";
import { offeredSlice } from "./offered-slice.ts";
import { printForOne } from "./printed.ts";
import { cacheControl, contentTypes, type CacheTier } from "./headers.ts";
import { mintSession } from "./session.ts";
import { respondText, textHeaders } from "./text-answer.ts";

const headersOf = {
  multivariant: textHeaders(contentTypes.multivariant, cacheControl.manifest, null),
  mpd: textHeaders(contentTypes.mpd, cacheControl.manifest, null),
} as const;
const viewFormats = { multivariant: "hls", mpd: "dash" } as const;

/** Stands where the session goes while a manifest is printed. A control character: no title can hold it. */
const sessionMark = "\u0001";

export async function answerManifest(isolate: PlaybackIsolate, call: ManifestCall): Promise<Answer> {
  const { request, env, ctx, nowMs, record, media, kind } = call;
  const { choice } = call;
  let template = peekTemplate(isolate, call);
  const tier: CacheTier = template === undefined ? "origin" : "isolate";
  if (template === undefined) {
    const loaded = await isolate.timelines.timeline(media, env, ctx, nowMs);
    if (loaded === null) return no("bytesMissing");
    const timeline = chosenTimeline(offeredSlice(loaded.timeline, choice.slice), choice);
    if (!isListable(timeline, choice.g)) return no("notYetPlayable");
    if (kind === "mpd" && !timeline.complete) return no("notYetComplete");
    const mpd = kind === "mpd" ? (isolate.mpd ??= await import("#workers/packaging/dash/mpd.ts")) : null;
    template = printTemplate(timeline, call, mpd);
    isolate.templates.set(templateName(call, loaded.revision), template, 2 * template.join("").length + 500);
  }
  const keys = isolate.keyring.peek(env.SESSION_KEYS) ?? (await isolate.keyring.of(env.SESSION_KEYS));
  const session = await mintSession(call.session, record.playbackId, keys);
  if (request.method === "GET") count(env, ctx, "video_views_total", { format: viewFormats[kind] });
  return ok(
    respondText(request, { text: printForOne(template.join(session)), headers: headersOf[kind], tier }),
  );
}

export function manifestTier(isolate: PlaybackIsolate, call: ManifestCall): CacheTier {
  return peekTemplate(isolate, call) === undefined ? "origin" : "isolate";
}

function peekTemplate(isolate: PlaybackIsolate, call: ManifestCall): readonly string[] | undefined {
  const revision = isolate.timelines.peekRevision(call.media, call.nowMs);
  return revision === undefined ? undefined : isolate.templates.get(templateName(call, revision));
}

function templateName({ kind, choice, record }: ManifestCall, revision: string): string {
  return `${revision}/${kind}/${choice.printKey}/${record.title}`;
}

/** The pieces between which the session is put. */
function printTemplate(
  timeline: Timeline,
  call: ManifestCall,
  mpd: PlaybackIsolate["mpd"],
): readonly string[] {
  const { g, startOffsetSeconds, endSeconds, iFrames } = call.choice;
  const { title } = call.record;
  const { version } = call.media;
  const folder = `s/${sessionMark}/`;
  const text =
    mpd !== null
      ? mpd.printMpd(timeline, {
          g,
          baseUrl: folder,
          trackPath: `${version}-$RepresentationID$`,
          ...(endSeconds === null ? {} : { endSeconds }),
        })
      : printMultivariant(timeline, {
          g,
          trackPath: (track) => `${folder}${version}-${track}`,
          title,
          startOffsetSeconds,
          iFrames,
        });
  return text.split(sessionMark);
}
