// A job's plan, cut into tasks. Pure.
import { ticksPerFrame, timescaleOf } from "#workers/timeline/grid.ts";
import { newTask, type TaskKind, type TaskState } from "./board.ts";
import type { Codec } from "./claim-order.ts";
import { hurried, type LadderRung } from "./ladder.ts";
import type { Plan } from "./plan.ts";

export interface PlannedTask {
  readonly kind: TaskKind;
  readonly chunk: number;
  /** Of a sound, and of the rung that is made first; else "". */
  readonly track: string;
  readonly lane: number;
  /** Order within a job and a lane. */
  readonly rank: number;
  /** Share of the job's work, about proportional to CPU time. */
  readonly weight: number;
  /** What its runner must be able to encode. */
  readonly needs: readonly Codec[];
  readonly state: TaskState;
}

/** What names a task within its job. */
export type TaskName = Pick<PlannedTask, "kind" | "chunk" | "track">;

/** Sound, pictures and text against one rung's encode of the same time; roughly what they cost. */
const audioWeight = 0.1;
const imagesWeight = 0.02;
const subtitlesWeight = 0.01;

/** Over all videos: what makes one playable comes before what makes another complete. */
const lanes = { probe: 0, first: 1, soon: 2, rest: 3 } as const;
type Lane = (typeof lanes)[keyof typeof lanes];

export const probeTask: PlannedTask = {
  ...{ kind: "probe", chunk: 0, track: "", lane: lanes.probe, rank: 0, weight: 0, needs: [] },
  state: newTask(1),
};

export function tasksOf(plan: Plan): readonly PlannedTask[] {
  const { frameCount } = plan.grid;
  const tasks: PlannedTask[] = [];
  for (const { chunk, frameCount: frames } of plan.video === null ? [] : plan.chunks) {
    const first = chunk === 0 ? (plan.video?.firstRung ?? null) : null;
    for (const track of first === null ? [""] : [first, ""]) {
      const name = { kind: "video", chunk, track } as const;
      tasks.push(planned(plan, name, videoLane(plan, name), chunk, frames * rungsOf(plan, name).length));
    }
  }
  for (const [index, { track }] of plan.audios.entries()) {
    const lane = index === 0 && !plan.playsAlready ? lanes.first : lanes.soon;
    const name = { kind: "audio", chunk: 0, track } as const;
    tasks.push(planned(plan, name, lane, index + 1, frameCount * audioWeight, plan.chunks.length));
  }
  const last = plan.chunks.length;
  const aside = (kind: "images" | "subtitles", weight: number) =>
    planned(plan, { kind, chunk: 0, track: "" }, lanes.rest, last, frameCount * weight);
  if (plan.images) tasks.push(aside("images", imagesWeight));
  if (plan.subtitles) tasks.push(aside("subtitles", subtitlesWeight));
  return tasks;
}

function videoLane({ video, playsAlready }: Plan, { chunk, track }: TaskName): Lane {
  if (chunk > 0) return lanes.rest;
  const isFirst = track === (video?.firstRung ?? "");
  return isFirst && !playsAlready ? lanes.first : lanes.soon;
}

function planned(
  plan: Plan,
  name: TaskName,
  lane: Lane,
  rank: number,
  weight: number,
  results = 1,
): PlannedTask {
  return { ...name, lane, rank, weight, needs: codecsOfTask(plan, name), state: newTask(results) };
}

/** The rungs that a video task makes, as it makes them. */
export function rungsOf(
  { video }: Plan,
  { chunk, track }: Pick<TaskName, "chunk" | "track">,
): readonly LadderRung[] {
  if (video === null) return [];
  const { rungs, firstRung } = video;
  if (chunk !== 0 || firstRung === null) return rungs;
  if (track === "") return rungs.filter((rung) => rung.track !== firstRung);
  return rungs.filter((rung) => rung.track === track).map(hurried);
}

/** The tracks that one report of the task holds. */
export function tracksOfTask(plan: Plan, task: TaskName): readonly string[] {
  switch (task.kind) {
    case "video":
      return rungsOf(plan, task).map(({ track }) => track);
    case "audio":
      return [task.track];
    case "probe":
    case "images":
    case "subtitles":
    case "frame":
      return [];
  }
}

function codecsOfTask(plan: Plan, task: TaskName): readonly Codec[] {
  switch (task.kind) {
    case "video":
      return [...new Set(rungsOf(plan, task).map(({ codec }) => codec))];
    case "audio":
      return plan.audios.filter(({ track }) => track === task.track).map(({ codec }) => codec);
    case "probe":
    case "images":
    case "subtitles":
    case "frame":
      return [];
  }
}

/** Every track that a published chunk has. */
export function trackIdsOf({ video, audios }: Plan): readonly string[] {
  return [...(video?.rungs ?? []), ...audios].map(({ track }) => track);
}

/** What a viewer needs of the first chunk: the rung that is made first, and the sound that is heard. */
export function firstTracksOf({ video, audios }: Plan): readonly string[] | null {
  if (video === null || video.firstRung === null) return null;
  return [video.firstRung, ...audios.slice(0, 1).map(({ track }) => track)];
}

/** Nominal duration of a fragment. */
export function gopOf({ grid }: Plan): { readonly ticks: number; readonly timescale: number } {
  return { ticks: grid.gopFrames * ticksPerFrame(grid.frameRate), timescale: timescaleOf(grid.frameRate) };
}
