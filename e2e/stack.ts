// A stack of its own for a test file: temporary data folder, free port, everything ended afterwards.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStack, type Stack, type StackOptions } from "../scripts/stack/stack.ts";

export interface TestStack extends Stack {
  /** For media and other files of the test; gone with the stack. */
  readonly scratch: string;
  readonly notices: readonly string[];
}

export async function startTestStack(options: Partial<StackOptions> = {}): Promise<TestStack> {
  const scratch = mkdtempSync(join(tmpdir(), "sluice-e2e-"));
  const notices: string[] = [];
  const stack = await startStack({
    port: 0,
    dataDirectory: join(scratch, "data"),
    unlimited: true,
    onNotice: (sentence) => notices.push(sentence),
    ...options,
  });
  return {
    ...stack,
    scratch,
    notices,
    async stop() {
      await stack.stop();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}
