// What the owner says of a video's sounds, in D1.
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { sendAll } from "#workers/outbox/outbox.ts";
import { languageName, languageTag } from "#workers/packaging/languages.ts";
import type { Format } from "#workers/timeline/timeline.ts";
import type { AudioTrack, AudioTrackPatch } from "./contract.ts";

export interface AudioTrackSetting {
  readonly id: string;
  readonly label: string | null;
  readonly is_default: number;
  readonly position: number | null;
}

/** With the video's id as the one parameter: of the version that plays or will, the ladder's, else the file's. */
export const formatsOfVideo = `SELECT m.formats FROM versions m JOIN videos v ON m.video_id = coalesce(v.clip_of, v.id)
    AND (m.version = v.version OR m.version = v.version - 1 AND m.kind = 'source')
  WHERE v.id = ? ORDER BY m.version DESC LIMIT 1`;

export interface AddedSound {
  readonly track: string;
  readonly language: string;
  readonly state: AudioTrack["state"];
  readonly error_code: string | null;
  readonly error_message: string | null;
}

/** With the video's id as the one parameter: of the version that plays. Those that were deleted are in state `removed`. */
export const addedSoundsOfVideo = `SELECT s.track, s.language, s.state, s.error_code, s.error_message
  FROM added_sounds s JOIN videos v ON s.video_id = coalesce(v.clip_of, v.id) AND s.version = v.version
  WHERE v.id = ? AND s.state <> 'removed' ORDER BY CAST(substr(s.track, 2) AS INTEGER)`;

/** Null: no such video. */
export async function listAudioTracks(
  db: D1Database,
  videoId: string,
): Promise<readonly AudioTrack[] | null> {
  const [videos, versions, settings, added] = await db.batch([
    db.prepare("SELECT 1 FROM videos WHERE id = ?").bind(videoId),
    db.prepare(formatsOfVideo).bind(videoId),
    db.prepare("SELECT id, label, is_default, position FROM audio_tracks WHERE video_id = ?").bind(videoId),
    db.prepare(addedSoundsOfVideo).bind(videoId),
  ]);
  if (videos?.results.length !== 1) return null;
  const [version] = (versions?.results ?? []) as unknown as readonly { formats: string }[];
  return toAudioTracks({
    // Own rows only: written by the scheduler and at the end of an upload from typed values.
    formats: version === undefined ? [] : (JSON.parse(version.formats) as readonly Format[]),
    settings: (settings?.results ?? []) as unknown as readonly AudioTrackSetting[],
    added: (added?.results ?? []) as unknown as readonly AddedSound[],
  });
}

export async function findAudioTrack(
  db: D1Database,
  videoId: string,
  track: string,
): Promise<AudioTrack | undefined> {
  return (await listAudioTracks(db, videoId))?.find(({ id }) => id === track);
}

/** Of a track that the list has. */
export async function patchAudioTrack(
  env: Env,
  videoId: string,
  track: string,
  { label, position, default: isDefault }: AudioTrackPatch,
  nowMs: number,
): Promise<void> {
  const { DB: db } = env;
  const updated = emitted(db, { type: "audioTrack.updated", videoId, audioTrackId: track }, nowMs);
  await db.batch([
    ...(isDefault === true
      ? [
          db
            .prepare("UPDATE audio_tracks SET is_default = 0 WHERE video_id = ? AND id <> ?")
            .bind(videoId, track),
        ]
      : []),
    db
      .prepare(
        `INSERT INTO audio_tracks (video_id, id, label, is_default, position)
         SELECT id, ?2, ?3, coalesce(?4, 0), ?5 FROM videos WHERE id = ?1
         ON CONFLICT (video_id, id) DO UPDATE SET label = coalesce(?3, label), is_default = coalesce(?4, is_default),
           position = coalesce(?5, position)`,
      )
      .bind(
        ...[videoId, track, label ?? null, isDefault === undefined ? null : Number(isDefault)],
        position ?? null,
      ),
    updated.statement,
  ]);
  await sendAll(env, [updated]);
}

export interface SoundRows {
  readonly formats: readonly Format[];
  readonly settings: readonly AudioTrackSetting[];
  readonly added: readonly AddedSound[];
}

export function toAudioTracks({ formats, settings, added }: SoundRows): readonly AudioTrack[] {
  const sounds = formats.flatMap((format) =>
    format.kind === "audio" && format.dropped !== true ? [format] : [],
  );
  const preferred =
    settings.find(({ id, is_default }) => is_default === 1 && sounds.some((sound) => sound.id === id))?.id ??
    sounds[0]?.id;
  const known = sounds.map(({ id, language, codec, channels }) => ({ id, language, codec, channels }));
  const coming = added
    .filter(({ track }) => sounds.every(({ id }) => id !== track))
    .map(({ track, language }) => ({ id: track, language, codec: null, channels: null }));
  return [...known, ...coming]
    .map((sound, index) => {
      const setting = settings.find(({ id }) => id === sound.id);
      const own = added.find(({ track }) => track === sound.id);
      const language = languageTag(sound.language);
      const track: AudioTrack = {
        ...{ id: sound.id, language },
        label: setting?.label ?? languageName(language),
        default: sound.id === preferred,
        position: setting?.position ?? null,
        state: own?.state ?? "ready",
        error: own?.error_code == null ? null : { code: own.error_code, message: own.error_message ?? "" },
        added: own !== undefined,
        ...{ codec: sound.codec, channels: sound.channels },
      };
      return { track, place: setting?.position ?? 1_000 + index };
    })
    .toSorted((a, b) => a.place - b.place)
    .map(({ track }) => track);
}
