// What a check is, and how one is run: it says what it does, notes what it measured and what is wrong, and
// everything that it started ends with it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onSignal } from "../stack/signals.ts";
import { startStack, type Stack, type StackOptions } from "../stack/stack.ts";
import type { CheckResult, Measure } from "./results.ts";

export interface CheckRun {
  /** A directory of this check alone; gone with it. */
  readonly scratch: string;
  /** Where pictures of what was seen go, when someone asked for them. */
  readonly screenshots: string | null;
  say(line: string): void;
  measure(name: string, value: Measure): void;
  /** Notes a fault when `holds` is false; the check goes on, to find the others too. */
  expect(holds: boolean, fault: string): void;
  /** Undone in reverse order when the check ends, however it ends. */
  defer(step: () => Promise<void> | void): void;
  /** A stack with a data folder of its own, stopped with the check. */
  startStack(options?: Partial<StackOptions>): Promise<Stack>;
}

export interface Check {
  readonly name: string;
  run(run: CheckRun): Promise<void>;
}

export async function runCheck(check: Check, screenshots: string | null): Promise<CheckResult> {
  const startedMs = Date.now();
  const elapsed = () => Math.round((Date.now() - startedMs) / 100) / 10;
  const scratch = mkdtempSync(join(tmpdir(), `sluice-acceptance-${check.name}-`));
  const measured: Record<string, Measure> = {};
  const faults: string[] = [];
  const undo: (() => Promise<void> | void)[] = [() => rmSync(scratch, { recursive: true, force: true })];
  const end = async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  const interrupted = async () => {
    await end();
    process.exit(130);
  };
  onSignal(interrupted);
  const run: CheckRun = {
    scratch,
    screenshots,
    say: (line) => console.log(`  ${elapsed().toFixed(1).padStart(6)} s  ${line}`),
    measure: (name, value) => (measured[name] = value),
    expect: (holds, fault) => {
      if (holds) return;
      faults.push(fault);
      console.log(`  wrong: ${fault}`);
    },
    defer: (step) => void undo.push(step),
    async startStack(options = {}) {
      const stack = await startStack({
        port: 0,
        dataDirectory: join(scratch, "data"),
        unlimited: true,
        onNotice: (sentence) => run.say(`notice: ${sentence}`),
        ...options,
      });
      undo.push(() => stack.stop());
      onSignal(interrupted);
      return stack;
    },
  };
  console.log(`\n${check.name}`);
  try {
    await check.run(run);
  } catch (error) {
    faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    console.log(`  wrong: ${faults.at(-1)}`);
  }
  await end();
  const passed = faults.length === 0;
  const seconds = elapsed();
  console.log(`${passed ? "ok  " : "FAIL"} ${check.name} in ${seconds} s ${JSON.stringify(measured)}`);
  return {
    name: check.name,
    command: `npm run acceptance -- --only ${check.name}`,
    passed,
    measured,
    seconds,
  };
}
