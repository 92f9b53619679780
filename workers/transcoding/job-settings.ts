// What a job is to make, read once when it is submitted: later changes of a profile are for later videos.
import type { Priority } from "./priority.ts";
import { builtInProfiles, isBuiltInProfile, type EncodingProfile } from "./profile.ts";

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
  /** The file is to take the place of one that plays until then. Absent from earlier jobs. */
  readonly replaces?: boolean;
}

/** Null: the version is not wanted any more. */
export async function readJobSettings(
  db: D1Database,
  { videoId, version }: { readonly videoId: string; readonly version: number },
): Promise<JobSettings | null> {
  const row = await db
    .prepare(
      `SELECT v.creator, coalesce(r.priority, v.priority) AS priority, coalesce(r.encoding, v.encoding) AS encoding,
         v.playable, r.id IS NOT NULL AS replaces, p.settings,
         (SELECT max_duration_seconds FROM uploads WHERE video_id = v.id AND state = 'completed'
          ORDER BY id DESC LIMIT 1) AS max_duration_seconds,
         (SELECT max_simultaneous_encodes FROM creator_quotas WHERE creator = v.creator) AS max_encodes
       FROM videos v
       LEFT JOIN replacements r ON r.id = v.id AND r.version = ?2 AND r.state IN ('uploaded', 'processing')
       LEFT JOIN encoding_profiles p ON p.id = coalesce(r.encoding, v.encoding)
       WHERE v.id = ?1
         AND (r.id IS NOT NULL OR v.version = ?2 AND v.state IN ('uploaded', 'processing'))`,
    )
    .bind(videoId, version)
    .first<{
      creator: string | null;
      priority: Priority;
      encoding: string;
      playable: number;
      replaces: number;
      settings: string | null;
      max_duration_seconds: number | null;
      max_encodes: number | null;
    }>();
  if (row === null) return null;
  const { creator, priority, encoding, settings, max_duration_seconds: maxDurationSeconds } = row;
  const replaces = row.replaces === 1;
  const playsAlready = replaces || row.playable === 1;
  const maxSimultaneousEncodes = row.max_encodes;
  return {
    creator,
    priority,
    profile: profileOf(encoding, settings),
    playsAlready,
    replaces,
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
