import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { buildWeb, bundleWorker } from "./bundle.ts";

/** Of the 3 MiB that the platform's free plan allows. */
const maxUploadKibibytes = 1024;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sluice-bundle-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

test("the Worker is bundled where there is no Docker, and its upload stays small", async () => {
  vi.stubEnv("WRANGLER_DOCKER_BIN", join(directory, "no-docker"));
  await buildWeb();
  const { module, uploadKibibytes } = await bundleWorker(directory);
  process.stdout.write(`upload: ${uploadKibibytes} KiB gzip\n`);
  expect(statSync(module).size).toBeGreaterThan(100_000);
  expect(uploadKibibytes).toBeGreaterThan(1);
  expect(uploadKibibytes).toBeLessThanOrEqual(maxUploadKibibytes);
});

test("pages that a test has built are those that a deploy uploads, without the places in our files", async () => {
  await buildWeb();
  const assets = new URL("../../web/dist/assets/", import.meta.url);
  const scripts = readdirSync(assets).filter((name) => /^dashboard-.*\.js$/.test(name));
  expect(scripts).toHaveLength(1);
  for (const name of scripts)
    expect(readFileSync(new URL(name, assets), "utf8")).not.toContain("columnNumber:");
});
