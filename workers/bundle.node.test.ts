// The edge path's weight: what a cold isolate must load and evaluate before it can answer a player.
import { expect, it } from "vitest";
import { measureAlwaysLoaded } from "../scripts/stack/always-loaded.ts";

const maxGzipBytes = 33.5 * 1024;

/** One of these in the static graph, and every cold playback request pays for it. */
const lazyOnly = [
  /node_modules\/zod\//,
  /node_modules\/drizzle-orm\//,
  /node_modules\/@hono\/zod-openapi\//,
  /node_modules\/@asteasolutions\//,
  /node_modules\/@aws-sdk\//,
  /node_modules\/mediabunny\//,
  /node_modules\/jose\//,
  /node_modules\/itty-(?:durable|router)\//,
  /node_modules\/ulid\//,
  /^workers\/api\.ts$/,
  /\/contract\.ts$/,
  /^workers\/(?!playback\/)[a-z]+\/(?:[a-z-]+-)?routes\.ts$/,
];

/** Of these folders playback needs nothing, except that the entry exports the classes of its Durable Objects. */
const objectFolders = /^workers\/(?:analytics|events|outbox|transcoding|uploads|videos)\//;
const objectShells = [
  "workers/analytics/session-records.ts",
  "workers/events/event-hub.ts",
  "workers/transcoding/runner-container.ts",
  "workers/transcoding/scheduler.ts",
  "workers/uploads/upload-session.ts",
];
/** Objects of folders that playback does need something of: what their shells load. */
const objectWork = [
  "workers/access/revocation-rows.ts",
  "workers/access/stream-register.ts",
  "workers/metrics/counter-shard.ts",
];

const { modules, allModules, sizeBytes, gzipBytes } = await measureAlwaysLoaded();

it("reaches no library or route that only the API needs", () => {
  expect(modules).toContain("workers/playback/routes.ts");
  expect(modules.filter((input) => lazyOnly.some((pattern) => pattern.test(input)))).toEqual([]);
});

it("holds the shells of the Durable Objects, and nothing of what they do", () => {
  expect(modules.filter((input) => objectFolders.test(input)).toSorted()).toEqual(objectShells);
  for (const work of objectWork) {
    expect(allModules).toContain(work);
    expect(modules).not.toContain(work);
  }
});

it("is small enough to start at once", () => {
  process.stdout.write(`always loaded: ${sizeBytes} bytes, ${gzipBytes} gzip, ${modules.length} modules\n`);
  expect(sizeBytes).toBeGreaterThan(0);
  expect(gzipBytes).toBeLessThanOrEqual(maxGzipBytes);
});
