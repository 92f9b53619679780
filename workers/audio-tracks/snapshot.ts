// A sound of a video as the API shows it, made by the database inside a commit. Which one is the default depends on the
// others, so what is said of all of them is in it.
import type { Snapshot } from "#workers/events/snapshot.ts";
import type { AudioTrack } from "./contract.ts";
import { addedSoundsOfVideo, formatsOfVideo, toAudioTracks, type SoundRows } from "./store.ts";

export const audioTrackSnapshot = (videoId: string, audioTrackId: string): Snapshot =>
  snapshotOf(videoId, "SELECT ? AS id", audioTrackId);

export const addedSoundSnapshot = (videoId: string, uploadId: string): Snapshot =>
  snapshotOf(videoId, "SELECT track AS id FROM added_sounds WHERE id = ?", uploadId);

/** `track` has one column, `id`, and one parameter. */
function snapshotOf(videoId: string, track: string, parameter: string): Snapshot {
  const settings = `(SELECT json_group_array(json_object('id', id, 'label', label, 'is_default', is_default,
    'position', position)) FROM audio_tracks WHERE video_id = ?)`;
  const added = `(SELECT json_group_array(json_object('track', track, 'language', language, 'state', state,
    'error_code', error_code, 'error_message', error_message)) FROM (${addedSoundsOfVideo}))`;
  return {
    // Another version may have come meanwhile, without it.
    from: `(SELECT json_object('videoId', ?, 'audioTrackId', t.id, 'formats', json(v.formats),
        'settings', json(${settings}), 'added', json(${added})) AS resource
      FROM (${formatsOfVideo}) v, (${track}) t
      WHERE EXISTS (SELECT 1 FROM json_each(v.formats) WHERE value ->> '$.id' = t.id)
        OR EXISTS (SELECT 1 FROM (${addedSoundsOfVideo}) WHERE track = t.id))`,
    bindings: [videoId, videoId, videoId, videoId, parameter, videoId],
  };
}

/** Own rows only: what `audioTrackSnapshot` made, of a sound that was there. */
export function readAudioTrackSnapshot(resource: string): AudioTrack & { readonly videoId: string } {
  const { videoId, audioTrackId, ...rows } = JSON.parse(resource) as SoundRows & {
    videoId: string;
    audioTrackId: string;
  };
  const track = toAudioTracks(rows).find(({ id }) => id === audioTrackId);
  if (track === undefined) throw new Error(`${videoId} had no sound ${audioTrackId}`);
  return { videoId, ...track };
}
