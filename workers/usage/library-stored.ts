// What all videos hold, as the database knows it: nobody lists a whole bucket.
export interface LibraryStored {
  readonly videos: number;
  readonly minutesStored: number;
  readonly bytesUploaded: number;
  readonly encodeSeconds: number;
}

export async function libraryStored(db: D1Database): Promise<LibraryStored> {
  const row = await db
    .prepare(
      `SELECT count(*) AS videos, coalesce(sum(duration_seconds), 0) AS seconds,
         coalesce(sum(source_size_bytes), 0) AS bytes,
         (SELECT coalesce(sum(encode_seconds), 0) FROM versions) AS encode_seconds
       FROM videos WHERE clip_of IS NULL AND state IN ('uploaded', 'processing', 'ready')`,
    )
    .first<{ videos: number; seconds: number; bytes: number; encode_seconds: number }>();
  return {
    videos: row?.videos ?? 0,
    minutesStored: Math.round((row?.seconds ?? 0) / 0.6) / 100,
    bytesUploaded: row?.bytes ?? 0,
    encodeSeconds: Math.round((row?.encode_seconds ?? 0) * 10) / 10,
  };
}
