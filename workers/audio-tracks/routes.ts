// Sounds of a video: what its versions have, and what the owner says of them.
import { createRoute, z } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { languageName, languageTag } from "#workers/packaging/languages.ts";
import type { Format } from "#workers/timeline/timeline.ts";
import { videoParams } from "#workers/videos/contract.ts";
import { isSomething, nothing } from "#workers/videos/playback-id-contract.ts";

const audioTrackSchema = z
  .object({
    id: z.string().openapi({ example: "a0" }),
    language: z.string().openapi({ description: "BCP 47; `und` when the source does not say." }),
    label: z.string().openapi({ description: "Shown in menus." }),
    default: z.boolean(),
    position: z.int().nullable().openapi({ description: "In menus; null: as the source has it." }),
    codec: z.string(),
    channels: z.int(),
  })
  .openapi("AudioTrack");
type AudioTrack = z.infer<typeof audioTrackSchema>;

const patchSchema = z
  .strictObject({
    label: z.string().trim().min(1).max(100).optional(),
    default: z.boolean().optional(),
    position: z.int().min(0).max(999).optional(),
  })
  .refine(isSomething, nothing)
  .openapi("AudioTrackPatch", { example: { label: "Director's commentary", default: false } });

const tags = ["audio tracks"];

const list = createRoute({
  tags,
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/videos/{videoId}/audio-tracks",
  operationId: "listAudioTracks",
  summary: "List a video's audio tracks",
  request: { params: videoParams },
  responses: {
    200: {
      description: "All of them.",
      content: {
        "application/json": {
          schema: z.object({ data: z.array(audioTrackSchema) }).openapi("AudioTrackList"),
        },
      },
    },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const patch = createRoute({
  tags,
  middleware: [requireScope("videos:write"), jsonBody],
  method: "patch",
  path: "/v1/videos/{videoId}/audio-tracks/{track}",
  operationId: "patchAudioTrack",
  summary: "Relabel, prefer or reorder an audio track",
  request: {
    params: videoParams.extend({
      track: z
        .string()
        .max(16)
        .openapi({ param: { name: "track", in: "path" }, example: "a0" }),
    }),
    body: { required: true, content: { "application/json": { schema: patchSchema } } },
  },
  responses: {
    200: { description: "As it is now.", content: { "application/json": { schema: audioTrackSchema } } },
    ...problems(
      ...(["unauthenticated", "forbidden", "notFound"] as const),
      ...(["invalidJson", "bodyTooLarge", "unsupportedMediaType", "unprocessable"] as const),
    ),
  },
});

export const audioTrackRoutes = apiRoutes()
  .openapi(list, async (c) => {
    const found = await findAudioTracks(c.env.DB, c.req.valid("param").videoId);
    return found === null ? problem(c, "notFound") : c.json({ data: [...found] }, 200);
  })
  .openapi(patch, async (c) => {
    const { videoId, track } = c.req.valid("param");
    const { label, position, default: isDefault } = c.req.valid("json");
    const { DB } = c.env;
    const before = await findAudioTracks(DB, videoId);
    if (before?.some(({ id }) => id === track) !== true) return problem(c, "notFound");
    await DB.batch([
      ...(isDefault === true
        ? [
            DB.prepare("UPDATE audio_tracks SET is_default = 0 WHERE video_id = ? AND id <> ?").bind(
              videoId,
              track,
            ),
          ]
        : []),
      DB.prepare(
        `INSERT INTO audio_tracks (video_id, id, label, is_default, position)
         SELECT id, ?2, ?3, coalesce(?4, 0), ?5 FROM videos WHERE id = ?1
         ON CONFLICT (video_id, id) DO UPDATE SET label = coalesce(?3, label), is_default = coalesce(?4, is_default),
           position = coalesce(?5, position)`,
      ).bind(
        videoId,
        track,
        label ?? null,
        isDefault === undefined ? null : Number(isDefault),
        position ?? null,
      ),
    ]);
    const after = (await findAudioTracks(DB, videoId))?.find(({ id }) => id === track);
    return after === undefined ? problem(c, "notFound") : c.json(after, 200);
  });

interface Setting {
  readonly id: string;
  readonly label: string | null;
  readonly is_default: number;
  readonly position: number | null;
}

/** Of the version that plays or will: the ladder's, else the file's. Null: no such video. */
async function findAudioTracks(db: D1Database, videoId: string): Promise<readonly AudioTrack[] | null> {
  const [videos, versions, settings] = await db.batch([
    db.prepare("SELECT 1 FROM videos WHERE id = ?").bind(videoId),
    db
      .prepare(
        `SELECT m.formats FROM versions m JOIN videos v ON m.video_id = coalesce(v.clip_of, v.id)
           AND (m.version = v.version OR m.version = v.version - 1 AND m.kind = 'source')
         WHERE v.id = ? ORDER BY m.version DESC LIMIT 1`,
      )
      .bind(videoId),
    db.prepare("SELECT id, label, is_default, position FROM audio_tracks WHERE video_id = ?").bind(videoId),
  ]);
  if (videos?.results.length !== 1) return null;
  const [version] = (versions?.results ?? []) as unknown as readonly { formats: string }[];
  // Own rows only: written by the scheduler and at the end of an upload from typed values.
  const formats = version === undefined ? [] : (JSON.parse(version.formats) as readonly Format[]);
  return listed(formats, (settings?.results ?? []) as unknown as readonly Setting[]);
}

function listed(formats: readonly Format[], settings: readonly Setting[]): readonly AudioTrack[] {
  const sounds = formats.flatMap((format) =>
    format.kind === "audio" && format.dropped !== true ? [format] : [],
  );
  const preferred = settings.find((setting) => setting.is_default === 1)?.id ?? sounds[0]?.id;
  return sounds
    .map((format, index) => {
      const setting = settings.find(({ id }) => id === format.id);
      const language = languageTag(format.language);
      const track: AudioTrack = {
        ...{ id: format.id, language, codec: format.codec, channels: format.channels },
        label: setting?.label ?? languageName(language),
        default: format.id === preferred,
        position: setting?.position ?? null,
      };
      return { track, place: setting?.position ?? 1_000 + index };
    })
    .toSorted((a, b) => a.place - b.place)
    .map(({ track }) => track);
}
