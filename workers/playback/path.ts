// Paths under /p/, matched by hand: a scan and a switch, no URL object, no regular expression. Whatever is
// not spelled exactly as we print it (escapes, doubled slashes, leading zeros) is no path of ours.

export type PlaybackRoute =
  | { readonly kind: "multivariant" }
  | { readonly kind: "mpd" }
  | { readonly kind: "picture"; readonly name: PictureName }
  | SessionRoute
  | BesideRoute
  | TrackRoute;

export type PictureName = "thumbnail" | "storyboardText" | "storyboard" | "preview";

/** Where the player of a session sends its beacons, and where it asks which pathway to take. */
export interface SessionRoute {
  readonly kind: "event" | "steering";
  /** As it came: not verified yet. */
  readonly session: string;
}

export type BesideRoute =
  | TextRoute
  | { readonly kind: "chapters" }
  | { readonly kind: "sessionChapters"; readonly session: string }
  | { readonly kind: "download"; readonly name: string };

/** A text of a version: `{version}-text/{caption}/{file}`. */
export interface TextRoute {
  readonly kind: "text";
  readonly session: string;
  readonly version: number;
  readonly caption: string;
  readonly file: string;
}

export type TrackRoute =
  | ({ readonly kind: "media" | "iframes" | "init" } & TrackPath)
  | ({ readonly kind: "segment"; readonly g: number; readonly n: number } & TrackPath);

export interface TrackPath {
  /** As it came: not verified yet. */
  readonly session: string;
  readonly version: number;
  readonly track: string;
}

export interface PlaybackPath {
  readonly playbackId: string;
  readonly route: PlaybackRoute;
}

const prefix = "/p/";
const minPlaybackIdLength = 16;
const maxPlaybackIdLength = 64;
/** Longer than any session of ours: enough to tell "not a session" from "not a path". */
const maxSessionLength = 128;
const maxTrackLength = 16;
/** Versions and segment numbers fit in 7 digits: 2-second segments for 231 days. */
const maxDigits = 7;

/** The path of an absolute URL, and what follows "?" (without a fragment). */
export function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start < 0) return { path: "/", query: "" };
  let end = url.indexOf("#", start);
  if (end < 0) end = url.length;
  const question = url.indexOf("?", start);
  if (question < 0 || question > end) return { path: url.slice(start, end), query: "" };
  return { path: url.slice(start, question), query: url.slice(question + 1, end) };
}

export function matchPlaybackPath(path: string): PlaybackPath | null {
  if (!path.startsWith(prefix)) return null;
  const parts = path.slice(prefix.length).split("/", 7);
  const [playbackId = "", head = ""] = parts;
  if (!isPlaybackId(playbackId)) return null;
  const route =
    parts.length === 2
      ? matchTop(head)
      : head === "s"
        ? matchSession(parts)
        : head === "download" && parts.length === 3 && isFileName(parts[2])
          ? ({ kind: "download", name: parts[2] } as const)
          : null;
  return route === null ? null : { playbackId, route };
}

function matchTop(name: string): PlaybackRoute | null {
  switch (name) {
    case "hls.m3u8":
      return { kind: "multivariant" };
    case "dash.mpd":
      return { kind: "mpd" };
    case "thumbnail.jpg":
      return { kind: "picture", name: "thumbnail" };
    case "storyboard.vtt":
      return { kind: "picture", name: "storyboardText" };
    case "storyboard.jpg":
      return { kind: "picture", name: "storyboard" };
    case "preview.mp4":
      return { kind: "picture", name: "preview" };
    case "chapters.vtt":
      return { kind: "chapters" };
    default:
      return null;
  }
}

/** playbackId / s / session / event or steering, or / version-track / name, or … / g / n.m4s */
function matchSession(parts: readonly string[]): PlaybackRoute | null {
  const [, , session = "", rendition = "", name = "", file] = parts;
  if (session === "" || session.length > maxSessionLength || !isBase64url(session)) return null;
  if (parts.length === 4) {
    if (rendition === "chapters.json") return { kind: "sessionChapters", session };
    return rendition === "event" || rendition === "steering" ? { kind: rendition, session } : null;
  }
  const dash = rendition.indexOf("-");
  const version = readCount(rendition.slice(0, Math.max(dash, 0)));
  const track = rendition.slice(dash + 1);
  if (version === null || !isTrackId(track)) return null;
  if (track === textTrack && parts.length === 6) {
    if (!isFileName(name) || !isFileName(file)) return null;
    return { kind: "text", session, version, caption: name, file };
  }
  if (parts.length === 6 && file !== undefined) {
    const g = readCount(name);
    const n = file.endsWith(".m4s") ? readCount(file.slice(0, -4)) : null;
    return g === null || n === null ? null : { kind: "segment", session, version, track, g, n };
  }
  if (parts.length !== 5) return null;
  switch (name) {
    case "index.m3u8":
      return { kind: "media", session, version, track };
    case "iframes.m3u8":
      return { kind: "iframes", session, version, track };
    case "init.mp4":
      return { kind: "init", session, version, track };
    default:
      return null;
  }
}

/** Decimal digits in their one spelling: no sign, no leading zero. */
export function readCount(text: string): number | null {
  if (text.length === 0 || text.length > maxDigits || (text.length > 1 && text.startsWith("0"))) return null;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return value;
}

function isPlaybackId(text: string): boolean {
  return text.length >= minPlaybackIdLength && text.length <= maxPlaybackIdLength && isBase64url(text);
}

function isBase64url(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const known =
      (code >= 97 && code <= 122) ||
      (code >= 65 && code <= 90) ||
      (code >= 48 && code <= 57) ||
      code === 45 ||
      code === 95;
    if (!known) return false;
  }
  return true;
}

/** Stands where a track's id does, and is none. */
export const textTrack = "text";
const maxFileNameLength = 80;

function isFileName(text: string | undefined): text is string {
  if (text === undefined || text === "" || text.length > maxFileNameLength) return false;
  return isBase64url(text.replaceAll(".", ""));
}

function isTrackId(text: string): boolean {
  if (text.length === 0 || text.length > maxTrackLength) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const letter = code >= 97 && code <= 122;
    if (!letter && (i === 0 || code < 48 || code > 57)) return false;
  }
  return true;
}
