// What a bench file exports, and how its samples become rows of the table.
import type { Result } from "./results.ts";
import { spread, type Spread } from "./rounds.ts";

export interface BenchOptions {
  /** Fewer requests and smaller files: tells that the bench works, and about where it stands. */
  readonly quick: boolean;
  readonly rounds: number;
}

export interface Claim {
  readonly name: string;
  run(options: BenchOptions): Promise<readonly Result[]>;
}

export interface Aim {
  readonly of: "value" | "ratio";
  readonly is: ">=" | "<=";
  readonly bound: number;
}

export interface Samples {
  readonly name: string;
  readonly unit: string;
  /** One a round. */
  readonly values: readonly number[];
  /** Of the same rounds. */
  readonly baselines?: readonly number[];
  readonly aim: Aim;
  readonly cpuMsPerRequest?: number;
  readonly note: string;
}

export function judge({ name, unit, values, baselines, aim, cpuMsPerRequest, note }: Samples): Result {
  const value = spread(values);
  const baseline = baselines === undefined ? null : spread(baselines);
  // Of pairs, not of medians: what slowed a whole round down slowed both.
  const ratio =
    baselines === undefined
      ? null
      : spread(values.map((sample, round) => sample / (baselines[round] ?? NaN)));
  const judged = aim.of === "ratio" ? ratio : value;
  if (judged === null) throw new Error(`${name}: an aim for a ratio needs a baseline`);
  const quartiles = [
    `value ${range(value)}`,
    ...(baseline === null ? [] : [`baseline ${range(baseline)}`]),
    ...(ratio === null ? [] : [`ratio ${range(ratio)}`]),
  ];
  return {
    name,
    unit,
    value: value.median,
    baseline: baseline?.median ?? null,
    ratio: ratio?.median ?? null,
    aim: `${aim.of} ${aim.is} ${aim.bound}`,
    met: aim.is === ">=" ? judged.median >= aim.bound : judged.median <= aim.bound,
    ...(cpuMsPerRequest === undefined ? {} : { cpuMsPerRequest: Number(cpuMsPerRequest.toPrecision(4)) }),
    note: `${note}; quartiles of ${values.length} rounds: ${quartiles.join(", ")}`,
  };
}

const range = ({ q1, q3 }: Spread) => `${short(q1)}-${short(q3)}`;

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

export const median = (values: readonly number[]) => spread(values).median;
