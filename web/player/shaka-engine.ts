// Shaka behind the Engine interface, for protected videos. Loaded only when a page has said where their keys come from.
import shaka from "shaka-player/dist/shaka-player.hls-es2021.js";
import { conditionOf, problemCode, type Condition } from "./conditions.ts";
import type { Drm } from "./drm.ts";
import type { Engine, EngineOptions } from "./engine.ts";
import type { Rendition } from "./renditions.ts";
import type { Sound } from "./sounds.ts";
import { eventUrlIn, withSession } from "./source-url.ts";

// As in hls-engine.ts.
const titleDataId = "com.apple.hls.title";
const chaptersDataId = "com.apple.hls.chapters";
const keptBehindSeconds = 60;
/** Longer than a licence server takes. */
const keyWaitMs = 8_000;

let isPrepared = false;

export function startShaka(options: EngineOptions, drm: Drm): Engine {
  if (!isPrepared) shaka.polyfill.installAll();
  isPrepared = true;
  const { video } = options;
  const player = new shaka.Player();
  player.configure(configurationOf(drm));
  let session: string | null = null;
  let started = false;
  let isAuto = true;
  follow(player, options, () => session);
  if (drm.headers !== undefined) sendToLicences(player, drm.headers);

  const ended = new AbortController();
  const { signal } = ended;
  const fail = (error: unknown): void => {
    // An end in the middle of the beginning is told as a failure too.
    if (signal.aborted) return;
    const condition = error instanceof shaka.util.Error ? conditionFor(error) : "decode";
    options.onFailure({ condition, started });
  };
  player.addEventListener("error", (event) => {
    const { detail } = event as CustomEvent<shaka.util.Error>;
    // What it gets over by itself is its own affair; a session that is over it would ask for again.
    if (detail.severity === shaka.util.Error.Severity.CRITICAL || isRefusal(detail)) fail(detail);
  });
  video.addEventListener("loadeddata", () => (started = true), { once: true, signal });
  watchForKeys(video, signal, () => options.onFailure({ condition: "keyRefused", started: false }));

  const { startSeconds } = options;
  const keepsPlaying = playWanted(video);
  player
    .attach(video)
    .then(() => player.load(options.url, startSeconds === 0 ? null : startSeconds))
    .then(keepsPlaying)
    .catch(fail);

  return {
    renew(renewed) {
      session = renewed;
    },
    chooseRendition(index) {
      const track = index < 0 ? undefined : byHeight(player)[index];
      // To say what is so already would be told as a change of the tracks, and be said again.
      if (isAuto !== (track === undefined)) player.configure("abr.enabled", (isAuto = track === undefined));
      if (track !== undefined) player.selectVideoTrack(track);
    },
    chooseSound(index) {
      const track = player.getAudioTracks()[index];
      if (track?.active === false) player.selectAudioTrack(track);
    },
    measure: () => measured(player, started),
    destroy() {
      ended.abort();
      return player.destroy();
    },
  };
}

/** A key that nobody has is told by nothing but that it does not come. */
function watchForKeys(video: HTMLVideoElement, signal: AbortSignal, onMissing: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const forget = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  video.addEventListener("waitingforkey", () => (timer ??= setTimeout(onMissing, keyWaitMs)), { signal });
  for (const type of ["playing", "canplay"]) video.addEventListener(type, forget, { signal });
  signal.addEventListener("abort", forget);
}

/** To attach a source pauses the element without a word: what was wanted before, or meanwhile, is done afterwards. */
function playWanted(video: HTMLVideoElement): () => void {
  let isWanted = !video.paused;
  const heard = new AbortController();
  video.addEventListener("play", () => (isWanted = true), { signal: heard.signal });
  video.addEventListener("pause", () => (isWanted = false), { signal: heard.signal });
  return () => {
    heard.abort();
    if (isWanted && video.paused) void video.play().catch(() => {});
  };
}

function configurationOf({ servers = {}, clearKeys = {}, certificates = {} }: Drm) {
  const advanced = Object.fromEntries(
    Object.entries(certificates).map(([system, url]) => [system, { serverCertificateUri: url }]),
  );
  return { drm: { servers, clearKeys, advanced }, streaming: { bufferBehind: keptBehindSeconds } };
}

