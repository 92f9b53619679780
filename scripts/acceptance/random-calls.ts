// Random calls of the API, by the test that npm test runs a few of: many more sequences, on a new stack now and then.
import { spawn } from "node:child_process";
import { root } from "../setup.mjs";
import type { Check } from "./check.ts";

const rounds = 12;
const sequencesARound = 40;

export const randomCalls: Check = {
  name: "random-calls",
  async run(run) {
    run.say(`${rounds} stacks, ${sequencesARound} sequences of 8 to 24 calls on each`);
    let passed = 0;
    for (let round = 0; round < rounds; round++) {
      const { ok, text } = await runSequences();
      run.expect(ok, `a sequence failed: ${text}`);
      if (ok) passed += sequencesARound;
    }
    run.measure("sequences that left nothing behind", passed);
  },
};

async function runSequences(): Promise<{ readonly ok: boolean; readonly text: string }> {
  const child = spawn("vitest", ["run", "--project", "workers", "workers/http/random-calls.test.ts"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, SLUICE_RANDOM_CALLS: String(sequencesARound) },
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => lines.push(text));
  const ok = await new Promise<boolean>((resolve) => child.on("close", (code) => resolve(code === 0)));
  return { ok, text: lines.join("").split("\n").slice(-60).join("\n") };
}
