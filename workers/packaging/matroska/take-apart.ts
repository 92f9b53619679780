// One fragment of every track, made of the span of the file that holds it.
import type { Sample } from "../cmaf/fragments.ts";
import { writeFragmentHeader } from "../cmaf/write-fragment.ts";
import { fillSound } from "../source/sound-holes.ts";
import type { MatroskaLayout, MatroskaPicture, MatroskaSound } from "../source/span-format.ts";
import type { ByteRange } from "../source/source.ts";
import { trackId } from "../source/write-init.ts";
import { readFrames, walkBlocks, type Block } from "./blocks.ts";
import { exactTicks, opusPacketTicks, pictureTicks, soundStarts, soundTicksAt } from "./clock.ts";

/** A mid-cluster edge reads this much more than its position: the cluster's own header. */
export const longestClusterHeaderBytes = 12;

interface Frame {
  readonly timestamp: number;
  readonly isKey: boolean;
  readonly bytes: Uint8Array;
  /** Of its block. */
  readonly indexInBlock: number;
}

/** Null when the span does not hold what the index promised. */
export function takeMatroskaApart(
  layout: MatroskaLayout,
  number: number,
  span: ByteRange,
  bytes: Uint8Array,
): ReadonlyMap<string, readonly Uint8Array[]> | null {
  const frames = collectFrames(layout, number, span, bytes);
  if (frames === null) return null;
  const fragments = new Map<string, readonly Uint8Array[]>();
  const lead = frames.get(layout.tracks[0]?.number ?? 0) ?? [];
  const lastTimestamp = lead.reduce((last, { timestamp }) => Math.max(last, timestamp), 0);
  for (const track of layout.tracks) {
    const found = frames.get(track.number) ?? [];
    const pieces =
      track.kind === "video"
        ? pictureFragment(layout, track, number, found)
        : soundFragment(layout, track, number, found, lastTimestamp);
    if (pieces === null) return null;
    fragments.set(track.id, pieces);
  }
  return fragments;
}

/** A span has seconds of media: more is an attack on memory. */
const mostFrames = 40_000;

function collectFrames(
  layout: MatroskaLayout,
  number: number,
  span: ByteRange,
  bytes: Uint8Array,
): ReadonlyMap<number, Frame[]> | null {
  const frames = new Map<number, Frame[]>(layout.tracks.map((track) => [track.number, []]));
  const isInside = insideTest(layout, number, span);
  let isDamaged = false;
  let left = mostFrames;
  const end = walkBlocks(bytes, (block) => {
    const place = isInside(block);
    if (place === "after") return false;
    const list = frames.get(block.track);
    if (place === "before" || !list) return true;
    const parts = readFrames(bytes, block);
    left -= parts?.length ?? 0;
    if (parts === null || left < 0) {
      isDamaged = true;
      return false;
    }
    const { timestamp, isKey } = block;
    for (const [indexInBlock, part] of parts.entries())
      list.push({ timestamp, isKey, bytes: part, indexInBlock });
    return true;
  });
  if (isDamaged || end === "damaged") return null;
  // The header of the next cluster may be cut: the span ends where its key frame begins at the latest.
  const endsInCluster = (layout.edges[number + 1]?.relativeBytes ?? 0) > 0;
  return end === "cut" && !endsInCluster ? null : frames;
}

/** Fragments begin with a cluster, or with a block inside one: then two spans overlap in what lies before it. */
function insideTest(layout: MatroskaLayout, number: number, span: ByteRange) {
  const startBytes = layout.edges[number]?.relativeBytes ?? 0;
  const endBytes = layout.edges[number + 1]?.relativeBytes ?? 0;
  const lastCluster = span.sizeBytes - longestClusterHeaderBytes - endBytes;
  return ({ offset, cluster }: Block): "before" | "inside" | "after" => {
    const inCluster = offset - cluster.bodyOffset;
    if (cluster.offset === 0 && startBytes > 0 && inCluster < startBytes) return "before";
    if (endBytes > 0 && cluster.offset >= lastCluster && inCluster >= endBytes) return "after";
    return "inside";
  };
}

/** A cue may be rounded where its key frame is not; more is another picture. */
const edgeToleranceSeconds = 0.05;

