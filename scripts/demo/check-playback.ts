// Fetches everything a player could: every playlist, init segment and segment of both manifests, the images.
// Says what is wrong in sentences; an empty list means that all of it is right.
import { XMLParser } from "fast-xml-parser";
import * as HLS from "hls-parser";

export interface PlaybackReport {
  readonly playlists: number;
  readonly segments: number;
  readonly bytes: number;
  readonly faults: readonly string[];
}

class Crawl {
  playlists = 0;
  segments = 0;
  bytes = 0;
  readonly faults: string[] = [];

  async get(
    url: string,
    contentType: string,
    headers: Record<string, string> = {},
  ): Promise<Uint8Array | null> {
    const answer = await fetch(url, { headers });
    const body = new Uint8Array(await answer.arrayBuffer());
    const path = new URL(url).pathname.replace(/\/s\/[^/]+\//, "/s/…/");
    const wanted = "Range" in headers ? 206 : 200;
    if (answer.status !== wanted) {
      this.faults.push(`${path} answered ${answer.status}, not ${wanted}`);
      return null;
    }
    const type = answer.headers.get("Content-Type") ?? "nothing";
    if (!type.startsWith(contentType)) this.faults.push(`${path} is ${type}, not ${contentType}`);
    if (answer.headers.get("Access-Control-Allow-Origin") !== "*")
      this.faults.push(`${path} has no CORS header`);
    this.bytes += body.length;
    return body;
  }

  async text(url: string, contentType: string): Promise<string | null> {
    const body = await this.get(url, contentType);
    this.playlists += 1;
    return body === null ? null : new TextDecoder().decode(body);
  }

  async segment(
    url: string,
    contentType: string,
    range?: { readonly offset: number; readonly length: number },
  ) {
    const headers: Record<string, string> =
      range === undefined ? {} : { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` };
    const body = await this.get(url, contentType, headers);
    this.segments += 1;
    if (body === null) return;
    const path = new URL(url).pathname.split("/").slice(-3).join("/");
    if (range !== undefined && body.length !== range.length)
      this.faults.push(`${path} gave ${body.length} of ${range.length} bytes`);
    const boxType = new TextDecoder().decode(body.subarray(4, 8));
    const wanted = url.endsWith("init.mp4") ? "ftyp" : "moof";
    if (boxType !== wanted) this.faults.push(`${path} begins with ${boxType}, not ${wanted}`);
  }
}

const playlistType = "application/vnd.apple.mpegurl";

async function crawlMediaPlaylist(crawl: Crawl, url: string, mediaType: string): Promise<number> {
  const text = await crawl.text(url, playlistType);
  if (text === null) return 0;
  const playlist = HLS.parse(text) as HLS.types.MediaPlaylist;
  if (!playlist.endlist) crawl.faults.push(`${url.split("/").slice(-2).join("/")} has no ENDLIST`);
  const maps = new Set(
    playlist.segments.map((segment) => segment.map?.uri).filter((uri) => uri !== undefined),
  );
  for (const map of maps) await crawl.segment(new URL(map, url).href, mediaType);
  for (const segment of playlist.segments) {
    await crawl.segment(new URL(segment.uri, url).href, mediaType, segment.byterange);
  }
  return playlist.segments.reduce((sum, segment) => sum + segment.duration, 0);
}

async function crawlHls(crawl: Crawl, hlsUrl: string): Promise<number> {
  const text = await crawl.text(hlsUrl, playlistType);
  if (text === null) return 0;
  const master = HLS.parse(text) as HLS.types.MasterPlaylist;
  const durations: number[] = [];
  const seen = new Set<string>();
  const visit = async (uri: string | undefined, mediaType: string) => {
    if (uri === undefined || seen.has(uri)) return;
    seen.add(uri);
    durations.push(await crawlMediaPlaylist(crawl, new URL(uri, hlsUrl).href, mediaType));
  };
  for (const variant of master.variants) {
    for (const audio of variant.audio) await visit(audio.uri, "audio/mp4");
    await visit(
      variant.uri,
      variant.resolution === undefined && !variant.isIFrameOnly ? "audio/mp4" : "video/mp4",
    );
  }
  if (master.variants.length === 0) crawl.faults.push("the multivariant playlist has no variant");
  const [shortest, longest] = [Math.min(...durations), Math.max(...durations)];
  if (longest - shortest > 0.1)
    crawl.faults.push(`the playlists' durations differ: ${shortest} to ${longest} s`);
  return longest;
}

interface MpdTemplate {
  readonly "@_initialization": string;
  readonly "@_media": string;
  readonly "@_startNumber": string;
  readonly SegmentTimeline: { readonly S: readonly { readonly "@_r"?: string }[] };
}
interface MpdRepresentation {
  readonly "@_id": string;
  readonly SegmentTemplate?: MpdTemplate;
  /** Of texts: the one file. */
  readonly BaseURL?: string;
}
interface MpdSet {
  readonly "@_mimeType": string;
  readonly SegmentTemplate?: MpdTemplate;
  readonly Representation: readonly MpdRepresentation[];
}
interface Mpd {
  readonly BaseURL: string;
  readonly Period: { readonly AdaptationSet: readonly MpdSet[] };
}

async function crawlRepresentation(
  crawl: Crawl,
  base: string,
  set: MpdSet,
  representation: MpdRepresentation,
) {
  const id = representation["@_id"];
  if (representation.BaseURL !== undefined) {
    await crawl.text(new URL(representation.BaseURL, base).href, set["@_mimeType"]);
    return;
  }
  const template = representation.SegmentTemplate ?? set.SegmentTemplate;
  if (template === undefined) {
    crawl.faults.push(`the representation ${id} has no SegmentTemplate`);
    return;
  }
  const count = template.SegmentTimeline.S.reduce((sum, entry) => sum + 1 + Number(entry["@_r"] ?? 0), 0);
  const fill = (pattern: string, number = 0) =>
    new URL(pattern.replace("$RepresentationID$", id).replace("$Number$", String(number)), base).href;
  await crawl.segment(fill(template["@_initialization"]), set["@_mimeType"]);
  const first = Number(template["@_startNumber"]);
  for (let n = first; n < first + count; n += 1) {
    await crawl.segment(fill(template["@_media"], n), set["@_mimeType"]);
  }
}

async function crawlDash(crawl: Crawl, dashUrl: string): Promise<void> {
  const text = await crawl.text(dashUrl, "application/dash+xml");
  if (text === null) return;
  const lists = ["AdaptationSet", "Representation", "S"];
  const parser = new XMLParser({ ignoreAttributes: false, isArray: (name) => lists.includes(name) });
  const { MPD: mpd } = parser.parse(text) as { MPD: Mpd };
  const base = new URL(mpd.BaseURL, dashUrl).href;
  for (const set of mpd.Period.AdaptationSet) {
    for (const representation of set.Representation)
      await crawlRepresentation(crawl, base, set, representation);
  }
}

export async function checkPlayback(
  urls: { readonly hlsUrl: string; readonly dashUrl: string; readonly posterUrl: string },
  durationSeconds: number,
  { images = true }: { readonly images?: boolean } = {},
): Promise<PlaybackReport> {
  const crawl = new Crawl();
  const listed = await crawlHls(crawl, urls.hlsUrl);
  if (Math.abs(listed - durationSeconds) > 0.5) {
    crawl.faults.push(`HLS lists ${listed.toFixed(2)} s of a video of ${durationSeconds.toFixed(2)} s`);
  }
  await crawlDash(crawl, urls.dashUrl);
  if (images) await crawl.get(urls.posterUrl, "image/jpeg");
  const { playlists, segments, bytes, faults } = crawl;
  return { playlists, segments, bytes, faults };
}
