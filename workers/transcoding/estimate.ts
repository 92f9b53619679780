// How much longer a job takes, from what tasks took lately. Pure, and honest: null where nothing is known.

export interface Pace {
  /** Of a slot: seconds of work over weight of work, of recent tasks. Null: none was finished yet. */
  readonly secondsPerWeight: number | null;
  /** Tasks that are being worked on, of all jobs. */
  readonly slots: number;
  /** Jobs that share them. */
  readonly jobs: number;
}

export interface WorkLeft {
  /** What is left of each task that is being worked on. */
  readonly runningWeights: readonly number[];
  readonly waitingWeight: number;
  readonly waitingTasks: number;
  readonly paused: boolean;
}

export function etaSeconds(left: WorkLeft, pace: Pace): number | null {
  const { runningWeights, waitingWeight, waitingTasks } = left;
  if (left.paused || pace.secondsPerWeight === null || pace.slots === 0) return null;
  const most = runningWeights.length + waitingTasks;
  // What it has, or its share of all, and never more than it has tasks.
  const slots = Math.min(Math.max(runningWeights.length, pace.slots / Math.max(1, pace.jobs)), most);
  const running = runningWeights.reduce((sum, weight) => sum + weight, 0);
  const longest = Math.max(0, ...runningWeights);
  const weight = slots === 0 ? 0 : Math.max(longest, (running + waitingWeight) / slots);
  return Math.ceil(weight * pace.secondsPerWeight);
}

/** Sums of which the older share fades: about the last twenty tasks count. */
const fade = 0.95;

export interface Measured {
  readonly seconds: number;
  readonly weight: number;
}

export function withMeasured(before: Measured, task: Measured): Measured {
  if (!(task.weight > 0) || !(task.seconds >= 0)) return before;
  return { seconds: before.seconds * fade + task.seconds, weight: before.weight * fade + task.weight };
}
