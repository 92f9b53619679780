// https://oembed.com: what a site asks that was given a link to a video.
import type { Context } from "hono";
import type { ApiEnv } from "#workers/http/context.ts";
import { sitesOf } from "#workers/http/host.ts";
import { problemResponse } from "#workers/http/problem.ts";
import type { PictureSize } from "#workers/storage/stored-images.ts";
import { escapeHtml } from "./link-card.ts";
import { findShared, shownSize, type SharedVideo } from "./shared-video.ts";

const ofVideo = /^\/(?:watch\/([A-Za-z0-9_-]{16,64})\/?|p\/([A-Za-z0-9_-]{16,64})\/embed)$/;
/** Where none is asked for. */
const usualMost = { width: 1280, height: 1280 };
const longestUrl = 2048;

export async function oembed(c: Context<ApiEnv>): Promise<Response> {
  const sites = sitesOf(c.req.raw, c.env);
  const { requestId } = c.var;
  const refused = (code: "invalidParameter" | "notFound" | "forbidden", detail: string) =>
    problemResponse(code, { requestId, detail });
  const format = c.req.query("format") ?? "json";
  // oEmbed 2.3.2: a format that can't be given is answered by 501.
  if (format !== "json")
    return problemResponse("notImplemented", { requestId, detail: "Only json is given." });
  const playbackId = playbackIdOf(c.req.query("url") ?? "", Object.values(sites));
  if (playbackId === null) return refused("notFound", "`url` is not of a video here.");
  const most = {
    width: mostOf(c.req.query("maxwidth"), usualMost.width),
    height: mostOf(c.req.query("maxheight"), usualMost.height),
  };
  if (most.width === null || most.height === null)
    return refused("invalidParameter", "`maxwidth` and `maxheight` are whole numbers from 1 on.");
  const video = await findShared(c.env.DB, playbackId, Date.now());
  if (video === null) return refused("notFound", "`url` is not of a video here.");
  // oEmbed 2.3.2 has 401 for what is private; 403 says the same without asking for credentials.
  if (!video.isPublic) return refused("forbidden", "The video needs a token, or is not to be watched now.");
  const within = { width: most.width, height: most.height };
  return c.json(richVideo(video, within, sites), 200, { "Cache-Control": "public, max-age=300" });
}

function richVideo(
  video: SharedVideo,
  most: PictureSize,
  { api, playback }: { readonly api: string; readonly playback: string },
) {
  const { width, height } = shownSize(video, most);
  const base = `${playback}/p/${video.playbackId}`;
  return {
    type: "video",
    version: "1.0",
    title: video.title,
    provider_name: "Sluice",
    provider_url: `${api}/`,
    cache_age: 300,
    ...thumbnail(`${base}/thumbnail.jpg`, video.pictures, most),
    html: iframe(`${base}/embed`, video.title, width, height),
    width,
    height,
  };
}

/** oEmbed 2.3.4: no larger than was asked for, and all three or none. */
function thumbnail(url: string, pictures: readonly PictureSize[], most: PictureSize) {
  const size = pictures.find(({ width, height }) => width <= most.width && height <= most.height);
  if (size === undefined) return {};
  const { width, height } = size;
  return { thumbnail_url: `${url}?width=${width}`, thumbnail_width: width, thumbnail_height: height };
}

function iframe(src: string, title: string, width: number, height: number): string {
  return (
    `<iframe src="${src}" title="${escapeHtml(title)}" width="${width}" height="${height}" ` +
    'frameborder="0" allow="autoplay; encrypted-media; fullscreen; picture-in-picture" allowfullscreen></iframe>'
  );
}

function playbackIdOf(text: string, origins: readonly string[]): string | null {
  if (text.length > longestUrl || !URL.canParse(text)) return null;
  const url = new URL(text);
  const match = origins.includes(url.origin) ? ofVideo.exec(url.pathname) : null;
  return match?.[1] ?? match?.[2] ?? null;
}

/** Null: not a length. */
function mostOf(text: string | undefined, usual: number): number | null {
  if (text === undefined) return usual;
  return /^[1-9]\d{0,4}$/.test(text) ? Number(text) : null;
}
