import type { Env as SluiceEnv } from "#workers/env.ts";
import type * as worker from "#workers/index.ts";
import type { D1Migration } from "@cloudflare/vitest-plugin";

declare global {
  namespace Cloudflare {
    /** Types `exports.default` of cloudflare:workers. */
    interface GlobalProps {
      readonly mainModule: typeof worker;
    }

    interface Env extends SluiceEnv {
      readonly TEST_MIGRATIONS: D1Migration[];
      /** "runners/tasks/seed/deaths/slowness" of workers/testing/simulated-board.ts. */
      readonly SIMULATION: string;
      /** How many sequences of workers/http/random-calls.test.ts. */
      readonly RANDOM_CALLS: string;
    }
  }
}
