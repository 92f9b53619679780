// Every kind of bad, odd and hostile source through the runner: what becomes of each.
import { judgeSource } from "../../transcoder/testing/judge-source.ts";
import { withRunner } from "../../transcoder/testing/run-tasks.ts";
import { sourceSet, type Outcome } from "../../transcoder/testing/source-set.ts";
import type { Check } from "./check.ts";

export const sources: Check = {
  name: "sources",
  async run(run) {
    let right = 0;
    await withRunner(async (runner) => {
      for (const { name, make, outcome } of sourceSet) {
        const startedMs = Date.now();
        const found = await judgeSource(runner, await make(run.scratch), run.scratch);
        const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
        const isRight = fits(found, outcome);
        if (isRight) right++;
        run.say(`${name.padEnd(46)} ${textOf(found)} in ${seconds} s`);
        run.expect(isRight, `${name}: ${textOf(found)} where ${textOf(outcome)} is due`);
      }
    });
    run.measure("sources", sourceSet.length);
    run.measure("with the outcome due", right);
  },
};

function fits(found: Outcome, due: Outcome): boolean {
  if (found.kind === "refused" || due.kind === "refused")
    return found.kind === "refused" && due.kind === "refused" && found.code === due.code;
  const facts = new Map<string, unknown>(Object.entries(found.facts));
  return Object.entries(due.facts).every(([name, value]) => facts.get(name) === value);
}

function textOf(outcome: Outcome): string {
  if (outcome.kind === "refused") return outcome.code;
  return Object.entries(outcome.facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}
