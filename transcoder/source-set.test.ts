import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { judgeSource } from "./testing/judge-source.ts";
import { withRunner } from "./testing/run-tasks.ts";
import { sourceSet } from "./testing/source-set.ts";

// What is encoded in other tests, and what takes long, is left to `npm run acceptance -- --only sources`.
const encodedHere = /^(120 fps|broken timestamps|sounds and texts .* \(MP4\))$/;

it("every bad, odd and hostile source has the outcome that it must have", { timeout: 120_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), "sluice-set-"));
  try {
    await withRunner(async (runner) => {
      for (const { name, make, outcome, isLong } of sourceSet) {
        if (isLong || (outcome.kind === "encoded" && !encodedHere.test(name))) continue;
        expect.soft(await judgeSource(runner, await make(dir), dir), name).toMatchObject(outcome);
      }
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
