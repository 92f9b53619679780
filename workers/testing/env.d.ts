import type { Env as SluiceEnv } from "#workers/env.ts";
import type { D1Migration } from "@cloudflare/vitest-plugin";

declare global {
  namespace Cloudflare {
    interface Env extends SluiceEnv {
      readonly TEST_MIGRATIONS: D1Migration[];
    }
  }
}
