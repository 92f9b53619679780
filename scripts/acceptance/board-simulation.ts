// 500 runners and 10,000 tasks on the real task board in workerd, with real D1 and R2, on a clock that jumps: 5 % of
// claims end in a death. What is simulated is time and the encoders (workers/testing/simulated-board.ts).
import { spawn } from "node:child_process";
import { root } from "../setup.mjs";
import type { Check } from "./check.ts";

export interface SimulationSize {
  readonly runners: number;
  readonly tasks: number;
  readonly seed: number;
  readonly deaths: number;
  readonly slowness: number;
}

const size: SimulationSize = { runners: 500, tasks: 10_000, seed: 20_261_123, deaths: 0.05, slowness: 1 };
const testFile = "workers/transcoding/board-simulation.test.ts";

interface Waits {
  readonly tasks: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

interface Outcome {
  readonly seed: number;
  readonly tasks: number;
  readonly videos: number;
  readonly claims: number;
  readonly deaths: number;
  readonly zombies: number;
  readonly overdue: number;
  readonly faults: number;
  readonly virtualSeconds: number;
  readonly waitSeconds: Readonly<Record<"high" | "normal" | "low", Waits>>;
  readonly claimP50Ms: number;
  readonly claimP99Ms: number;
  readonly claimsPerSecond: number;
  readonly burstOfClaimsMs: number;
  readonly realSeconds: number;
  readonly msPerCall: Readonly<Record<string, string>>;
}

/** Also of a run whose test failed: its figures say why. */
export async function simulate(simulated: SimulationSize): Promise<{
  readonly outcome: Outcome | null;
  readonly passed: boolean;
  text: string;
}> {
  const child = spawn("vitest", ["run", "--project", "workers", testFile, "--silent=false"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, SLUICE_SIMULATION: sizeText(simulated) },
  });
  // The board tells of every lease that ran out.
  const lines: string[] = [];
  let rest = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      const [last = "", ...whole] = (rest + text).split("\n").toReversed();
      rest = last;
      lines.push(...whole.toReversed().filter((line) => line !== "" && !line.includes("transcoding.")));
    });
  }
  const passed = await new Promise<boolean>((resolve) => child.on("close", (code) => resolve(code === 0)));
  const told = lines.find((line) => line.includes('"test.simulation"'));
  const line = told === undefined ? null : (JSON.parse(told.slice(told.indexOf("{"))) as { result: string });
  const outcome = line === null ? null : (JSON.parse(line.result) as Outcome);
  return { outcome, passed, text: lines.slice(-40).join("\n") };
}

/** As the test reads it. */
function sizeText({ runners, tasks, seed, deaths, slowness }: SimulationSize): string {
  return [runners, tasks, seed, deaths, slowness].join("/");
}

export const boardSimulation: Check = {
  name: "board-simulation",
  async run(run) {
    run.say(`${size.runners} runners, ${size.tasks} tasks, seed ${size.seed}, ${100 * size.deaths} % deaths`);
    const { outcome, passed, text } = await simulate(size);
    run.expect(passed, `the simulation failed: ${text}`);
    if (outcome === null) return;
    const { waitSeconds, msPerCall, ...figures } = outcome;
    for (const [name, value] of Object.entries(figures)) run.measure(name, value);
    for (const [call, spent] of Object.entries(msPerCall)) run.measure(`${call}: ms (calls)`, spent);
    for (const [priority, { tasks, p50, p99, longest }] of Object.entries(waitSeconds)) {
      run.measure(`${priority} tasks`, tasks);
      run.measure(`${priority} wait p50 (virtual s)`, p50);
      run.measure(`${priority} wait p99 (virtual s)`, p99);
      run.measure(`${priority} longest wait (virtual s)`, longest);
    }
    run.expect(outcome.faults === 0, `${outcome.faults} faults`);
    run.expect(outcome.tasks >= size.tasks, `only ${outcome.tasks} tasks`);
    run.expect(outcome.deaths >= size.tasks * size.deaths * 0.8, `only ${outcome.deaths} deaths`);
  },
};
