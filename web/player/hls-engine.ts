// hls.js behind the Engine interface. Loaded only when there is something to play.
import HlsJs, { ErrorDetails, ErrorTypes, Events, type ErrorData, type Level } from "hls.js";
import { conditionOf, problemCode } from "./conditions.ts";
import type { Engine, EngineOptions, Failure } from "./engine.ts";
import type { Rendition } from "./renditions.ts";
import { withPathways, withSession } from "./source-url.ts";

// Apple's name for it; Safari shows the same value.
const titleDataId = "com.apple.hls.title";
const chaptersDataId = "com.apple.hls.chapters";

/** Picture and sound end up to a frame apart. */
const endToleranceSeconds = 0.1;

export function startHls(options: EngineOptions): Engine {
  const { video } = options;
  // hls.js goes on asking for what the first playlist named.
  let session: string | null = null;
  const hls = new HlsJs({
    // CMAF needs no transmuxing, and a worker from a blob would need a wider content security policy.
    enableWorker: false,
    // An EVENT playlist is a film being encoded, not a broadcast: it is watched from its start.
    startPosition: options.startSeconds,
    backBufferLength: 60,
    xhrSetup: (xhr, url) => {
      if (session !== null) xhr.open("GET", withSession(url, session), true);
    },
    debug: false,
  });
  let started = false;
  let recovered = false;

  hls.on(Events.MANIFEST_LOADED, (_event, data) => {
    const title = data.sessionData?.[titleDataId]?.["VALUE"];
    if (title !== undefined && title !== "") options.onTitle(title);
    if (data.sessionData?.[chaptersDataId] !== undefined) options.onChapters();
    // A clip says where in its first segment it begins; our own start position would go before that.
    if (options.startSeconds === 0) hls.config.startPosition = data.startTimeOffset ?? 0;
  });
  hls.on(Events.MANIFEST_PARSED, (_event, data) => {
    options.onRenditions(data.levels.map(renditionOf));
    const [first] = data.levels;
    if (first !== undefined) options.onSession(first.uri);
  });
  let mediaSource: MediaSource | undefined;
  hls.on(Events.MEDIA_ATTACHED, (_event, data) => (mediaSource = data.mediaSource));
  hls.on(Events.AUDIO_TRACKS_UPDATED, (_event, data) => {
    const sounds = data.audioTracks.map(({ id, name, lang = "" }) => ({
      ...{ id: String(id), label: name, language: lang },
    }));
    const at = data.audioTracks.findIndex((track) => track.default);
    options.onSounds(sounds, hls.audioTrack < 0 ? Math.max(0, at) : hls.audioTrack);
  });
  // Steered to another pathway: what is shown goes on, and the qualities to choose from are others.
  hls.on(Events.LEVELS_UPDATED, (_event, data) => {
    // When all was buffered, hls.js would load the last of the sound again, under what is being heard.
    if (mediaSource?.readyState === "ended") hls.pauseBuffering();
    // A choice was one of the former; and set in this way, it throws nothing away that is buffered.
    hls.loadLevel = -1;
    options.onRenditions(data.levels.map(renditionOf));
  });
  let growing = false;
  hls.on(Events.LEVEL_UPDATED, (_event, data) => options.onGrowing((growing = data.details.live)));
  // Steered elsewhere when all was buffered, hls.js loads some of the sound again and forgets that this was the end: the
  // last moments would be waited for without end.
  const ended = new AbortController();
  const endsHere = (): void => {
    const { buffered, duration, currentTime } = video;
    const last = buffered.length - 1;
    if (growing || last < 0 || buffered.start(last) > currentTime) return;
    if (buffered.end(last) <= duration - endToleranceSeconds) return;
    for (const type of ["audio", "video"] as const) hls.trigger(Events.BUFFER_EOS, { type });
  };
  video.addEventListener("waiting", endsHere, { signal: ended.signal });
  // Who goes elsewhere may need what is not there. Before hls.js hears of it, which looks for that at once.
  video.addEventListener("seeking", () => hls.resumeBuffering(), { signal: ended.signal });
  hls.on(Events.FRAG_BUFFERED, () => {
    started = true;
  });
  hls.on(Events.ERROR, (_event, data) => {
    // Left alone, hls.js would try every other rendition of a session that is over.
    if (!data.fatal && !isRefusal(data)) return;
    // A decoder may stumble over one frame: the first time, it is given the buffer anew.
    if (data.type === ErrorTypes.MEDIA_ERROR && started && !recovered) {
      recovered = true;
      const wasPlaying = !video.paused;
      hls.recoverMediaError();
      if (wasPlaying) void video.play().catch(() => {});
      return;
    }
    options.onFailure(failureOf(data, started));
  });

  hls.attachMedia(video);
  hls.loadSource(withPathways(options.url));

  return {
    renew(renewed) {
      session = renewed;
    },
    chooseRendition(index) {
      // It is so already, and to say it again would throw away what is buffered.
      if (index < 0 && hls.autoLevelEnabled) return;
      hls.resumeBuffering();
      // Takes effect at the next fragment; what is being shown is not interrupted.
      hls.nextLevel = index;
    },
    chooseSound(index) {
      hls.audioTrack = index;
    },
    measure() {
      const level = hls.levels[hls.loadLevel];
      return {
        format: "hls",
        // Before the first fragment it is a default, not a measurement.
        throughputBps: started ? hls.bandwidthEstimate : null,
        bufferSeconds: hls.mainForwardBufferInfo?.len ?? null,
        bitrateBps: level?.bitrate ?? null,
        topBitrateBps: hls.levels.length === 0 ? null : Math.max(...hls.levels.map(({ bitrate }) => bitrate)),
      };
    },
    destroy() {
      ended.abort();
      hls.destroy();
    },
  };
}

function renditionOf(level: Level, index: number): Rendition {
  return { id: String(index), width: level.width, height: level.height, bitrate: level.bitrate };
}

function isRefusal({ type, response }: ErrorData): boolean {
  return type === ErrorTypes.NETWORK_ERROR && (response?.code === 401 || response?.code === 403);
}

function failureOf(data: ErrorData, started: boolean): Failure {
  switch (data.type) {
    case ErrorTypes.NETWORK_ERROR:
      // Nobody has said where its keys come from.
      if (data.details === ErrorDetails.KEY_LOAD_ERROR) return { condition: "keyRefused", started };
      return { condition: conditionOf(data.response?.code ?? 0, codeOf(data.networkDetails)), started };
    case ErrorTypes.MEDIA_ERROR:
      return {
        condition:
          data.details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR ? "unsupported" : "decode",
        started,
      };
    case ErrorTypes.KEY_SYSTEM_ERROR:
      return { condition: "keyRefused", started };
    case ErrorTypes.MUX_ERROR:
    case ErrorTypes.OTHER_ERROR:
      return { condition: "decode", started };
  }
}

/** hls.js hands on the request it made; reading the text of any but a text request throws. */
function codeOf(request: unknown): string | null {
  if (!(request instanceof XMLHttpRequest)) return null;
  switch (request.responseType) {
    case "":
    case "text":
      return problemCode(request.responseText);
    case "arraybuffer":
      return request.response instanceof ArrayBuffer
        ? problemCode(new TextDecoder().decode(request.response))
        : null;
    case "blob":
    case "document":
    case "json":
      return null;
  }
}
