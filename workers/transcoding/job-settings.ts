// What a job is to make, read once when it is submitted: later changes of a profile are for later videos.
import { builtInProfiles, isBuiltInProfile, type EncodingProfile } from "./profile.ts";

export type Priority = "high" | "normal" | "low";

export interface JobSettings {
  readonly creator: string | null;
  readonly priority: Priority;
  readonly profile: EncodingProfile;
  /** The uploaded file plays as it is: no rendition is urgent. */
  readonly playsAlready: boolean;
  /** As the upload of the file allowed. Absent from jobs that were submitted before there was such a limit. */
  readonly maxDurationSeconds?: number | null;
  /** Videos of the creator that are worked on at a time. Absent from earlier jobs, as above. */
  readonly maxSimultaneousEncodes?: number | null;
}

/** Null: the version is not wanted any more. */
export async function readJobSettings(
  db: D1Database,
  { videoId, version }: { readonly videoId: string; readonly version: number },
): Promise<JobSettings | null> {
  const row = await db
    .prepare(
      `SELECT v.creator, v.priority, v.encoding, v.playable, p.settings,
         (SELECT max_duration_seconds FROM uploads WHERE video_id = v.id AND state = 'completed'
          ORDER BY id DESC LIMIT 1) AS max_duration_seconds,
         (SELECT max_simultaneous_encodes FROM creator_quotas WHERE creator = v.creator) AS max_encodes
       FROM videos v
       LEFT JOIN encoding_profiles p ON p.id = v.encoding
       WHERE v.id = ? AND v.version = ? AND v.state IN ('uploaded', 'processing')`,
    )
    .bind(videoId, version)
    .first<{
      creator: string | null;
      priority: Priority;
      encoding: string;
      playable: number;
      settings: string | null;
      max_duration_seconds: number | null;
      max_encodes: number | null;
    }>();
  if (row === null) return null;
  const { creator, priority, encoding, settings, max_duration_seconds: maxDurationSeconds } = row;
  const playsAlready = row.playable === 1;
  const maxSimultaneousEncodes = row.max_encodes;
  return {
    creator,
    priority,
    profile: profileOf(encoding, settings),
    playsAlready,
    maxDurationSeconds,
    maxSimultaneousEncodes,
  };
}

/** A custom profile that is gone by now: the video was promised an encode, so it gets the usual one. */
export function profileOf(encoding: string, settings: string | null): EncodingProfile {
  if (isBuiltInProfile(encoding)) return builtInProfiles[encoding];
  // Own rows only: what the API's contract let in.
  return settings === null ? builtInProfiles.standard : (JSON.parse(settings) as EncodingProfile);
}
