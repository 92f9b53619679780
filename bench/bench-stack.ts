// The whole platform, with the baselines of bench/workers/stack.ts before it, on data that is thrown away.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStack, type Stack } from "../scripts/stack/stack.ts";
import { benchModule } from "./worker-module.ts";

export interface BenchStackOptions {
  readonly runners?: number;
  /** Tasks at a time of a runner. */
  readonly slots?: number;
  /** Where V8 can be asked, as bench/heap.ts does. */
  readonly inspectorPort?: number;
  /** With our pages. */
  readonly web?: boolean;
}

/** `directory` also holds the logs, and what the bench puts there. */
export async function withBenchStack<T>(
  use: (stack: Stack, directory: string) => Promise<T>,
  { runners = 0, ...options }: BenchStackOptions = {},
): Promise<T> {
  const dataDirectory = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  try {
    const stack = await startStack({
      port: 0,
      dataDirectory,
      runners,
      web: false,
      ...options,
      unlimited: true,
      front: await benchModule("stack.ts"),
      onNotice: (sentence) => process.stderr.write(`${sentence}\n`),
    });
    try {
      return await use(stack, dataDirectory);
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

export async function expectStatus(status: number, url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, init);
  if (answer.status !== status) {
    throw new Error(`${init.method} answered ${answer.status}, not ${status}: ${await answer.text()}`);
  }
  return answer;
}

/** And waits until its file is gone: deleting is a message on a queue, and the next round must not share the disk. */
export async function removeVideo(stack: Stack, videoId: string): Promise<void> {
  const headers = { Authorization: `Bearer ${stack.apiKey}` };
  await expectStatus(204, `${stack.url}/v1/videos/${videoId}`, { method: "DELETE", headers });
  const bucket = await stack.worker.miniflare.getR2Bucket("MEDIA");
  const prefix = `sources/${videoId}/`;
  const deadline = Date.now() + 60_000;
  while ((await bucket.list({ prefix })).objects.length > 0) {
    if (Date.now() > deadline)
      throw new Error(`${prefix} is still there a minute after its video was deleted`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
