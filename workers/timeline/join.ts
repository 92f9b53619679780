// Pure joins of what follows each other: tables of one track, whole timelines. Joining copies.
import { ok, refuse, type Result } from "../result.ts";
import { endTicks } from "./segments.ts";
import type { Format, Fragments, Location, Run, Timeline, Track } from "./timeline.ts";

export type ConcatRefusal =
  | { readonly kind: "empty" }
  /** The next fragment's number or media time is not where the table before it ends: a gap or an overlap. */
  | {
      readonly kind: "notAdjacent";
      readonly field: "number" | "ticks";
      readonly expected: number;
      readonly got: number;
    }
  | { readonly kind: "tracksDiffer"; readonly track: string }
  | { readonly kind: "gridDiffers" };

export function appendFragments(a: Fragments, b: Fragments): Result<Fragments, ConcatRefusal> {
  return joinFragments([a, b]);
}

/** One table of many that follow each other exactly: the chunks of a track, in one allocation. */
export function joinFragments(parts: readonly Fragments[]): Result<Fragments, ConcatRefusal> {
  const head = parts[0];
  if (head === undefined) return refuse({ kind: "empty" });
  let number = head.first;
  let ticks = head.startTicks;
  for (const part of parts) {
    if (part.first !== number) {
      return refuse({ kind: "notAdjacent", field: "number", expected: number, got: part.first });
    }
    if (part.startTicks !== ticks) {
      return refuse({ kind: "notAdjacent", field: "ticks", expected: ticks, got: part.startTicks });
    }
    number += part.sync.length;
    ticks = endTicks(part);
  }
  return ok(copyInto(parts, head, number - head.first));
}

function copyInto(parts: readonly Fragments[], head: Fragments, count: number): Fragments {
  const joined = {
    first: head.first,
    startTicks: head.startTicks,
    durationTicks: new Uint32Array(count),
    sizeBytes: new Uint32Array(count),
    leadBytes: new Uint32Array(count),
    sync: new Uint8Array(count),
  };
  const runs: Run[] = [];
  let at = 0;
  for (const part of parts) {
    joined.durationTicks.set(part.durationTicks, at);
    joined.sizeBytes.set(part.sizeBytes, at);
    joined.leadBytes.set(part.leadBytes, at);
    joined.sync.set(part.sync, at);
    for (const run of part.runs) {
      const moved = { ...run, from: run.from + at };
      if (!continues(joined.sizeBytes, runs.at(-1), moved)) runs.push(moved);
    }
    at += part.sync.length;
  }
  return { ...joined, runs };
}

/** Two halves of one object become one run again, so a slice rejoined equals what it was cut from. */
function continues(sizeBytes: Uint32Array, before: Run | undefined, run: Run): boolean {
  if (before === undefined || !sameLocation(before.location, run.location)) return false;
  let end = before.offsetBytes;
  for (let index = before.from; index < run.from; index++) end += sizeBytes[index] ?? 0;
  return end === run.offsetBytes;
}

function sameLocation(a: Location, b: Location): boolean {
  switch (a.kind) {
    case "chunk":
      return b.kind === "chunk" && a.chunk === b.chunk && a.attempt === b.attempt;
    case "page":
      return b.kind === "page" && a.pageOffsetBytes === b.pageOffsetBytes;
    case "span":
      return b.kind === "span";
  }
}

/** `b` continues `a` on the same grid: the same tracks in the same formats, each where its predecessor ends. */
export function concat(a: Timeline, b: Timeline): Result<Timeline, ConcatRefusal> {
  if (a.gop.ticks !== b.gop.ticks || a.gop.timescale !== b.gop.timescale)
    return refuse({ kind: "gridDiffers" });
  const tracks: Track[] = [];
  for (const [index, track] of a.tracks.entries()) {
    const next = b.tracks[index];
    if (next === undefined || !sameFormat(track.format, next.format)) {
      return refuse({ kind: "tracksDiffer", track: track.format.id });
    }
    const fragments = appendFragments(track.fragments, next.fragments);
    if (!fragments.ok) return fragments;
    tracks.push({ format: track.format, fragments: fragments.value });
  }
  const extra = b.tracks[a.tracks.length];
  if (extra !== undefined) return refuse({ kind: "tracksDiffer", track: extra.format.id });
  return ok({ tracks, gop: a.gop, complete: b.complete });
}

function sameFormat(a: Format, b: Format): boolean {
  const plain = (format: Format) =>
    JSON.stringify(Object.entries(format).sort(([x], [y]) => (x < y ? -1 : 1)));
  return plain(a) === plain(b);
}
