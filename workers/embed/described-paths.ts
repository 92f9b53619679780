// What sites ask of a link to a video, in the document.
import { path, problem, query } from "#workers/http/described.ts";

const pixels = { type: "integer", minimum: 1 };
const text = (example: string, more: object = {}) => ({ type: "string", example, ...more });
const url = (example: string) => text(example, { format: "uri" });

const card = {
  type: "object",
  properties: {
    type: { const: "video" },
    version: { const: "1.0" },
    title: text("Launch film"),
    provider_name: text("Sluice"),
    provider_url: url("https://video.example/"),
    cache_age: { type: "integer", description: "In seconds.", example: 300 },
    thumbnail_url: {
      ...url("https://video.example/p/kq1mH0b7cJ5r2dQw8Zt3Vg/thumbnail.jpg?width=1280"),
      description: "With its size, where there is a picture within `maxwidth` and `maxheight`.",
    },
    thumbnail_width: { ...pixels, example: 1280 },
    thumbnail_height: { ...pixels, example: 720 },
    html: text('<iframe src="https://video.example/p/kq1mH0b7cJ5r2dQw8Zt3Vg/embed"></iframe>'),
    width: { ...pixels, example: 1280 },
    height: { ...pixels, example: 720 },
  },
  required: ["type", "version", "html", "width", "height"],
};

export const embedPaths = {
  "/p/{playbackId}/embed": {
    get: {
      operationId: "getEmbed",
      tags: ["playback"],
      security: [],
      summary: "The player as a page to be framed",
      description: "By the sites that `allowedOrigins` names. Its query sets the player.",
      parameters: [
        path("playbackId", "Of the video.", "kq1mH0b7cJ5r2dQw8Zt3Vg"),
        query("token", "A playback token, where the playback id is signed.", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"),
        query("autoplay", "Begin without being asked; browsers want `muted` with it.", true),
        query("muted", "Without sound at first.", true),
        query("loop", "From the end to the beginning.", true),
        query("preload", "`auto`, `metadata` or `none`.", "metadata"),
        query("start-time", "Where to begin: `90`, `1:30`, `1m30s`.", "1m30s"),
        query(
          "resume",
          "Begin where this viewer left off on this device, where `start-time` says nothing.",
          true,
        ),
        query("poster-time", "Seconds of the picture that is shown before.", 4),
        query("accent-color", "Of the controls.", "#e11d48"),
      ],
      responses: {
        200: { description: "The page.", content: { "text/html": { schema: { type: "string" } } } },
        403: problem("`originNotAllowed`"),
        404: { description: "The page, which says that there is no such video." },
      },
    },
  },
  "/oembed": {
    get: {
      operationId: "getOembed",
      tags: ["playback"],
      security: [],
      summary: "What to show for a link to a video (oEmbed 1.0)",
      parameters: [
        {
          ...query(
            "url",
            "Of a watch page or an embed page here.",
            "https://video.example/watch/kq1mH0b7cJ5r2dQw8Zt3Vg",
          ),
          required: true,
        },
        query("maxwidth", "In pixels.", 1280),
        query("maxheight", "In pixels.", 720),
        query("format", "`json`, and no other.", "json"),
      ],
      responses: {
        200: { description: "The player's frame.", content: { "application/json": { schema: card } } },
        400: problem("`invalidParameter`"),
        403: problem("`forbidden`: the video needs a token"),
        404: problem("`notFound`: no video here"),
        501: problem("`notImplemented`: a format that is not given"),
      },
    },
  },
};
