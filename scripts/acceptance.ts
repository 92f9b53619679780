// `npm run acceptance [-- --only NAME --screenshots DIR]`: the long proofs. Each says what it measured, and
// docs/acceptance.json holds the last result of each.
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { backup } from "./acceptance/backup.ts";
import { boardSimulation } from "./acceptance/board-simulation.ts";
import { captions } from "./acceptance/captions.ts";
import { runCheck, type Check } from "./acceptance/check.ts";
import { container } from "./acceptance/container.ts";
import { dashboard } from "./acceptance/dashboard.ts";
import { demo } from "./acceptance/demo.ts";
import { ffprobe } from "./acceptance/ffprobe.ts";
import { growing } from "./acceptance/growing.ts";
import { instant } from "./acceptance/instant.ts";
import { kills } from "./acceptance/kills.ts";
import { players } from "./acceptance/players.ts";
import { wholeLife } from "./acceptance/whole-life.ts";
import { randomCalls } from "./acceptance/random-calls.ts";
import { writeResult } from "./acceptance/results.ts";
import { sources } from "./acceptance/sources.ts";
import { sounds } from "./acceptance/sounds.ts";
import { sync } from "./acceptance/sync.ts";
import { twoStacks } from "./acceptance/two-stacks.ts";
import { upgrade } from "./acceptance/upgrade.ts";
import { uploadMemory } from "./acceptance/upload-memory.ts";

const checks: readonly Check[] = [
  demo,
  players,
  captions,
  sounds,
  growing,
  ffprobe,
  sync,
  instant,
  kills,
  twoStacks,
  uploadMemory,
  container,
  boardSimulation,
  randomCalls,
  sources,
  dashboard,
  backup,
  upgrade,
  wholeLife,
];

const { values } = parseArgs({
  options: { only: { type: "string" }, screenshots: { type: "string" } },
});
const chosen = checks.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  console.error(`--only is one of ${checks.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
const screenshots = values.screenshots === undefined ? null : resolve(values.screenshots);
if (screenshots !== null) mkdirSync(screenshots, { recursive: true });

const failed: string[] = [];
for (const check of chosen) {
  const result = await runCheck(check, screenshots);
  writeResult(result);
  if (!result.passed) failed.push(result.name);
}
console.log(
  `\n${chosen.length - failed.length} passed, ${failed.length} failed ${failed.join(", ")}`.trimEnd(),
);
process.exit(failed.length === 0 ? 0 : 1);
