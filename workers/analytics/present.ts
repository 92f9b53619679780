// A record as the API shows it.
import {
  objectTypes,
  type PlayerState,
  type StreamingFormat,
  type StreamType,
} from "#workers/playback/cmcd-keys.ts";
import {
  objectTypeNames,
  type PlaybackSession,
  type playerStateNames,
  type streamingFormatNames,
  type streamTypeNames,
} from "./contract.ts";
import type { RecordedSession } from "./session-records.ts";
import { meanOf, starvationsOf } from "./session-report.ts";

const streamingFormats: Readonly<Record<StreamingFormat, (typeof streamingFormatNames)[number]>> = {
  h: "hls",
  d: "dash",
  s: "smooth",
  e: "hesp",
  o: "other",
};

const streamTypes: Readonly<Record<StreamType, (typeof streamTypeNames)[number]>> = {
  v: "onDemand",
  l: "live",
  ll: "lowLatencyLive",
};

const playerStates: Readonly<Record<PlayerState, (typeof playerStateNames)[number]>> = {
  s: "starting",
  p: "playing",
  k: "seeking",
  r: "rebuffering",
  a: "paused",
  w: "waiting",
  e: "ended",
  f: "fatalError",
  q: "quit",
  d: "preloading",
};

export function toPlaybackSession({ report, ...identity }: RecordedSession): PlaybackSession {
  const throughputKbps = meanOf(report.throughput);
  return {
    id: identity.sessionId,
    playbackId: identity.playbackId,
    videoId: identity.videoId,
    viewerHash: identity.viewerHash,
    issuedAt: isoTime(identity.issuedAtMs),
    firstSeenAt: isoTime(report.firstSeenMs),
    lastSeenAt: isoTime(report.lastSeenMs),
    cmcdVersion: report.cmcdVersion,
    requests: report.requests,
    events: { ...report.events },
    errors: report.errors,
    streamingFormat: report.streamingFormat === null ? null : streamingFormats[report.streamingFormat],
    streamType: report.streamType === null ? null : streamTypes[report.streamType],
    // In the order of the bits.
    objectTypes: objectTypeNames.filter(
      (_, bit) => bit < objectTypes.length && report.objectTypes & (1 << bit),
    ),
    playerState: report.playerState === null ? null : playerStates[report.playerState],
    positionSeconds: thousandth(report.positionMs),
    throughputBps: bpsOf(throughputKbps),
    lastBitrateBps: bpsOf(report.bitrateLastKbps),
    topBitrateBps: bpsOf(report.bitrateTopKbps),
    lowestBufferSeconds: thousandth(report.bufferMinMs),
    lastBufferSeconds: thousandth(report.bufferLastMs),
    starvations: starvationsOf(report.starved),
    startupRequests: report.startupRequests,
  };
}

const isoTime = (ms: number) => new Date(ms).toISOString();
const thousandth = (ms: number | null) => (ms === null ? null : ms / 1000);
const bpsOf = (kbps: number | null) => (kbps === null ? null : Math.round(kbps * 1000));
