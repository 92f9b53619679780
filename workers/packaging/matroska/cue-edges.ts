// Where a film may be cut, as its Cues say, and the spans between (RFC 9559 5.1.5).
import { ok, type Result } from "#workers/result.ts";
import { cutFilm } from "../source/span-cut.ts";
import type { ByteRange, Unfit } from "../source/source.ts";
import type { SpanEdge } from "../source/span-format.ts";
import type { Master } from "./ebml.ts";
import { ids } from "./ids.ts";
import { longestClusterHeaderBytes } from "./take-apart.ts";

export interface Cue extends SpanEdge {
  readonly clusterOffset: number;
}

/** A cluster's Timestamp, Position, PrevSize and checksum: a block that follows them is its first. */
const longestClusterPreambleBytes = 40;

/** Those of one track, in order. A cue inside a cluster that does not say where in it, names no place to cut at. */
export function readCues(cues: Master, track: number, segmentOffset: number): readonly Cue[] {
  const found: Cue[] = [];
  for (const point of cues.masters(ids.cuePoint)) {
    const timestamp = point.uint(ids.cueTime);
    const place = point.masters(ids.cueTrackPositions).find((each) => each.uint(ids.cueTrack) === track);
    const position = place?.uint(ids.cueClusterPosition) ?? null;
    if (timestamp === null || position === null) continue;
    const relative = place?.uint(ids.cueRelativePosition) ?? 0;
    const relativeBytes = relative < longestClusterPreambleBytes ? 0 : relative;
    found.push({ timestamp, clusterOffset: segmentOffset + position, relativeBytes });
  }
  return ascending(found);
}

/** By time, without those that do not lie after the one before in the file too. */
function ascending(cues: readonly Cue[]): readonly Cue[] {
  const kept: Cue[] = [];
  for (const cue of cues.toSorted((a, b) => a.timestamp - b.timestamp)) {
    const before = kept.at(-1);
    if (!before || (before.timestamp < cue.timestamp && liesAfter(cue, before))) kept.push(cue);
  }
  return kept;
}

function liesAfter(cue: Cue, before: Cue): boolean {
  if (cue.clusterOffset !== before.clusterOffset) return cue.clusterOffset > before.clusterOffset;
  return cue.relativeBytes > before.relativeBytes;
}

export interface FilmSpans {
  readonly edges: readonly Cue[];
  readonly spans: readonly ByteRange[];
}

/** `cues` begin with the film's first key frame. */
export function cutAtCues(
  cues: readonly Cue[],
  toSeconds: (timestamp: number) => number,
  endSeconds: number,
  clustersEnd: number,
): Result<FilmSpans, Unfit> {
  const points = cues.map(({ timestamp, clusterOffset, relativeBytes }) => ({
    seconds: toSeconds(timestamp),
    offsetBytes: clusterOffset,
    overlapBytes: relativeBytes > 0 ? longestClusterHeaderBytes + relativeBytes : 0,
  }));
  const cut = cutFilm(points, endSeconds, clustersEnd);
  if (!cut.ok) return cut;
  return ok({ edges: cut.value.points.flatMap((point) => cues[point] ?? []), spans: cut.value.spans });
}