/** What it finds out of the video, told as it comes. */
function follow(player: shaka.Player, options: EngineOptions, session: () => string | null): void {
  player.getNetworkingEngine()?.registerRequestFilter((_type, request) => {
    const renewed = session();
    if (renewed !== null) request.uris = request.uris.map((url: string) => withSession(url, renewed));
    const [url = ""] = request.uris;
    if (eventUrlIn(url) !== null) options.onSession(url);
  });
  player.addEventListener("sessiondata", (event) => {
    const { id, value } = event as Event & { readonly id?: string; readonly value?: string };
    if (id === titleDataId && value !== undefined && value !== "") options.onTitle(value);
    if (id === chaptersDataId) options.onChapters();
  });
  player.addEventListener("manifestparsed", () => {
    // A film that is being encoded is no broadcast: it is watched from its start.
    if (player.isLive()) player.updateStartTime(options.startSeconds);
  });
  // A list that is told anew takes the viewer's choice back, and menus answer it with one of their own.
  const tellRenditions = onlyNews(options.onRenditions);
  const tellSounds = onlyNews(options.onSounds);
  const tellGrowing = (): void => options.onGrowing(player.isLive());
  player.addEventListener("manifestupdated", tellGrowing);
  player.addEventListener("trackschanged", () => {
    tellGrowing();
    tellRenditions(byHeight(player).map(renditionOf));
    tellSounds(...soundsOf(player));
  });
  player.addEventListener("audiotrackschanged", () => tellSounds(...soundsOf(player)));
}

function onlyNews<Told extends readonly unknown[]>(tell: (...told: Told) => void): (...told: Told) => void {
  let before = "";
  return (...told) => {
    const now = JSON.stringify(told);
    if (now === before) return;
    before = now;
    tell(...told);
  };
}

function soundsOf(player: shaka.Player): [sounds: readonly Sound[], selectedIndex: number] {
  const tracks = player.getAudioTracks();
  const sounds = tracks.map(({ label, language }, index) => ({
    ...{ id: String(index), label: label ?? language, language },
  }));
  const active = tracks.findIndex((track) => track.active);
  return [sounds, Math.max(0, active)];
}

/** Lowest first, as playlists of ours list them to other engines. */
const byHeight = (player: shaka.Player): shaka.extern.VideoTrack[] =>
  player.getVideoTracks().toSorted((a, b) => a.bandwidth - b.bandwidth);

function renditionOf(track: shaka.extern.VideoTrack, index: number): Rendition {
  const { width, height, bandwidth } = track;
  return { id: String(index), width: width ?? 0, height: height ?? 0, bitrate: bandwidth };
}

function sendToLicences(player: shaka.Player, headers: Readonly<Record<string, string>>): void {
  player.getNetworkingEngine()?.registerRequestFilter((type, request) => {
    if (type === shaka.net.NetworkingEngine.RequestType.LICENSE) Object.assign(request.headers, headers);
  });
}

function measured(player: shaka.Player, started: boolean) {
  const { estimatedBandwidth, streamBandwidth } = player.getStats();
  const at = player.getMediaElement()?.currentTime ?? 0;
  const held = player.getBufferedInfo().total.find(({ start, end }) => start <= at && at <= end);
  const all = player.getVariantTracks().map(({ bandwidth }) => bandwidth);
  return {
    format: "hls" as const,
    throughputBps: started && estimatedBandwidth > 0 ? estimatedBandwidth : null,
    bufferSeconds: held === undefined ? null : held.end - at,
    bitrateBps: streamBandwidth > 0 ? streamBandwidth : null,
    topBitrateBps: all.length === 0 ? null : Math.max(...all),
  };
}

/** `data` of an answer that was no good: its address, its status and its text. */
function answerIn({ code, data }: shaka.util.Error): { status: number; text: string } | null {
  if (code !== shaka.util.Error.Code.BAD_HTTP_STATUS) return null;
  const [, status, text] = data as [unknown, unknown, unknown];
  return { status: Number(status), text: String(text) };
}

function isRefusal(error: shaka.util.Error): boolean {
  const status = answerIn(error)?.status;
  return status === 401 || status === 403;
}

function conditionFor(error: shaka.util.Error): Condition {
  const { Category, Code } = shaka.util.Error;
  switch (error.category) {
    case Category.NETWORK: {
      const answer = answerIn(error);
      return answer === null ? "network" : conditionOf(answer.status, problemCode(answer.text));
    }
    case Category.DRM:
      return error.code === Code.REQUESTED_KEY_SYSTEM_CONFIG_UNAVAILABLE ? "noKeySystem" : "keyRefused";
    case Category.MANIFEST:
      return "unsupported";
    default:
      return "decode";
  }
}
