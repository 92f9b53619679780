// What players and pages load of a playback id, in the document. What stands under `/p/{playbackId}/s/` is named by
// manifests, with a session in each URL, and is nothing to be written by hand; but beacons are for players of others.
import { header, path, problem, query } from "#workers/http/described.ts";

const playbackId = path("playbackId", "Of the video.", "kq1mH0b7cJ5r2dQw8Zt3Vg");
const token = query(
  "token",
  "A playback token, where the playback id is signed.",
  "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
);
const explain = query(
  "explain",
  "`1` with an API key of the scope `admin`: why this viewer is answered so, instead of the answer.",
  1,
);

const modifiers = [
  query("maxHeight", "No rendition above it, of the picture's shorter side.", 720),
  query("minHeight", "No rendition below it, if any is left.", 360),
  query("order", "How renditions are listed: `ascending`, `descending`, `middleFirst`.", "ascending"),
  query("codecs", "First parts of codec strings.", "avc1,mp4a"),
  query("audioLanguages", "Sound in these languages; the first that is there is the default.", "de,pt-BR"),
  query("defaultSubtitles", "The language of the texts that are shown from the beginning.", "de"),
  query("start", "Seconds at which the clip begins.", 12.5),
  query("end", "Seconds at which it ends.", 90),
  query("audioOnly", "The sound without the picture.", true),
];

const refused = {
  403: problem("Not for this viewer, from here or now: `code` says why."),
  404: problem("`notFound`"),
  429: problem("`rateLimited`: `Retry-After` says when to come back."),
  503: problem("`unavailable`"),
};
const waits = problem("`notYetPlayable`, `notYetComplete`: `Retry-After` says when to come back.");

interface Played {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** Of the body. */
  readonly type: string;
  readonly parameters?: readonly object[];
  readonly responses?: object;
}

const played = ({ type, parameters = [], responses, ...said }: Played) => ({
  get: {
    ...said,
    tags: ["playback"],
    security: [],
    parameters: [playbackId, ...parameters, token, explain],
    responses: {
      200: {
        description: "What was asked for.",
        content: { [type]: { schema: { type: "string", format: "binary" } } },
      },
      400: problem("`invalidParameter`"),
      401: problem("`unauthenticated`: `explain` wants an API key"),
      ...refused,
      409: waits,
      ...responses,
    },
  },
});

/** Bytes that are the same for everybody: kept, and given in parts. */
const stored = ({ responses = {}, ...given }: Played) =>
  played({
    ...given,
    parameters: [
      ...(given.parameters ?? []),
      header("Range", "One range of bytes.", "bytes=0-1023"),
      header("If-None-Match", "The `ETag` of what you have.", '"3-0-poster-1280.1"'),
    ],
    responses: {
      206: {
        description: "The range.",
        headers: { "Content-Range": { schema: { type: "string", example: "bytes 0-1023/65536" } } },
        content: { [given.type]: { schema: { type: "string", format: "binary" } } },
      },
      304: { description: "You have it." },
      416: { description: "`Content-Range` says how long it is." },
      ...responses,
    },
  });

const beacon = {
  post: {
    operationId: "sendBeacon",
    tags: ["playback"],
    security: [],
    summary: "Tell how playback goes, and ask whether it may go on",
    description:
      "For players of your own. `{session}` is out of the URLs of the manifest. Also `application/cmcd`, one payload " +
      "of Common Media Client Data a line, and JSON of its keys.",
    parameters: [playbackId, path("session", "Of the viewer's manifest.", "AQIDBAUGBwgJCgsMDQ4PEA")],
    requestBody: {
      required: false,
      content: {
        "application/json": {
          schema: {
            type: "object",
            properties: {
              event: {
                type: "string",
                enum: ["playing", "waiting", "paused", "ended", "error", "quit"],
              },
              positionSeconds: { type: "number", example: 12.5 },
            },
            required: ["event"],
          },
        },
      },
    },
    responses: {
      200: {
        description: "It may.",
        content: {
          "application/json": {
            schema: {
              type: "object",
              properties: {
                state: { const: "ok" },
                nextSeconds: { type: "number", description: "When to ask again.", example: 2 },
                session: {
                  type: "string",
                  description:
                    "Once half of the session is over: it takes the place of the one in every URL.",
                },
              },
              required: ["state", "nextSeconds"],
            },
          },
        },
      },
      400: problem("`invalidJson`"),
      413: problem("`bodyTooLarge`"),
      415: problem("`unsupportedMediaType`"),
      422: problem("`unprocessable`: JSON, but neither an event nor CMCD"),
      ...refused,
    },
  },
};

export const playbackPaths = {
  "/p/{playbackId}/hls.m3u8": played({
    operationId: "getHls",
    summary: "Play as HLS",
    description: "Made for the viewer who asks: its URLs open what it offers, and nothing else.",
    type: "application/vnd.apple.mpegurl",
    parameters: [
      ...modifiers,
      query(
        "pathways",
        "`1`: a player that follows content steering is moved from the uploaded file to the ladder once that is whole.",
        1,
      ),
    ],
  }),
  "/p/{playbackId}/dash.mpd": played({
    operationId: "getDash",
    summary: "Play as DASH",
    description: "Of the uploaded file at once, of a ladder once it is whole.",
    type: "application/dash+xml",
    parameters: modifiers,
  }),
  "/p/{playbackId}/thumbnail.jpg": stored({
    operationId: "getThumbnail",
    summary: "A picture of the video",
    description: "The poster, or with `time` the nearest of the pictures that are kept of every few seconds.",
    type: "image/jpeg",
    parameters: [
      query("time", "Seconds into the video.", 12.5),
      query("width", "In pixels: the smallest picture that is at least so wide, else the largest.", 640),
      query("exact", "`1`: the very frame of `time`, made when it is first asked for.", 1),
    ],
    responses: {
      202: {
        description: "The frame is being made: `Retry-After` says when to come back.",
        content: {
          "application/json": { schema: { type: "object", properties: { status: { const: "waiting" } } } },
        },
      },
    },
  }),
  "/p/{playbackId}/storyboard.vtt": played({
    operationId: "getStoryboard",
    summary: "Pictures for a seek bar, as WebVTT",
    description:
      "Its cues name `storyboard.jpg` with `#xywh=`, and carry the token that it was asked for with.",
    type: "text/vtt",
  }),
  "/p/{playbackId}/storyboard.jpg": stored({
    operationId: "getStoryboardSheet",
    summary: "One sheet of pictures for a seek bar",
    type: "image/jpeg",
    parameters: [query("sheet", "From 0.", 0)],
  }),
  "/p/{playbackId}/preview.mp4": stored({
    operationId: "getPreview",
    summary: "A few seconds of moments of the film, small and silent",
    type: "video/mp4",
  }),
  "/p/{playbackId}/chapters.vtt": played({
    operationId: "getChaptersText",
    summary: "Chapters, as WebVTT",
    description: "Of a signed playback id, by a token whose `aud` is `video`.",
    type: "text/vtt",
    parameters: [query("language", "Of those that there are; without it the first.", "de")],
  }),
  "/p/{playbackId}/download/{name}": stored({
    operationId: "download",
    summary: "Download a rendition as a file",
    description:
      "Where `downloads` of the playback id is set, or by a token whose `aud` is `download`. `GET " +
      "/v1/videos/{videoId}/downloads` lists the names.",
    type: "video/mp4",
    parameters: [path("name", "Of the file.", "720p.mp4"), ...modifiers],
  }),
  "/p/{playbackId}/s/{session}/event": beacon,
};
