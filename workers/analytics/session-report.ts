// What a playback session has told so far, as one small value. One observation is such a value too, and two of them
// join into one: so isolates add up what they saw, and the record adds up what isolates saw. Pure.
import {
  objectTypes,
  type Cmcd,
  type CmcdNumber,
  type EventName,
  type PlayerState,
  type StreamingFormat,
  type StreamType,
} from "#workers/playback/cmcd-keys.ts";

export interface SessionIdentity {
  /** As logs print it. */
  readonly sessionId: string;
  readonly playbackId: string;
  readonly videoId: string;
  /** Hash of the viewer's id, 16 hexadecimal digits; null for an anonymous one. */
  readonly viewerHash: string | null;
  readonly issuedAtMs: number;
}

export interface SessionReport {
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Requests that told something. */
  readonly requests: number;
  /** Events that were told, by name. */
  readonly events: Readonly<Partial<Record<EventName, number>>>;
  /** The highest. */
  readonly cmcdVersion: number;
  readonly streamingFormat: StreamingFormat | null;
  readonly streamType: StreamType | null;
  /** Bit i is entry i of `objectTypes`. */
  readonly objectTypes: number;
  /** Of the player's estimate (`mtp`), newest first: what is here of it, and how many samples that are. */
  readonly throughput: Weighted;
  /** Of media that was not asked for in haste: the buffer is empty at every start. */
  readonly bufferMinMs: number | null;
  readonly bufferLastMs: number | null;
  /** Requests in haste (`su`): at the start, after a seek, after the buffer ran dry. */
  readonly startupRequests: number;
  readonly starved: Starved;
  readonly bitrateTopKbps: number | null;
  readonly bitrateLastKbps: number | null;
  readonly playerState: PlayerState | null;
  readonly errors: number;
  readonly positionMs: number | null;
}

/** An exponentially weighted mean whose parts can be joined: the mean is `sum` over the weight of `samples`. */
export interface Weighted {
  readonly sum: number;
  readonly samples: number;
}

/** Told to each destination once (CTA-5004-A "Buffer starvation"), so requests and events are not added up. */
export interface Starved {
  readonly byRequests: number;
  readonly byEvents: number;
  /** `bsa`, the player's own count. */
  readonly byCount: number;
}

export type ReportMode = "request" | "event";

const newestShare = 0.25;

export function reportOf(told: Cmcd, mode: ReportMode, nowMs: number): SessionReport {
  const media = told.ot === "v" || told.ot === "a" || told.ot === "av";
  const inHaste = told.su === true;
  const bufferMs = media || mode === "event" ? firstOf(told.bl) : null;
  const throughputKbps = firstOf(told.mtp);
  const isError = told.e === "e" || (mode === "event" && told.e === undefined && told.sta === "f");
  return {
    firstSeenMs: nowMs,
    lastSeenMs: nowMs,
    requests: mode === "request" ? 1 : 0,
    events: told.e === undefined ? {} : { [told.e]: 1 },
    cmcdVersion: told.v,
    streamingFormat: told.sf ?? null,
    streamType: told.st ?? null,
    objectTypes: told.ot === undefined ? 0 : 1 << objectTypes.indexOf(told.ot),
    throughput:
      throughputKbps === null ? { sum: 0, samples: 0 } : { sum: newestShare * throughputKbps, samples: 1 },
    bufferMinMs: inHaste ? null : bufferMs,
    bufferLastMs: bufferMs,
    startupRequests: inHaste && mode === "request" ? 1 : 0,
    starved: {
      byRequests: told.bs === true && mode === "request" ? 1 : 0,
      byEvents: told.bs === true && mode === "event" ? 1 : 0,
      byCount: firstOf(told.bsa) ?? 0,
    },
    bitrateTopKbps: firstOf(told.tb),
    bitrateLastKbps: told.ot === "a" ? null : firstOf(told.br),
    playerState: told.sta ?? null,
    errors: isError ? 1 : 0,
    positionMs: told.pt ?? null,
  };
}

/** In either order; only the mean of the throughput depends on which is later when both begin at one time. */
export function joinReports(a: SessionReport, b: SessionReport): SessionReport {
  const [older, newer] = a.lastSeenMs <= b.lastSeenMs ? [a, b] : [b, a];
  return {
    firstSeenMs: Math.min(a.firstSeenMs, b.firstSeenMs),
    lastSeenMs: newer.lastSeenMs,
    requests: a.requests + b.requests,
    events: addCounts(a.events, b.events),
    cmcdVersion: Math.max(a.cmcdVersion, b.cmcdVersion),
    streamingFormat: newer.streamingFormat ?? older.streamingFormat,
    streamType: newer.streamType ?? older.streamType,
    objectTypes: a.objectTypes | b.objectTypes,
    throughput: {
      sum: older.throughput.sum * (1 - newestShare) ** newer.throughput.samples + newer.throughput.sum,
      samples: older.throughput.samples + newer.throughput.samples,
    },
    bufferMinMs: lower(a.bufferMinMs, b.bufferMinMs),
    bufferLastMs: newer.bufferLastMs ?? older.bufferLastMs,
    startupRequests: a.startupRequests + b.startupRequests,
    starved: {
      byRequests: a.starved.byRequests + b.starved.byRequests,
      byEvents: a.starved.byEvents + b.starved.byEvents,
      byCount: Math.max(a.starved.byCount, b.starved.byCount),
    },
    bitrateTopKbps: higher(a.bitrateTopKbps, b.bitrateTopKbps),
    bitrateLastKbps: newer.bitrateLastKbps ?? older.bitrateLastKbps,
    playerState: newer.playerState ?? older.playerState,
    errors: a.errors + b.errors,
    positionMs: newer.positionMs ?? older.positionMs,
  };
}

/** Null without samples. */
export function meanOf({ sum, samples }: Weighted): number | null {
  // The weights of n samples add up to this; without it the mean of few samples would lean to zero.
  return samples === 0 ? null : sum / (1 - (1 - newestShare) ** samples);
}

export function starvationsOf({ byRequests, byEvents, byCount }: Starved): number {
  return Math.max(byRequests, byEvents, byCount);
}

/** A player that lists several means the object it asks for first. */
function firstOf(numbers: readonly CmcdNumber[] | undefined): number | null {
  return numbers?.[0]?.value ?? null;
}

function addCounts(a: SessionReport["events"], b: SessionReport["events"]): SessionReport["events"] {
  const sum: Partial<Record<EventName, number>> = { ...a };
  // Own values: written above, by names of the vocabulary.
  for (const [name, by] of Object.entries(b) as [EventName, number][]) sum[name] = (sum[name] ?? 0) + by;
  return sum;
}

function lower(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

function higher(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
