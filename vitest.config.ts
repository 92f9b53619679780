import { availableParallelism } from "node:os";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

// core: pure logic and the runner, in Node. workers: the rim, in workerd with real D1, R2, Queues and
// Durable Objects. e2e: the built stack with real FFmpeg and Chromium.
const testSecrets = {
  SESSION_KEYS: "a:YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE,b:YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI",
  SEALING_KEY: "c2VhbGluZy1rZXktZm9yLXRlc3RzLW9ubHktMzItYnk",
  OBJECT_URL_KEY: "b2JqZWN0LXVybC1rZXktZm9yLXRlc3RzLW9ubHktMzI",
  RUNNER_TOKEN: "runner-token-for-tests",
  METRICS_TOKEN: "metrics-token-for-tests",
};

export default defineConfig(async () => ({
  test: {
    // One more than cores: of the time of most tests a third is waiting.
    maxWorkers: availableParallelism() + 1,
    // The product logs every request; only a failed test's lines are of use.
    silent: "passed-only" as const,
    projects: [
      {
        test: {
          name: "core",
          environment: "node",
          // Nothing here leaves anything behind that another file could see.
          isolate: false,
          include: [
            "workers/{timeline,packaging}/**/*.test.ts",
            "workers/**/*.node.test.ts",
            "transcoder/**/*.test.ts",
            "scripts/**/*.test.ts",
            "web/**/*.test.ts",
          ],
          // Much of it encodes: a loaded machine is slow, not wrong.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                ...testSecrets,
                RUNNER_FLEET: "external",
                METRICS_FLUSH_SECONDS: "0.01",
                SESSION_RECORDS_FLUSH_SECONDS: "0",
                SIMULATION: process.env["SLUICE_SIMULATION"] ?? "25/100/1/0.2/0.2",
                RANDOM_CALLS: process.env["SLUICE_RANDOM_CALLS"] ?? "6",
                TEST_MIGRATIONS: await readD1Migrations("./migrations"),
              },
            },
          }),
        ],
        resolve: {
          alias: {
            // Declared CommonJS but ships ES modules: the test bundler needs the file named.
            "itty-durable": new URL("./workers/testing/itty-durable.ts", import.meta.url).pathname,
            // Its modules reach for node:fs, which wrangler's bundler leaves out and the test's does not.
            mediabunny: new URL("./node_modules/mediabunny/dist/bundles/mediabunny.mjs", import.meta.url)
              .pathname,
          },
        },
        test: {
          name: "workers",
          include: ["workers/**/*.test.ts"],
          exclude: ["workers/{timeline,packaging}/**", "workers/**/*.node.test.ts"],
          setupFiles: ["./workers/testing/setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          environment: "node",
          include: ["e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Three stacks at a time: much of what they do is to wait in real time.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
}));
