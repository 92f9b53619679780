// What a pasted link unfurls to: Open Graph, a Twitter player card, and where the oEmbed answer is.
import type { Sites } from "#workers/http/host.ts";
import { shownSize, type SharedVideo } from "./shared-video.ts";

/** The page with what a link to it shows elsewhere. Of a video that needs a token nothing is told. */
export function withCard(page: Response, video: SharedVideo | null, sites: Sites): Response {
  if (video === null || !video.isPublic) return page;
  const tags = cardTags(video, sites);
  const title = escapeHtml(video.title === "" ? "Untitled video" : video.title);
  return new HTMLRewriter()
    .on("title", { element: (element) => void element.setInnerContent(`${title} · Sluice`, { html: true }) })
    .on("head", { element: (element) => void element.append(tags, { html: true }) })
    .transform(page);
}

/** Larger than any card is shown. */
const largest = { width: 1920, height: 1080 };

function cardTags(video: SharedVideo, sites: Sites): string {
  const { playbackId, title, durationSeconds, pictures } = video;
  const { width, height } = shownSize(video, largest);
  const page = `${sites.api}/watch/${playbackId}`;
  const base = `${sites.playback}/p/${playbackId}`;
  // A site that is answered 404 or 409 for it may remember the link as one without a picture.
  const image = pictures.length === 0 ? [] : [`${base}/thumbnail.jpg`];
  const properties: readonly (readonly [string, string | number])[] = [
    ["og:type", "video.other"],
    ["og:site_name", "Sluice"],
    ["og:title", title],
    ["og:url", page],
    ...image.map((url) => ["og:image", url] as const),
    ["og:video", `${base}/embed`],
    ["og:video:type", "text/html"],
    ["og:video:width", width],
    ["og:video:height", height],
    ...(durationSeconds === null ? [] : [["video:duration", Math.round(durationSeconds)] as const]),
  ];
  const names: readonly (readonly [string, string | number])[] = [
    ["twitter:card", "player"],
    ["twitter:title", title],
    ...image.map((url) => ["twitter:image", url] as const),
    ["twitter:player", `${base}/embed`],
    ["twitter:player:width", width],
    ["twitter:player:height", height],
  ];
  const oembed = `${sites.api}/oembed?format=json&url=${encodeURIComponent(page)}`;
  return [
    ...properties.map(([name, value]) => `<meta property="${name}" content="${escapeHtml(String(value))}">`),
    ...names.map(([name, value]) => `<meta name="${name}" content="${escapeHtml(String(value))}">`),
    `<link rel="alternate" type="application/json+oembed" href="${escapeHtml(oembed)}" title="${escapeHtml(title)}">`,
  ].join("");
}

/** A title is whatever somebody wrote. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
