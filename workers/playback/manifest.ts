// Manifests: the multivariant playlist and the MPD, made for one viewer because they carry a session. They
// are printed once and cut where the session goes, so that a viewer costs a signature and a join.
import { count } from "#workers/metrics/count.ts";
import { printMultivariant } from "#workers/packaging/hls/multivariant.ts";
import { ok } from "#workers/result.ts";
import type { SegmentFragments, Timeline } from "#workers/timeline/timeline.ts";
import { no, type Answer, type ManifestCall, type Offer } from "./call.ts";
import { chosenTimeline } from "./choose.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import { hasSegments } from "./playlist.ts";
import { offeredSlice } from "./offered-slice.ts";
import type * as offeredBesides from "./offered-texts.ts";
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
const folder = `s/${sessionMark}/`;

export async function answerManifest(isolate: PlaybackIsolate, call: ManifestCall): Promise<Answer> {
  const { request, env, ctx, nowMs, record, media, kind, choice, next } = call;
  let template = peekTemplate(isolate, call);
  const tier: CacheTier = template === undefined ? "origin" : "isolate";
  if (template === undefined) {
    const loaded = await isolate.timelines.timeline(media, env, ctx, nowMs);
    if (loaded === null) return no("bytesMissing");
    const besides = record.besidesKey === "" ? null : await import("./offered-texts.ts");
    const chosen = chosenTimeline(offeredSlice(loaded.timeline, choice.slice), choice);
    const timeline = listable(
      besides === null ? chosen : besides.inOwnersOrder(chosen, record, choice.namesLanguages),
      choice.g,
    );
    if (timeline === null) return no("notYetPlayable");
    if (kind === "mpd" && !timeline.complete) return no("notYetComplete");
    const mpd = kind === "mpd" ? (isolate.mpd ??= await import("#workers/packaging/dash/mpd.ts")) : null;
    const later = next === null ? null : await isolate.timelines.timeline(next.media, env, ctx, nowMs);
    template =
      next === null || later === null
        ? printTemplate(timeline, call, mpd, besides)
        : await printSteered(timeline, chosenTimeline(later.timeline, next.choice), next, call);
    isolate.templates.set(
      templateName(call, loaded.revision, later?.revision ?? ""),
      template,
      2 * template.join("").length + 500,
    );
  }
  const keys = isolate.keyring.peek(env.SESSION_KEYS) ?? (await isolate.keyring.of(env.SESSION_KEYS));
  const session = await mintSession(call.session, record.playbackId, keys);
  if (request.method === "GET") count(env, ctx, "video_views_total", { format: viewFormats[kind] });
  return ok(
    respondText(request, { text: printForOne(template.join(session)), headers: headersOf[kind], tier }),
  );
}

/**
 * The tracks that have a segment: of the first chunk one rendition may be there before the others. Null: none, or sound
 * without its picture.
 */
function listable(timeline: Timeline, g: SegmentFragments): Timeline | null {
  const tracks = timeline.tracks.filter((track) => hasSegments(timeline, track, g));
  const [first] = timeline.tracks;
  return tracks.some(({ format }) => format.kind === first?.format.kind) ? { ...timeline, tracks } : null;
}

export function manifestTier(isolate: PlaybackIsolate, call: ManifestCall): CacheTier {
  return peekTemplate(isolate, call) === undefined ? "origin" : "isolate";
}

function peekTemplate(isolate: PlaybackIsolate, call: ManifestCall): readonly string[] | undefined {
  const { media, next, nowMs } = call;
  const revision = isolate.timelines.peekRevision(media, nowMs);
  const later = next === null ? "" : isolate.timelines.peekRevision(next.media, nowMs);
  if (revision === undefined || later === undefined) return undefined;
  return isolate.templates.get(templateName(call, revision, later));
}

function templateName({ kind, choice, next, record }: ManifestCall, revision: string, later: string): string {
  const after = next === null ? "" : `${later}/${next.choice.printKey}/`;
  return `${revision}/${kind}/${choice.printKey}/${after}${record.besidesKey}/${record.title}`;
}

async function printSteered(timeline: Timeline, later: Timeline, next: Offer, call: ManifestCall) {
  const { printSteeredManifest } = await import("./steering.ts");
  return printSteeredManifest([timeline, later], [call, next], call.record, folder).split(sessionMark);
}

/** The pieces between which the session is put. */
function printTemplate(
  timeline: Timeline,
  call: ManifestCall,
  mpd: PlaybackIsolate["mpd"],
  offered: typeof offeredBesides | null,
): readonly string[] {
  const { g, startOffsetSeconds, endSeconds, iFrames } = call.choice;
  const { record, choice } = call;
  const { title } = record;
  const { version, kind } = call.media;
  const form = mpd !== null ? "period" : timeline.complete ? "whole" : "growing";
  const besides = offered?.besidesOf(
    record,
    mpd === null ? `${folder}${version}-` : `${version}-`,
    form,
    choice.defaultSubtitles,
  );
  const text =
    mpd !== null
      ? mpd.printMpd(timeline, {
          g,
          baseUrl: folder,
          trackPath: `${version}-$RepresentationID$`,
          ...besides,
          ...(endSeconds === null ? {} : { endSeconds }),
        })
      : printMultivariant(timeline, {
          g,
          trackPath: (track) => `${folder}${version}-${track}`,
          title,
          ...besides,
          ...(record.chaptersAtMs === null ? {} : { chaptersUri: `${folder}chapters.json` }),
          startOffsetSeconds,
          iFrames: iFrames && kind === "ladder",
        });
  return text.split(sessionMark);
}
