// A version as a file, made while it is sent: its length is known before, so ranges and conditions are decided first.
import { downloadsOf } from "#workers/downloads/download-names.ts";
import { contentDisposition } from "#workers/downloads/file-name.ts";
import { streamFile } from "#workers/downloads/file-stream.ts";
import { layOut, type FileTrack } from "#workers/packaging/download/file-layout.ts";
import { ok } from "#workers/result.ts";
import { initKey } from "#workers/storage/keys.ts";
import type { Track } from "#workers/timeline/timeline.ts";
import { decideBytes, respondBytes } from "./byte-answer.ts";
import { no, type Answer, type DownloadCall } from "./call.ts";
import { chosenTimeline } from "./choose.ts";
import { canonicalKey } from "./edge-cache.ts";
import { contentTypes } from "./headers.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import { inOwnersOrder } from "./offered-texts.ts";
import { offeredSlice } from "./offered-slice.ts";

export async function answerDownload(memory: PlaybackIsolate, call: DownloadCall): Promise<Answer> {
  const { env, ctx, nowMs, media, choice, name, record, request } = call;
  const loaded = await memory.timelines.timeline(media, env, ctx, nowMs);
  if (loaded === null) return no("bytesMissing");
  const chosen = chosenTimeline(offeredSlice(loaded.timeline, choice.slice), choice);
  const download = downloadsOf(inOwnersOrder(chosen, record, choice.namesLanguages)).find(
    (each) => each.name === name,
  );
  if (download === undefined) return no("downloadUnknown");
  const tracks = await withInits(memory, call, download.tracks);
  if (tracks === null) return no("bytesMissing");
  const layout = layOut(tracks);
  const { fromFragment, toFragment } = choice.slice;
  const kind = name.endsWith(".m4a") ? ("audio" as const) : ("video" as const);
  const answer = {
    kind,
    sizeBytes: layout.sizeBytes,
    etag: `"${media.version}-${media.generation}-${tracks.map(({ track }) => track.format.id).join("+")}-${fromFragment}-${toFragment ?? ""}-${layout.sizeBytes}"`,
  };
  const decision = decideBytes(request, answer);
  const fileName = contentDisposition(
    record.title,
    record.videoId,
    ` (${name.slice(0, -4)})${name.slice(-4)}`,
  );
  if (decision.kind === "respond") return ok(asDownload(decision.response, fileName));
  const { range } = decision;
  const span = range.kind === "whole" ? { offsetBytes: 0, sizeBytes: layout.sizeBytes } : range;
  const file = { videoId: media.videoId, version: media.version, tracks, layout };
  const { body, ended } = streamFile(env.MEDIA, file, span, (bytes) => memory.cmcd.noteFile(call, bytes));
  ctx.waitUntil(ended);
  return ok(asDownload(respondBytes(answer, range, body, "origin"), fileName));
}

function asDownload(response: Response, fileName: string): Response {
  if (response.status === 416) return response;
  response.headers.set("Content-Disposition", fileName);
  // The name stays when the video is encoded anew: a client asks again, by its ETag.
  response.headers.set("Cache-Control", "private, no-cache");
  return response;
}

async function withInits(
  memory: PlaybackIsolate,
  { env, ctx, nowMs, media }: DownloadCall,
  tracks: readonly Track[],
): Promise<readonly FileTrack[] | null> {
  const { videoId, version, generation } = media;
  const inits = await Promise.all(
    tracks.map(async ({ format: { id, kind } }) => {
      const key = canonicalKey({ videoId, version, generation, rest: `${id}/init` });
      const object = { key, objectKey: initKey(videoId, version, id), contentType: contentTypes[kind] };
      return memory.small.read(object, env, ctx, nowMs);
    }),
  );
  const read = tracks.flatMap((track, index) => {
    const init = inits[index];
    return init == null ? [] : [{ track, init: init.bytes }];
  });
  return read.length === tracks.length ? read : null;
}
