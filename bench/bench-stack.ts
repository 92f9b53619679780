// The whole platform, with the baselines of bench/workers/stack.ts before it, on data that is thrown away.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStack, type Stack } from "../scripts/stack/stack.ts";
import { benchModule } from "./worker-module.ts";

export async function withBenchStack<T>(use: (stack: Stack) => Promise<T>): Promise<T> {
  const dataDirectory = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  try {
    const stack = await startStack({
      port: 0,
      dataDirectory,
      runners: 0,
      web: false,
      unlimited: true,
      front: await benchModule("stack.ts"),
      onNotice: (sentence) => process.stderr.write(`${sentence}\n`),
    });
    try {
      return await use(stack);
    } finally {
      await stack.stop();
    }
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

/** Of bench/workers/stack.ts. */
export function baselineUrl(
  { url }: Stack,
  name: string,
  parameters: Readonly<Record<string, string | number>>,
): string {
  const query = Object.entries(parameters).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return `${url}/p/~bench/${name}?${query.join("&")}`;
}
