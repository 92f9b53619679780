// A text of a video as the API shows it, made by the database inside a commit. Which one is the default depends on the
// others, so all rows are in it.
import type { Snapshot } from "#workers/events/snapshot.ts";
import { storedCaptions, type StoredCaption, type StoredRow } from "./store.ts";
import type { SourceText } from "./text-tracks.ts";

// Records by the rows' types, so that what is missing here does not compile.
const rowColumns = {
  videoId: "c.video_id",
  id: "c.id",
  language: "c.language",
  label: "c.label",
  kind: "c.kind",
  isDefault: "c.is_default",
  isForced: "c.is_forced",
  isHidden: "c.is_hidden",
  revision: "c.revision",
  sizeBytes: "c.size_bytes",
  cues: "c.cues",
  updatedAt: "c.updated_at",
} as const satisfies Record<keyof StoredRow, string>;

const textColumns = {
  videoId: "s.video_id",
  version: "s.version",
  id: "s.id",
  language: "s.language",
  title: "s.title",
  isDefault: "s.is_default",
  isForced: "s.is_forced",
  attempt: "s.attempt",
} as const satisfies Record<keyof SourceText, string>;

export function captionSnapshot(videoId: string, captionId: string): Snapshot {
  const rows = `(SELECT json_group_array(${asJson(rowColumns)}) FROM
    (SELECT * FROM captions WHERE video_id IN (v.id, v.clip_of) ORDER BY id) c)`;
  const texts = `(SELECT json_group_array(${asJson(textColumns)}) FROM
    (SELECT * FROM subtitles WHERE video_id = coalesce(v.clip_of, v.id) AND version = v.version
     ORDER BY CAST(substr(id, 2) AS INTEGER)) s)`;
  return {
    // Another version of a source may have come meanwhile, without it.
    from: `(SELECT json_object('videoId', v.id, 'captionId', t.id, 'rows', json(${rows}), 'texts', json(${texts}))
      AS resource FROM videos v, (SELECT ? AS id) t
      WHERE v.id = ? AND (
        EXISTS (SELECT 1 FROM captions WHERE video_id IN (v.id, v.clip_of) AND id = t.id AND revision IS NOT NULL)
        OR EXISTS (SELECT 1 FROM subtitles
          WHERE video_id = coalesce(v.clip_of, v.id) AND version = v.version AND id = t.id)))`,
    bindings: [captionId, videoId],
  };
}

/** Own rows only: what `captionSnapshot` made, of a text that was there. */
export function readCaptionSnapshot(resource: string): {
  readonly videoId: string;
  readonly caption: StoredCaption;
} {
  const { videoId, captionId, rows, texts } = JSON.parse(resource) as {
    videoId: string;
    captionId: string;
    rows: readonly StoredRow[];
    texts: readonly SourceText[];
  };
  const caption = storedCaptions(rows, texts, videoId).find(({ entry }) => entry.id === captionId);
  if (caption === undefined) throw new Error(`${videoId} had no caption ${captionId}`);
  return { videoId, caption };
}

function asJson(columns: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(columns).map(([name, column]) => `'${name}', ${column}`);
  return `json_object(${pairs.join(", ")})`;
}
