// When the media of a file really is: read from every packet, in constant memory. A header may claim 46 days.
import type { Probe } from "#workers/transcoding/contract.ts";

type Rational = NonNullable<Extract<Probe["streams"][number], { kind: "video" }>["averageFrameRate"]>;

export const packetEntries =
  "packet=stream_index,pts_time,dts_time,duration_time,flags:packet_side_data=skip_samples,discard_padding";

export interface PacketFacts {
  /** All of the stream's packets, presented or not. */
  readonly packetCount: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Of packets that are presented. */
  readonly averageRate: Rational | null;
  readonly typicalRate: Rational | null;
}

export interface PacketReader {
  push(bytes: Uint8Array): void;
  /** Of stream `index`. */
  facts(index: number): PacketFacts;
}

/** Reads what `ffprobe -show_entries ${packetEntries} -of compact=p=0` prints. */
export function packetReader(sampleRateHz: (index: number) => number): PacketReader {
  const streams = new Map<number, ReturnType<typeof streamClock>>();
  const decoder = new TextDecoder();
  let rest = "";
  const clockOf = (index: number) => {
    const known = streams.get(index);
    if (known) return known;
    const created = streamClock(sampleRateHz(index));
    streams.set(index, created);
    return created;
  };
  return {
    push(bytes) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const packet = parseLine(line);
        if (packet) clockOf(packet.index).add(packet);
      }
    },
    facts: (index) => clockOf(index).facts(),
  };
}

interface Packet {
  readonly index: number;
  readonly ptsSeconds: number | null;
  readonly dtsSeconds: number | null;
  readonly durationSeconds: number;
  /** Outside the edit list: decoded for what follows, never shown. */
  readonly discarded: boolean;
  readonly skipSamples: number;
  readonly paddingSamples: number;
}

function parseLine(line: string): Packet | null {
  const fields = new Map(line.split("|").map(nameAndValue));
  const number = (name: string) => {
    const text = fields.get(name);
    const value = text === undefined ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : null;
  };
  const index = number("stream_index");
  if (index === null) return null;
  return {
    index,
    ptsSeconds: number("pts_time"),
    dtsSeconds: number("dts_time"),
    durationSeconds: Math.max(0, number("duration_time") ?? 0),
    discarded: fields.get("flags")?.includes("D") ?? false,
    skipSamples: number("skip_samples") ?? 0,
    paddingSamples: number("discard_padding") ?? 0,
  };
}

/** From FFmpeg 6.1 on the names of side data have a prefix: `side_datum/skip_samples:skip_samples=1024`. */
function nameAndValue(field: string): [string, string] {
  const at = field.indexOf("=");
  const name = field.slice(0, Math.max(0, at));
  return [name.slice(name.lastIndexOf(":") + 1), field.slice(at + 1)];
}

function streamClock(sampleRateHz: number) {
  const distances = distanceHistogram();
  let packetCount = 0;
  let presented = 0;
  let startSeconds = Number.POSITIVE_INFINITY;
  let endSeconds = Number.NEGATIVE_INFINITY;
  let heardFromSeconds = Number.NEGATIVE_INFINITY;
  let lastDts: number | null = null;
  const samples = (count: number) => (sampleRateHz > 0 ? count / sampleRateHz : 0);

  const add = (packet: Packet) => {
    packetCount++;
    if (lastDts !== null && packet.dtsSeconds !== null) distances.add(packet.dtsSeconds - lastDts);
    lastDts = packet.dtsSeconds;
    // AVI has no presentation times; the decoder's differ by the reordering delay, a frame or two.
    const at = packet.ptsSeconds ?? packet.dtsSeconds;
    if (at === null) return;
    // Encoder priming: the samples are in the packet but not in the sound.
    if (packet.skipSamples > 0) heardFromSeconds = at + samples(packet.skipSamples);
    if (packet.discarded) return;
    presented++;
    const end = at + Math.max(0, packet.durationSeconds - samples(packet.paddingSamples));
    startSeconds = Math.min(startSeconds, Math.max(at, heardFromSeconds));
    endSeconds = Math.max(endSeconds, end);
  };

  const facts = (): PacketFacts => {
    if (presented === 0) {
      return { packetCount, startSeconds: 0, endSeconds: 0, averageRate: null, typicalRate: null };
    }
    const typicalSeconds = distances.typical();
    // Without a duration the last picture would end when it begins.
    const latest = Math.max(endSeconds, startSeconds + (presented === 1 ? (typicalSeconds ?? 0) : 0));
    return {
      packetCount,
      startSeconds,
      endSeconds: latest,
      averageRate: rateOf(presented, latest - startSeconds),
      typicalRate: typicalSeconds === null ? null : rateOf(1, typicalSeconds),
    };
  };
  return { add, facts };
}

const binSeconds = 1e-5;
const maxBins = 4096;
/** Timestamps in whole milliseconds of 60 frames per second are 16 or 17 apart. */
const sameDistanceWithin = 0.15;

/** Distances between packets in decoding order, which B-frames don't disturb. */
function distanceHistogram() {
  const bins = new Map<number, number>();
  let total = 0;
  const add = (seconds: number) => {
    const bin = Math.round(seconds / binSeconds);
    const known = bins.get(bin);
    if (bin <= 0 || (known === undefined && bins.size >= maxBins)) return;
    bins.set(bin, (known ?? 0) + 1);
    total++;
  };
  /** The mean of the distances around the median. */
  const typical = (): number | null => {
    let below = 0;
    let median = 0;
    for (const [bin, count] of [...bins].sort(([a], [b]) => a - b)) {
      below += count;
      median = bin;
      if (below * 2 >= total) break;
    }
    let sum = 0;
    let near = 0;
    for (const [bin, count] of bins) {
      if (Math.abs(bin / median - 1) > sameDistanceWithin) continue;
      sum += bin * count;
      near += count;
    }
    return near === 0 ? null : (sum / near) * binSeconds;
  };
  return { add, typical };
}

function rateOf(count: number, seconds: number): Rational | null {
  const micros = Math.round(seconds * 1e6);
  if (micros <= 0 || count <= 0) return null;
  const divisor = greatestCommonDivisor(count * 1e6, micros);
  return { numerator: (count * 1e6) / divisor, denominator: micros / divisor };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
