// A sound of a video as the API shows it, made by the database inside a commit. Which one is the default depends on the
// others, so what is said of all of them is in it.
import type { Snapshot } from "#workers/events/snapshot.ts";
import type { Format } from "#workers/timeline/timeline.ts";
import type { AudioTrack } from "./contract.ts";
import { formatsOfVideo, toAudioTracks, type AudioTrackSetting } from "./store.ts";

export function audioTrackSnapshot(videoId: string, audioTrackId: string): Snapshot {
  const settings = `(SELECT json_group_array(json_object('id', id, 'label', label, 'is_default', is_default,
    'position', position)) FROM audio_tracks WHERE video_id = ?)`;
  return {
    // Another version may have come meanwhile, without it.
    from: `(SELECT json_object('videoId', ?, 'audioTrackId', t.id, 'formats', json(v.formats),
        'settings', json(${settings})) AS resource
      FROM (${formatsOfVideo}) v, (SELECT ? AS id) t
      WHERE EXISTS (SELECT 1 FROM json_each(v.formats) WHERE value ->> '$.id' = t.id))`,
    bindings: [videoId, videoId, videoId, audioTrackId],
  };
}

/** Own rows only: what `audioTrackSnapshot` made, of a sound that was there. */
export function readAudioTrackSnapshot(resource: string): AudioTrack & { readonly videoId: string } {
  const { videoId, audioTrackId, formats, settings } = JSON.parse(resource) as {
    videoId: string;
    audioTrackId: string;
    formats: readonly Format[];
    settings: readonly AudioTrackSetting[];
  };
  const track = toAudioTracks(formats, settings).find(({ id }) => id === audioTrackId);
  if (track === undefined) throw new Error(`${videoId} had no sound ${audioTrackId}`);
  return { videoId, ...track };
}