function pictureFragment(
  layout: MatroskaLayout,
  track: MatroskaPicture,
  number: number,
  frames: readonly Frame[],
): readonly Uint8Array[] | null {
  const [key] = frames;
  const edge = layout.edges[number];
  if (!key || !edge || !key.isKey || frames.some((frame) => frame.indexInBlock > 0)) return null;
  const times = frames.map((frame) => pictureTicks(layout.clock, track.clock, frame.timestamp));
  const keyTicks = times[0] ?? 0;
  const tolerance = edgeToleranceSeconds * track.clock.timescale;
  if (Math.abs(keyTicks - pictureTicks(layout.clock, track.clock, edge.timestamp)) > tolerance) return null;
  // An open group: pictures that need the fragment before, or that it needs.
  if (times.some((ticks) => ticks < keyTicks)) return null;
  // A player waits where there is no picture: the first of the film is shown from its start.
  if (number === 0) times[0] = 0;
  const startTicks = times[0] ?? 0;
  const order = times.toSorted((a, b) => a - b);
  const lastTicks = order.at(-1) ?? startTicks;
  const next = layout.edges[number + 1];
  const endTicks = next
    ? pictureTicks(layout.clock, track.clock, next.timestamp)
    : lastTicks + track.frameTicks;
  if (endTicks < lastTicks) return null;
  const samples: Sample[] = frames.map((frame, index) => ({
    sizeBytes: track.prefix.length + frame.bytes.length,
    durationTicks: (order[index + 1] ?? endTicks) - (order[index] ?? 0),
    compositionTicks: (times[index] ?? 0) + track.delayTicks - (order[index] ?? 0),
    sync: frame.isKey,
  }));
  const header = writeFragmentHeader({ sequence: number + 1, trackId, startTicks, samples });
  return [header, ...frames.flatMap((frame) => piecesOf(track.prefix, frame.bytes))];
}

function soundFragment(
  layout: MatroskaLayout,
  track: MatroskaSound,
  number: number,
  frames: readonly Frame[],
  lastTimestamp: number,
): readonly Uint8Array[] | null {
  const edge = layout.edges[number];
  if (!edge) return null;
  const { clock } = layout;
  const packets = packetsOf(layout, track, frames);
  if (packets === null) return null;
  const starts = soundStarts(clock, track.clock, packets);
  const sound = frames.map((frame, index) => ({
    startTicks: starts[index] ?? 0,
    durationTicks: packets[index]?.durationTicks ?? 0,
    sizeBytes: track.prefix.length + frame.bytes.length,
    pieces: piecesOf(track.prefix, frame.bytes),
  }));
  const fromTicks = number === 0 ? 0 : soundTicksAt(clock, track.clock, edge.timestamp);
  const next = layout.edges[number + 1];
  const toTicks = soundTicksAt(clock, track.clock, next?.timestamp ?? lastTimestamp);
  const extent = { fromTicks, toTicks, isLast: !next };
  const filled = fillSound(sound, track.filler, track.clock.timescale, extent);
  const { startTicks, samples, pieces } = filled;
  return [writeFragmentHeader({ sequence: number + 1, trackId, startTicks, samples }), ...pieces];
}

/** Frames of one block follow each other: only the first has a time of its own. */
function packetsOf(layout: MatroskaLayout, track: MatroskaSound, frames: readonly Frame[]) {
  const { clock } = layout;
  const unitTicks = exactTicks({ ...clock, originNs: 0 }, track.clock.timescale, 1);
  const packets: { timestamp: number; durationTicks: number }[] = [];
  let inBlockTicks = 0;
  for (const { timestamp, indexInBlock, bytes } of frames) {
    const head = track.prefix.length > 0 ? joined(track.prefix, bytes) : bytes;
    const durationTicks = track.isOpus ? opusPacketTicks(head) : track.clock.frameTicks;
    if (durationTicks === null) return null;
    if (indexInBlock === 0) inBlockTicks = 0;
    packets.push({ timestamp: timestamp + inBlockTicks / unitTicks, durationTicks });
    inBlockTicks += durationTicks;
  }
  return packets;
}

function joined(prefix: Uint8Array, bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(...prefix.subarray(0, 2), ...bytes.subarray(0, 2));
}

function piecesOf(prefix: Uint8Array, bytes: Uint8Array): readonly Uint8Array[] {
  return prefix.length > 0 ? [prefix, bytes] : [bytes];
}
