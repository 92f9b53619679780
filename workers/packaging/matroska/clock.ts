// Times of Matroska are rounded, mostly to milliseconds. Where a film has a constant rate its pictures are put back
// on their grid, and sound is counted in whole frames: each fragment is made alone and must meet its neighbours.

/** Presentation times are relative to the film's start. */
export interface FileClock {
  /** Nanoseconds of one unit of the file's timestamps. */
  readonly timestampScale: number;
  readonly originNs: number;
}

export interface PictureClock {
  readonly timescale: number;
  /** Where a picture lies within a unit of this grid it is on it. Null: times are taken as they are. */
  readonly grid: { readonly frameTicks: number; readonly phaseTicks: number } | null;
}

/** The same for a picture and for the cue that names it: of the timestamp alone, so fragments agree at their edge. */
export function pictureTicks(file: FileClock, clock: PictureClock, timestamp: number): number {
  const exact = exactTicks(file, clock.timescale, timestamp);
  if (clock.grid !== null) {
    const snapped = nearestOnGrid(exact, clock.grid);
    if (Math.abs(exact - snapped) <= toleranceTicks(file, clock.timescale)) return snapped;
  }
  return Math.max(0, Math.round(exact));
}

export function exactTicks(file: FileClock, timescale: number, timestamp: number): number {
  return ((timestamp * file.timestampScale - file.originNs) * timescale) / 1e9;
}

function nearestOnGrid(ticks: number, grid: { frameTicks: number; phaseTicks: number }): number {
  const index = Math.max(0, Math.round((ticks - grid.phaseTicks) / grid.frameTicks));
  return grid.phaseTicks + index * grid.frameTicks;
}

/** Rounding of the time itself and of the film's start, half a unit each, and of ticks. */
function toleranceTicks(file: FileClock, timescale: number): number {
  return (file.timestampScale * timescale) / 1e9 + 1;
}

/** Ticks are those of a ladder: the numerator of a /1001 rate, else 90000. */
export interface ConstantRate {
  readonly timescale: number;
  readonly frameTicks: number;
}

/** A frame's duration as a rate that whole ticks can count; null where it is none. */
export function constantRate(frameNs: number): ConstantRate | null {
  if (!(frameNs >= 1e6 && frameNs <= 10e9)) return null;
  const ntsc = Math.round((1e9 / frameNs) * 1.001);
  // A whole number of nanoseconds per frame is off by half of one at most.
  const isNear = (rate: ConstantRate) => Math.abs((rate.frameTicks * 1e9) / rate.timescale - frameNs) <= 1;
  const candidates = [
    { timescale: ntsc * 1000, frameTicks: 1001 },
    { timescale: 90_000, frameTicks: Math.round((frameNs * 90_000) / 1e9) },
  ];
  return candidates.find((rate) => rate.timescale > 0 && rate.frameTicks > 0 && isNear(rate)) ?? null;
}

/** The grid on which nearly all of these timestamps lie; null where they do not. */
export function findGrid(
  file: FileClock,
  rate: ConstantRate,
  pictures: readonly number[],
  cues: readonly number[],
): PictureClock | null {
  const [first] = pictures;
  if (first === undefined) return null;
  const start = exactTicks(file, rate.timescale, first);
  let sum = 0;
  for (const timestamp of pictures) {
    const distance = exactTicks(file, rate.timescale, timestamp) - start;
    sum += distance - Math.round(distance / rate.frameTicks) * rate.frameTicks;
  }
  const phaseTicks = Math.max(0, Math.round(start + sum / pictures.length));
  const grid = { frameTicks: rate.frameTicks, phaseTicks };
  const tolerance = toleranceTicks(file, rate.timescale);
  const isOn = (timestamp: number) => {
    const exact = exactTicks(file, rate.timescale, timestamp);
    return Math.abs(exact - nearestOnGrid(exact, grid)) <= tolerance;
  };
  const mostly = (timestamps: readonly number[]) =>
    timestamps.filter(isOn).length >= timestamps.length * mostOnGrid;
  return mostly(pictures) && mostly(cues) ? { timescale: rate.timescale, grid } : null;
}

const mostOnGrid = 0.95;

export interface SoundClock {
  readonly timescale: number;
  /** Of a usual packet; times are counted in these. */
  readonly frameTicks: number;
  readonly phaseTicks: number;
}

/** Where a track's frames lie on their own grid: less than a frame from the film's start. */
export function soundPhaseTicks(
  file: FileClock,
  clock: { readonly timescale: number; readonly frameTicks: number },
  timestamps: readonly number[],
): number {
  const [first] = timestamps;
  if (first === undefined) return 0;
  const start = exactTicks(file, clock.timescale, first);
  let sum = 0;
  for (const timestamp of timestamps) {
    const distance = exactTicks(file, clock.timescale, timestamp) - start;
    sum += distance - Math.round(distance / clock.frameTicks) * clock.frameTicks;
  }
  return Math.max(0, Math.round(start + sum / timestamps.length)) % clock.frameTicks;
}

export interface SoundPacket {
  readonly timestamp: number;
  readonly durationTicks: number;
}

/**
 * When each packet begins: where the one before ends, or later where the file has a hole. A hole is one only when all
 * packets after it are later too: single late timestamps are jitter.
 */
export function soundStarts(
  file: FileClock,
  clock: SoundClock,
  packets: readonly SoundPacket[],
): readonly number[] {
  const isEven = packets.every(({ durationTicks }) => durationTicks === clock.frameTicks);
  // Opus packets last a multiple of 2.5 ms.
  const quantum = isEven ? clock.frameTicks : Math.max(1, Math.round(clock.timescale / 400));
  const shifts: number[] = [];
  let elapsed = 0;
  for (const { timestamp, durationTicks } of packets) {
    const late = exactTicks(file, clock.timescale, timestamp) - clock.phaseTicks - elapsed;
    shifts.push(Math.round(late / quantum) * quantum);
    elapsed += durationTicks;
  }
  for (let index = shifts.length - 2; index > 0; index--) {
    shifts[index] = Math.min(shifts[index] ?? 0, shifts[index + 1] ?? 0);
  }
  let at = Math.max(0, clock.phaseTicks + (shifts[0] ?? 0));
  let shift = shifts[0] ?? 0;
  return packets.map(({ durationTicks }, index) => {
    const hole = Math.max(0, (shifts[index] ?? 0) - shift);
    shift += hole;
    const start = at + hole;
    at = start + durationTicks;
    return start;
  });
}

/** The place on the sound's own grid that is nearest to a time of the picture. */
export function soundTicksAt(file: FileClock, clock: SoundClock, timestamp: number): number {
  const exact = exactTicks(file, clock.timescale, timestamp);
  return nearestOnGrid(exact, clock);
}

/** RFC 6716 3.1: samples at 48 kHz in a packet, from its first two bytes; null where they say nothing lawful. */
export function opusPacketTicks(packet: Uint8Array): number | null {
  const toc = packet[0];
  if (toc === undefined) return null;
  const frame = opusFrameTicks(toc >> 3);
  const code = toc & 3;
  const count = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 0) & 63;
  const ticks = frame * count;
  // At most 120 ms.
  return ticks > 0 && ticks <= 5760 ? ticks : null;
}

function opusFrameTicks(configuration: number): number {
  if (configuration < 12) return [480, 960, 1920, 2880][configuration & 3] ?? 0;
  if (configuration < 16) return configuration % 2 === 0 ? 480 : 960;
  return 120 << (configuration & 3);
}
