// The edges of a fragmented MP4: from its index, or by walking all of it; and a look at a few of them.
import { ok, refuse, type Result } from "#workers/result.ts";
import { mostSkewSeconds } from "../source/sound-holes.ts";
import type { ByteRange, Unfit, UnfitCode } from "../source/source.ts";
import type { BoxReader } from "./fragmented-boxes.ts";
import type { FragmentIndex, IndexedEdge } from "./fragmented-index.ts";
import type { SampleDefaults, TrackRun } from "./fragmented-moof.ts";
import type { StartedTrack } from "./fragmented-start.ts";
import { walkFragments, type WalkedFragment } from "./fragmented-walk.ts";

export type DefaultsOf = (trackId: number) => SampleDefaults | undefined;

export interface FilmIndex {
  readonly edges: readonly IndexedEdge[];
  readonly endSeconds: number;
  readonly endBytes: number;
  readonly ranges: readonly ByteRange[];
}

/** No index: every fragment is looked at, as many as may be read. Times are those of decoding. */
export async function walkForEdges(
  reader: BoxReader,
  firstMoofBytes: number,
  lead: StartedTrack,
  defaultsOf: DefaultsOf,
): Promise<Result<FilmIndex, Unfit>> {
  const edges: IndexedEdge[] = [];
  const found = await walkToEnd(reader, firstMoofBytes, reader.sizeBytes, lead, defaultsOf, (at, run) => {
    if (run.samples[0]?.sync) edges.push({ offsetBytes: at, seconds: startSeconds(lead, run) });
  });
  if (found === "cut") return unfit("truncated", "The file ends inside a box: a part of it is missing.");
  if (found === "damaged") {
    return unfit("indexMissing", "The file has no index of its fragments, and too many to look at each.");
  }
  return ok({ edges, endSeconds: found, endBytes: reader.sizeBytes, ranges: [] });
}

/** An index that does not say when its last fragment ends, is walked from there. */
export async function finishIndex(
  reader: BoxReader,
  index: FragmentIndex,
  lead: StartedTrack,
  defaultsOf: DefaultsOf,
): Promise<Result<FilmIndex, Unfit>> {
  const last = index.edges.at(-1);
  if (index.endSeconds !== null) return ok({ ...index, endSeconds: index.endSeconds });
  if (!last) return unfit("indexMissing", "The file's index is empty.");
  let firstSeconds: number | null = null;
  const end = await walkToEnd(reader, last.offsetBytes, index.endBytes, lead, defaultsOf, (_at, run) => {
    firstSeconds ??= startSeconds(lead, run);
  });
  if (typeof end === "string" || firstSeconds === null) {
    return unfit("malformed", "The file's last fragments could not be read.");
  }
  return ok({ ...index, endSeconds: last.seconds + end - firstSeconds });
}

function startSeconds({ track }: StartedTrack, run: TrackRun): number {
  return (run.startTicks ?? 0) / track.header.timescale;
}

/** When the lead track ends. */
async function walkToEnd(
  reader: BoxReader,
  fromBytes: number,
  endBytes: number,
  lead: StartedTrack,
  defaultsOf: DefaultsOf,
  visit: (offsetBytes: number, run: TrackRun) => void,
): Promise<number | "damaged" | "cut"> {
  let endTicks: number | null = null;
  const end = await walkFragments(reader, fromBytes, endBytes, defaultsOf, ({ offsetBytes, runs }) => {
    const run = runs.find(({ trackId }) => trackId === lead.track.header.trackId);
    if (!run || run.samples.length === 0) return true;
    visit(offsetBytes, run);
    endTicks = run.samples.reduce(
      (sum, sample) => sum + sample.durationTicks,
      run.startTicks ?? endTicks ?? 0,
    );
    return true;
  });
  if (end === "cut") return "cut";
  return end !== "end" || endTicks === null ? "damaged" : endTicks / lead.track.header.timescale;
}

const places = 4;
const mostMoofsAtPlace = 3;

/** Whether fragments begin with key frames that need nothing from before, and have their sound beside them. */
export async function checkFragments(
  reader: BoxReader,
  tracks: readonly StartedTrack[],
  edges: readonly IndexedEdge[],
  defaultsOf: DefaultsOf,
): Promise<Unfit | null> {
  const step = Math.max(1, Math.ceil(edges.length / places));
  for (let index = 0; index < edges.length; index += step) {
    const offset = edges[index]?.offsetBytes ?? 0;
    const found: WalkedFragment[] = [];
    const end = await walkFragments(reader, offset, reader.sizeBytes, defaultsOf, (fragment) => {
      found.push(fragment);
      return found.length < mostMoofsAtPlace && found.length < tracks.length;
    });
    if (end !== "stopped" && found.length === 0) {
      return { code: "indexMissing", message: "The file's index does not lead to its fragments." };
    }
    const fault = placeFault(
      tracks,
      found.flatMap(({ runs }) => runs),
      index === 0,
    );
    if (fault) return fault;
  }
  return null;
}

function placeFault(
  tracks: readonly StartedTrack[],
  runs: readonly TrackRun[],
  isFirst: boolean,
): Unfit | null {
  const [lead] = tracks;
  const seconds = ({ track, shiftTicks, editStartTicks }: StartedTrack) => {
    const run = runs.find(({ trackId }) => trackId === track.header.trackId);
    if (!run || run.startTicks === null || run.samples.length === 0) return null;
    return (run.startTicks + shiftTicks - editStartTicks) / track.header.timescale;
  };
  const leadSeconds = lead ? seconds(lead) : null;
  if (!lead || leadSeconds === null) {
    return { code: "indexMissing", message: "The file's fragments do not say when they begin." };
  }
  const leadRun = runs.find(({ trackId }) => trackId === lead.track.header.trackId);
  const open = leadRun && lead.track.kind === "video" ? groupFault(leadRun) : null;
  if (open) return open;
  const isApart = tracks.some((track) => {
    const own = seconds(track) ?? leadSeconds;
    // Sound that begins late in the film has a picture of its own time in the file before it.
    const begins = own > leadSeconds && (!track.first || seconds(track) === firstSeconds(track));
    return !begins && Math.abs(own - leadSeconds) > mostSkewSeconds;
  });
  // At the film's start one may come later than the other.
  return isApart && !isFirst
    ? { code: "interleaving", message: "Pictures and sound of the same time lie far apart in the file." }
    : null;
}

function firstSeconds({ track, first, shiftTicks, editStartTicks }: StartedTrack): number | null {
  return first ? (first.startTicks + shiftTicks - editStartTicks) / track.header.timescale : null;
}

function groupFault(run: TrackRun): Unfit | null {
  const [key] = run.samples;
  let ticks = 0;
  for (const sample of run.samples) {
    if (key && ticks + sample.compositionTicks < key.compositionTicks) {
      return {
        code: "openGop",
        message: "Pictures are shown before the key frame that they follow: the film can't be cut there.",
      };
    }
    ticks += sample.durationTicks;
  }
  return key?.sync
    ? null
    : { code: "indexMissing", message: "The file's index does not lead to its key frames." };
}

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
