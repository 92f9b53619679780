// A new upload: its Durable Object, its row, and the video it is for.
import { noLimits } from "#workers/access/limits.ts";
import { sha256Hex } from "#workers/access/sha256.ts";
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { bucketEndpoint } from "#workers/storage/presign.ts";
import { addSound, whyNoSound } from "#workers/audio-tracks/added-sounds.ts";
import { findQuota, hold, release } from "#workers/quotas/store.ts";
import { newId, randomToken } from "#workers/ids.ts";
import { sendAll, type Outgoing } from "#workers/outbox/outbox.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { findEncoding } from "#workers/transcoding/profile-store.ts";
import { mayBeReplaced } from "#workers/replacements/transitions.ts";
import { createVideo, msOrNull } from "#workers/videos/create.ts";
import { segmentFragments } from "#workers/videos/segment-seconds.ts";
import type { NewUpload } from "./contract.ts";
import { uploadTooLarge } from "./decide.ts";
import { limitsOf } from "./limits.ts";
import { longestLifeMs, type Pull, type Refusal, type Replacement, type UploadView } from "./session.ts";
import type { UploadTerms } from "./terms.ts";

/** An upload that nobody sends: it fetches its bytes. */
export interface FetchedUpload {
  readonly from: (uploadId: string) => Promise<Pull>;
  /** Rows that come with the upload, and only with it. */
  readonly alongside: (uploadId: string) => {
    readonly statements: readonly D1PreparedStatement[];
    readonly told: readonly Outgoing[];
  };
}

export interface CreatedUpload {
  readonly upload: UploadView;
  /** Part of the upload's URL; stored as a hash only. */
  readonly secret: string;
}

/** Narrow, so that a route lists exactly what it answers. */
export interface CreationRefusal extends Refusal {
  readonly code:
    | "notImplemented"
    | "quotaExceeded"
    | "uploadTooLarge"
    | "notFound"
    | "conflict"
    | "encodingProfileUnknown"
    | "unprocessable";
}

export async function createUpload(
  env: Env,
  wanted: NewUpload,
  rawMetadata: string,
  nowMs: number,
  fetched: FetchedUpload | null = null,
): Promise<Result<CreatedUpload, CreationRefusal>> {
  const { maxUploadBytes } = limitsOf(env);
  const longestBytes = Math.min(maxUploadBytes, wanted.maxSizeBytes ?? maxUploadBytes);
  if (wanted.sizeBytes !== null && wanted.sizeBytes > longestBytes)
    return refuse(uploadTooLarge(longestBytes));
  const terms = termsWanted(wanted);
  if (terms.endsAtMs !== null && (terms.endsAtMs <= nowMs || terms.endsAtMs > nowMs + longestLifeMs)) {
    return refuse({ code: "unprocessable", detail: "expiresAt lies within the next 6 days." });
  }
  if (wanted.multipart && bucketEndpoint(env) === null) return refuse(notDirect);
  const { encoding = "standard" } = wanted;
  if ((await findEncoding(env.DB, encoding)) === null) {
    return refuse({ code: "encodingProfileUnknown", detail: `There is no encoding profile ${encoding}.` });
  }

  const replacement = wanted.replace ? await replacementOf(env.DB, wanted) : ok(null);
  if (!replacement.ok) return replacement;
  const uploadId = newId("upload", nowMs);
  const allowed = await withinQuota(env.DB, uploadId, wanted, terms, nowMs);
  if (!allowed.ok) return allowed;
  const video = wanted.videoId === undefined ? newVideoOf(env.DB, wanted, nowMs) : null;
  const videoId = wanted.videoId ?? video?.videoId ?? "";
  const sound =
    wanted.audioTrack === undefined ? null : addSound(env.DB, uploadId, videoId, wanted.audioTrack, nowMs);
  const kind = sound !== null ? "sound" : wanted.replace ? "replacement" : "file";
  const secret = randomToken();
  const session = env.UPLOADS.getByName(uploadId);
  // First the object: should the rows fail, nobody has learnt of it, and it ends with its alarm.
  const created = await session.create(
    {
      uploadId,
      videoId,
      secretHash: await sha256Hex(secret),
      sizeBytes: wanted.sizeBytes,
      fileName: wanted.fileName,
      rawMetadata,
      terms: allowed.value,
      direct: wanted.multipart,
      ...(replacement.value === null ? {} : { replacement: replacement.value }),
      ...(sound === null ? {} : { sound: true }),
      ...(fetched === null ? {} : { pull: await fetched.from(uploadId) }),
    },
    nowMs,
  );
  const told = emitted(env.DB, { type: "upload.created", uploadId }, nowMs);
  const beside = fetched?.alongside(uploadId);
  const first = [...(video?.statements ?? []), ...(sound?.statements ?? [])];
  const rows = await env.DB.batch([
    ...first,
    insertUpload(env.DB, created, allowed.value, kind, nowMs),
    told.statement,
    ...(beside?.statements ?? []),
  ]);
  if ((rows[first.length]?.meta.changes ?? 0) === 0) {
    await session.forget();
    await release(env.DB, uploadId).run();
    return refuse(await whyNot(env.DB, videoId, kind));
  }
  await sendAll(env, [
    ...(video?.told ?? []),
    ...(sound === null ? [] : [sound.told]),
    told,
    ...(beside?.told ?? []),
  ]);
  if (fetched !== null) await session.start(nowMs);
  if (wanted.sizeBytes !== 0) return ok({ upload: created, secret });
  // Nothing will follow: it is at its end already.
  const ended = await session.write(secret, emptyPatch, null, nowMs);
  return ok({ upload: ended.ok ? ended.upload : created, secret });
}

const emptyPatch = {
  kind: "patch",
  offsetBytes: 0,
  announcedBytes: null,
  bodyBytes: 0,
  checksum: null,
} as const;

