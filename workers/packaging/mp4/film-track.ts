// One track of a film while it is walked, and what it is when the walk has ended.
import type { Run } from "#workers/timeline/timeline.ts";
import { measure } from "../bitrate.ts";
import { averageFrameRate } from "../source/average-frame-rate.ts";
import type { PageTrack } from "../source/page-format.ts";
import { silenceFor } from "../source/silence.ts";
import { fragmentSeconds, type SourceTrack } from "../source/source.ts";
import { writeInit } from "../source/write-init.ts";
import type { FilmEdges } from "./film-edges.ts";
import { FragmentWalk, type TakenFragment } from "./fragment-walk.ts";
import type { PlayableAudio, PlayableVideo } from "./playable-tracks.ts";
import { SampleCursor, type SampleTables } from "./sample-cursor.ts";

export interface FilmTrack {
  readonly track: PlayableVideo | PlayableAudio;
  readonly page: PageTrack;
  readonly walk: FragmentWalk;
  readonly startTicks: number;
  readonly durations: number[];
  readonly sizes: number[];
}

export interface TabledTrack {
  readonly track: PlayableVideo | PlayableAudio;
  readonly tables: SampleTables;
}

/** The film is cut by the first track; the others are filled with silence where they have nothing. */
export function filmTrack(
  moov: Uint8Array,
  { track, tables }: TabledTrack,
  id: string,
  isFirst: boolean,
  fileBytes: number,
): FilmTrack {
  const { timescale } = track.header;
  const frame = new SampleCursor(moov, tables);
  const filler =
    track.kind === "audio" && frame.next() ? silenceFor(track, timescale, frame.durationTicks) : null;
  const walked = {
    cursor: new SampleCursor(moov, tables),
    timescale,
    timing: track.timing,
    isPicture: track.kind === "video",
    filler: isFirst ? null : filler,
  };
  const walk = new FragmentWalk(walked, fileBytes);
  return {
    track,
    page: { id, filler: walked.filler },
    walk,
    startTicks: walk.startTicks,
    durations: [],
    sizes: [],
  };
}

/** When the first sample is presented. */
export function delaySeconds({ track }: FilmTrack): number {
  return (track.timing.shiftTicks - track.timing.editStartTicks) / track.header.timescale;
}

export function noteFragment(entry: FilmTrack, taken: TakenFragment | undefined): void {
  if (!taken) return;
  entry.durations.push(taken.durationTicks);
  entry.sizes.push(taken.sizeBytes);
}

export function finishTrack(entry: FilmTrack, runs: readonly Run[], edges: FilmEdges): SourceTrack {
  const { track, page, startTicks } = entry;
  const { timescale, language } = track.header;
  const { editStartTicks } = track.timing;
  const { codec, sampleEntry } = track;
  const durationTicks = Uint32Array.from(entry.durations);
  const sizeBytes = Uint32Array.from(entry.sizes);
  const fragments = {
    first: 0,
    startTicks,
    durationTicks,
    sizeBytes,
    leadBytes: new Uint32Array(sizeBytes.length),
    sync: new Uint8Array(sizeBytes.length).fill(1),
    runs,
  };
  const { peakBps } = measure(sizeBytes, durationTicks, timescale, fragmentSeconds);
  const common = { id: page.id, codec, timescale, editStartTicks, maxBitrateBps: peakBps };
  switch (track.kind) {
    case "video": {
      const { width, height } = track;
      const frameRate = averageFrameRate(edges.sampleCount, edges.mediaSeconds);
      const init = writeInit({ kind: "video", timescale, sampleEntry, width, height, editStartTicks });
      return { format: { ...common, kind: "video", width, height, frameRate }, init, fragments };
    }
    case "audio": {
      const { channels, sampleRateHz } = track;
      const init = writeInit({ kind: "audio", timescale, sampleEntry, editStartTicks });
      return { format: { ...common, kind: "audio", channels, sampleRateHz, language }, init, fragments };
    }
  }
}
