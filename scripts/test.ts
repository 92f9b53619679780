// `npm test`: every check, all of them even when one fails, and a last line `N passed, N failed`.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./setup.mjs";
import { buildWeb } from "./stack/bundle.ts";

interface Tally {
  passed: number;
  failed: number;
}

function runStep(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit" });
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
}

interface Checked {
  readonly passed: boolean;
  readonly output: string;
}

/** Held back until it has ended, since others run beside it. */
function runCheck([command, ...args]: readonly [string, ...string[]]): Promise<Checked> {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", (error) => resolve({ passed: false, output: error.message }));
    child.on("close", (code) => resolve({ passed: code === 0, output }));
  });
}

const staticChecks: readonly { readonly name: string; readonly command: readonly [string, ...string[]] }[] = [
  { name: "format", command: ["prettier", "--check", "--log-level", "warn", "."] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings", "--quiet"] },
  { name: "types", command: ["npm", "run", "--silent", "check:types"] },
  { name: "dead code", command: ["knip", "--no-progress"] },
];

async function runVitest(tally: Tally): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "sluice-test-"));
  const report = join(directory, "report.json");
  const ended = await runStep("vitest", [
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ]);
  if (!existsSync(report)) {
    tally.failed += 1;
    return;
  }
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
  };
  rmSync(directory, { recursive: true });
  tally.passed += numPassedTests;
  // A file that does not load, or an unhandled error, fails the run without failing a test.
  tally.failed += ended ? 0 : Math.max(numFailedTests, 1);
}

const startedMs = Date.now();
const tally: Tally = { passed: 0, failed: 0 };
const checked = staticChecks.map(({ name, command }) => ({ name, check: runCheck(command) }));
for (const { name, check } of checked) {
  const { passed, output } = await check;
  if (!passed) console.log(output);
  console.log(`${passed ? "ok  " : "FAIL"} ${name}`);
  if (passed) tally.passed += 1;
  else tally.failed += 1;
}
await buildWeb();
await runVitest(tally);
console.log(`in ${Math.round((Date.now() - startedMs) / 1000)} s`);
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;
