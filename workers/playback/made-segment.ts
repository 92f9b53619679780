// Segments that are made of the uploaded file when they are asked for: from the cache of this location, or with all
// other tracks of the same moment, which fill their entries alike. How large one is may be known only when it is made.
import { ok, refuse, type Result } from "#workers/result.ts";
import type { ByteSpan } from "#workers/storage/objects.ts";
import { locate, type Segment } from "#workers/timeline/segments.ts";
import type { Fragments } from "#workers/timeline/timeline.ts";
import { decideBytes, respondBytes, type ByteAnswer, type ByteKind } from "./byte-answer.ts";
import { no, type Answer, type TrackCall } from "./call.ts";
import { canonicalKey, matchEdge, putEdgeBody } from "./edge-cache.ts";
import { FragmentMaker, type MadeTracks, type MakeRefusal } from "./fragment-maker.ts";
import { contentTypes, type CacheTier } from "./headers.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import { bodyOf, cutMade, type Made } from "./made-bytes.ts";
import { readBehindCache } from "./behind-cache.ts";
import { matchesIfNoneMatch } from "./range.ts";
import type { MadeBytes } from "./segment-source.ts";

const maxAgeSeconds = 31_536_000;

/** The answer, and by which tier its bytes came; null where the headers decided alone. */
export interface MadeAnswer {
  readonly answer: Answer;
  readonly tier: CacheTier | null;
}

export async function answerMade(
  isolate: PlaybackIsolate,
  call: TrackCall,
  segment: Segment,
  fragments: Fragments,
  kind: ByteKind,
): Promise<MadeAnswer> {
  const { request, media, session, track } = call;
  const source = sourceOf(call, segment, fragments);
  const etag = `"${media.version}-${track}-${segment.n}"`;
  // Of a page the fragments' sizes are exact; a span holds other tracks too.
  const told = source.location.kind === "page" ? segment.sizeBytes : null;
  if (told !== null || matchesIfNoneMatch(request.headers.get("If-None-Match"), etag)) {
    const decision = decideBytes(request, { kind, etag, sizeBytes: told ?? 0 });
    if (decision.kind === "respond") return { answer: ok(decision.response), tier: null };
  }
  const found = await find(isolate, call, source, told, kind);
  if (!found.ok) return { answer: no(reasonOf(found.reason), session), tier: null };
  const { sizeBytes, tier } = found.value;
  const described: ByteAnswer = { kind, etag, sizeBytes };
  const decision = decideBytes(request, described);
  if (decision.kind === "respond") {
    await found.value.close();
    return { answer: ok(decision.response), tier: null };
  }
  const { range } = decision;
  const body = await found.value.open(range.kind === "partial" ? range : null);
  if (body === null) return { answer: no("bytesMissing", session), tier: null };
  return { answer: ok(respondBytes(described, range, body, tier)), tier };
}

function sourceOf({ media, track }: TrackCall, segment: Segment, fragments: Fragments): MadeBytes {
  const { videoId, version, generation, file } = media;
  const { location, offsetBytes, sizeBytes } = segment;
  if (location.kind === "chunk" || file === null) throw new Error("a stored segment is not made");
  const index = segment.n - fragments.first;
  return {
    kind: "made",
    videoId,
    version,
    generation,
    track,
    number: segment.n,
    indexInRun: index - locate(fragments, index).runFrom,
    location,
    span: { offsetBytes, sizeBytes },
    file,
  };
}

function reasonOf(refusal: MakeRefusal) {
  switch (refusal) {
    case "fileGone":
      return "sourceGone";
    case "fileChanged":
      return "sourceChanged";
    case "makersBusy":
      return "makersBusy";
  }
}

interface Found {
  readonly sizeBytes: number;
  readonly tier: CacheTier;
  /** Null: it is gone again. */
  open(span: ByteSpan | null): Promise<ReadableStream | Uint8Array | null>;
  /** Nothing of it is wanted. */
  close(): Promise<void>;
}

async function find(
  isolate: PlaybackIsolate,
  call: TrackCall,
  source: MadeBytes,
  sizeBytes: number | null,
  kind: ByteKind,
): Promise<Result<Found, MakeRefusal>> {
  const { env, ctx, nowMs } = call;
  const key = keyOf(source, source.track);
  if (env.MEDIA_CACHE === "workersCache") {
    const wanted = { source, sizeBytes, contentType: contentTypes[kind] };
    return findBehindCache(ctx.exports, key, wanted);
  }
  const maker = (isolate.maker ??= new FragmentMaker(isolate.fills, fillEdge));
  const begun = await maker.joinable(source, nowMs);
  if (begun !== undefined) return ok(foundMade(begun, "isolate"));
  const hit = await matchEdge(key);
  const length = Number(hit?.headers.get("Content-Length") ?? Number.NaN);
  if (hit !== undefined && Number.isSafeInteger(length)) return ok(foundCached(hit, length, "edge", key));
  await hit?.body?.cancel();
  const made = await maker.make(source, { env, ctx, nowMs });
  return made.ok ? ok(foundMade(made.value, "origin")) : made;
}

function foundMade(made: Made, tier: CacheTier): Found {
  return {
    sizeBytes: made.sizeBytes,
    tier,
    open: async (span) => bodyOf(cutMade(made, span)),
    close: async () => undefined,
  };
}

function foundCached(whole: Response, sizeBytes: number, tier: CacheTier, key: string): Found {
  const close = async () => {
    await whole.body?.cancel();
  };
  return {
    sizeBytes,
    tier,
    async open(span) {
      if (span === null) return whole.body;
      await close();
      return (await matchEdge(key, span))?.body ?? null;
    },
    close,
  };
}

async function findBehindCache(
  exports: unknown,
  key: string,
  wanted: Parameters<typeof readBehindCache>[2],
): Promise<Result<Found, MakeRefusal>> {
  const whole = await readBehindCache(exports, key, wanted, null);
  if (typeof whole === "number") return refuse(refusalOf(whole));
  const { sizeBytes, body, hit } = whole;
  const close = async () => {
    if (body instanceof ReadableStream) await body.cancel();
  };
  return ok({
    sizeBytes,
    tier: hit ? "edge" : "origin",
    async open(span) {
      if (span === null) return body;
      await close();
      const part = await readBehindCache(exports, key, { ...wanted, sizeBytes }, span);
      return typeof part === "number" ? null : part.body;
    },
    close,
  });
}

/** By the status that make-behind-cache.ts gives it. */
function refusalOf(status: number): MakeRefusal {
  switch (status) {
    case 404:
      return "fileGone";
    case 409:
      return "fileChanged";
    case 503:
      return "makersBusy";
    default:
      throw new Error(`the media entrypoint answered ${status}`);
  }
}

/** Every track that was made fills its own entry: one reading of the file serves picture and sound. */
async function fillEdge(source: MadeBytes, tracks: MadeTracks): Promise<void> {
  await Promise.allSettled(
    [...tracks].map(([track, made]) =>
      putEdgeBody(
        keyOf(source, track),
        bodyOf(made),
        made.sizeBytes,
        contentTypes[track.startsWith("v") ? "video" : "audio"],
        maxAgeSeconds,
      ),
    ),
  );
}

function keyOf({ videoId, version, generation, number }: MadeBytes, track: string): string {
  return canonicalKey({ videoId, version, generation, rest: `${track}/1/${number}` });
}
