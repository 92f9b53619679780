// `npm run dev [-- --port 8787 --data .sluice]`: the whole platform on one port until Ctrl-C.
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./setup.mjs";
import { onSignal } from "./stack/signals.ts";
import { startStack } from "./stack/stack.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8787" },
    data: { type: "string", default: ".sluice" },
    runners: { type: "string", default: "1" },
  },
});
const dataDirectory = resolve(root, values.data);

const notice = (sentence: string) => process.stderr.write(`${sentence}\n`);

try {
  const stack = await startStack({
    port: Number(values.port),
    dataDirectory,
    runners: Number(values.runners),
    onNotice: notice,
  });
  const state = join(dataDirectory, "dev.json");
  const facts = {
    url: stack.url,
    apiKey: stack.apiKey,
    runnerToken: stack.runnerToken,
    metricsToken: stack.metricsToken,
    pid: process.pid,
  };
  writeFileSync(state, JSON.stringify(facts, null, 2), { mode: 0o600 });
  console.log(`ready ${stack.url}`);
  console.log(`upload page ${stack.url}/upload#key=${stack.apiKey}`);
  const end = async () => {
    await stack.stop();
    rmSync(state, { force: true });
    process.exit(0);
  };
  onSignal(end);
} catch (error) {
  notice(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