function newVideoOf(db: D1Database, wanted: NewUpload, nowMs: number) {
  return createVideo(
    db,
    {
      title: wanted.title ?? wanted.fileName?.slice(0, longestTitle) ?? "",
      creator: wanted.creator ?? null,
      metadata: wanted.metadata ?? {},
      policy: wanted.playbackPolicy ?? "public",
      segmentFragments: segmentFragments(wanted.segmentSeconds ?? 4),
      tags: wanted.tags ?? [],
      availableFromMs: msOrNull(wanted.availableFrom ?? null),
      availableUntilMs: msOrNull(wanted.availableUntil ?? null),
      deleteAtMs: msOrNull(wanted.deleteAt ?? null),
      playback: wanted.playback ?? noLimits,
      encoding: wanted.encoding ?? "standard",
      priority: wanted.priority ?? "normal",
      sourceKey: null,
    },
    nowMs,
  );
}

/** The terms, narrowed to what is left of the creator's quota; that much is held until the upload ends. */
async function withinQuota(
  db: D1Database,
  uploadId: string,
  wanted: NewUpload,
  terms: UploadTerms,
  nowMs: number,
): Promise<Result<UploadTerms, CreationRefusal>> {
  const creator = wanted.videoId === undefined ? wanted.creator : await creatorOf(db, wanted.videoId);
  const quota = creator == null ? null : await findQuota(db, creator);
  if (creator == null || quota === null) return ok(terms);
  const bytes = wanted.sizeBytes ?? terms.maxSizeBytes;
  const replaces = wanted.replace ? (wanted.videoId ?? null) : null;
  const isSound = wanted.audioTrack !== undefined;
  const held = await hold(db, { uploadId, creator, bytes, replaces, isSound }, nowMs);
  if (held === null) {
    const detail = `${creator} has as many minutes or bytes as their quota allows, or the file would be too long for it.`;
    return refuse({ code: "quotaExceeded", detail });
  }
  return ok({
    ...terms,
    maxSizeBytes: lower(terms.maxSizeBytes, held.bytes),
    maxDurationSeconds: lower(terms.maxDurationSeconds, held.seconds),
  });
}

async function replacementOf(
  db: D1Database,
  { videoId = "", encoding, priority, overlapSeconds }: NewUpload,
): Promise<Result<Replacement, CreationRefusal>> {
  const row = await db
    .prepare("SELECT encoding, priority FROM videos WHERE id = ?")
    .bind(videoId)
    .first<Pick<Replacement, "encoding" | "priority">>();
  if (row === null) return refuse({ code: "notFound", detail: "There is no such video." });
  return ok({ encoding: encoding ?? row.encoding, priority: priority ?? row.priority, overlapSeconds });
}

async function creatorOf(db: D1Database, videoId: string): Promise<string | null> {
  const row = await db
    .prepare("SELECT creator FROM videos WHERE id = ?")
    .bind(videoId)
    .first<{ creator: string | null }>();
  return row?.creator ?? null;
}

const lower = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);

function termsWanted(wanted: NewUpload): UploadTerms {
  const { maxSizeBytes, maxDurationSeconds, allowedOrigins } = wanted;
  return { maxSizeBytes, maxDurationSeconds, allowedOrigins, endsAtMs: msOrNull(wanted.expiresAt ?? null) };
}

const notDirect: CreationRefusal = {
  code: "notImplemented",
  detail:
    "Nobody can write to the bucket straight here: R2_S3_ENDPOINT, R2_S3_BUCKET and the secrets " +
    "R2_S3_ACCESS_KEY_ID and R2_S3_SECRET_ACCESS_KEY are not set. tus and PUT need none of them.",
};

const longestTitle = 200;

type Kind = "file" | "replacement" | "sound";

/** One open upload of a film a video at most: two would write one object. */
const isAlone = `NOT EXISTS (SELECT 1 FROM uploads u WHERE u.video_id = ?2 AND u.state = 'open'
  AND NOT EXISTS (SELECT 1 FROM added_sounds s WHERE s.id = u.id))`;
const mayBegin: Readonly<Record<Kind, string>> = {
  file: `state = 'awaitingUpload' AND ${isAlone}`,
  replacement: `${mayBeReplaced} AND ${isAlone}`,
  // Its own row says so, in the same batch.
  sound: "EXISTS (SELECT 1 FROM added_sounds s WHERE s.id = ?1)",
};

function insertUpload(
  db: D1Database,
  upload: UploadView,
  terms: UploadTerms,
  kind: Kind,
  nowMs: number,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO uploads (id, video_id, state, size_bytes, created_at, expires_at,
         max_size_bytes, max_duration_seconds, allowed_origins, replaces)
       SELECT ?1, id, 'open', ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM videos WHERE id = ?2 AND ${mayBegin[kind]}`,
    )
    .bind(
      upload.uploadId,
      upload.videoId,
      upload.sizeBytes,
      nowMs,
      upload.expiresAtMs,
      terms.maxSizeBytes,
      terms.maxDurationSeconds,
      JSON.stringify(terms.allowedOrigins),
      kind === "replacement" ? 1 : 0,
    );
}

const reasons = {
  file: "The video has its file, which `replace` would replace, or another upload is open for it.",
  replacement: "The video awaits its first file, is a clip, or another replacement is under way.",
} as const;

async function whyNot(db: D1Database, videoId: string, kind: Kind): Promise<CreationRefusal> {
  const known = await db.prepare("SELECT 1 FROM videos WHERE id = ?").bind(videoId).first();
  if (known === null) return { code: "notFound", detail: "There is no such video." };
  return { code: "conflict", detail: kind === "sound" ? await whyNoSound(db, videoId) : reasons[kind] };
}
