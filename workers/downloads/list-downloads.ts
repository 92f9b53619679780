// The files that a video can be had as, with their lengths: from its indexes and init segments, nothing is made.
import type { Env } from "#workers/env.ts";
import { layOut } from "#workers/packaging/download/file-layout.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { initKey } from "#workers/storage/keys.ts";
import { readObject } from "#workers/storage/objects.ts";
import { plainChoice, chosenTimeline } from "#workers/playback/choose.ts";
import { chooseRenditions } from "#workers/playback/choose-renditions.ts";
import { decidePlayable } from "#workers/playback/playable.ts";
import { offeredSlice } from "#workers/playback/offered-slice.ts";
import { inOwnersOrder } from "#workers/playback/offered-texts.ts";
import { readRecord } from "#workers/playback/record.ts";
import { TimelineStore } from "#workers/playback/timeline-store.ts";
import { onMedia } from "#workers/playback/decide-manifest.ts";
import { noLimits } from "#workers/access/limits.ts";
import { downloadsOf } from "./download-names.ts";

export interface ListedDownload {
  readonly name: string;
  readonly sizeBytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly codecs: string[];
}

export type ListRefusal = "notYetComplete" | "videoNotPlayable";

/** Of what a viewer of that playback id would be offered, of whom nothing is known. */
export async function listDownloads(
  env: Env,
  ctx: ExecutionContext,
  playbackId: string,
  nowMs: number,
): Promise<Result<readonly ListedDownload[], ListRefusal>> {
  const record = await readRecord(env, playbackId);
  if (record === null) return ok([]);
  if (record.state === "error" && !decidePlayable(record).ok) return refuse("videoNotPlayable");
  const media = [record.media, record.other].find((each) => each?.kind === "ladder");
  if (media?.state !== "sealed") {
    return record.state === "ready" && media === undefined ? ok([]) : refuse("notYetComplete");
  }
  const { formats, gop, segmentFragments: g } = media;
  const input = {
    ...{ formats, g, nowMs, history: null, startLowCountries: new Set<string>() },
    limits: onMedia(record.access.limits ?? noLimits, record.clip),
    device: { class: "unknown" as const, cannotPlay: [] },
    network: { saveData: false, rttMs: null, downlinkBps: null, country: null },
    span: { gop, durationSeconds: record.clip === null ? record.durationSeconds : null },
  };
  const plain = plainChoice(input);
  const choice = plain === null ? chooseRenditions(input) : ok(plain);
  const loaded = await new TimelineStore().timeline(media, env, ctx, nowMs);
  if (!choice.ok || loaded === null) return ok([]);
  const { slice } = choice.value;
  const timeline = inOwnersOrder(
    chosenTimeline(offeredSlice(loaded.timeline, slice), choice.value),
    record,
    false,
  );
  const inits = new Map<string, Uint8Array>();
  for (const { format } of timeline.tracks) {
    const init = await readObject(env.MEDIA, initKey(media.videoId, media.version, format.id));
    if (init !== null) inits.set(format.id, new Uint8Array(init));
  }
  const listed = downloadsOf(timeline).flatMap(({ name, tracks }) => {
    const withInits = tracks.flatMap((track) => {
      const init = inits.get(track.format.id);
      return init === undefined ? [] : [{ track, init }];
    });
    if (withInits.length < tracks.length) return [];
    const picture = tracks[0]?.format.kind === "video" ? tracks[0].format : null;
    const codecs = tracks.map(({ format }) => format.codec);
    const { width = null, height = null } = picture ?? {};
    return [{ name, sizeBytes: layOut(withInits).sizeBytes, width, height, codecs }];
  });
  return ok(listed);
}
