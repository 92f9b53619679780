// The edge path's weight: what a cold isolate must load and evaluate before it can answer a player.
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, it } from "vitest";

const maxGzipBytes = 36 * 1024;

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
const objectFolders = /^workers\/(?:analytics|outbox|transcoding|uploads|videos)\//;
const objectShells = [
  "workers/analytics/session-records.ts",
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

const bundled = await build({
  entryPoints: ["workers/index.ts"],
  absWorkingDir: new URL("..", import.meta.url).pathname,
  outdir: "out",
  write: false,
  bundle: true,
  splitting: true,
  minify: true,
  metafile: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  conditions: ["workerd", "worker", "browser"],
  external: ["cloudflare:*", "node:*"],
  logLevel: "error",
});

/** The entry's chunk and what it imports statically, transitively. */
function staticChunks(): readonly string[] {
  const { outputs } = bundled.metafile;
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === "workers/index.ts");
  const found = new Set<string>();
  const walk = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    for (const link of outputs[path]?.imports ?? []) {
      if (link.kind === "import-statement" && link.external !== true) walk(link.path);
    }
  };
  if (entry !== undefined) walk(entry);
  return [...found];
}

const chunks = staticChunks();
const inputs = chunks.flatMap((path) => Object.keys(bundled.metafile.outputs[path]?.inputs ?? {}));

it("reaches no library or route that only the API needs", () => {
  expect(inputs).toContain("workers/playback/routes.ts");
  expect(inputs.filter((input) => lazyOnly.some((pattern) => pattern.test(input)))).toEqual([]);
});

it("holds the shells of the Durable Objects, and nothing of what they do", () => {
  expect(inputs.filter((input) => objectFolders.test(input)).toSorted()).toEqual(objectShells);
  const everything = Object.keys(bundled.metafile.inputs);
  for (const work of objectWork) {
    expect(everything).toContain(work);
    expect(inputs).not.toContain(work);
  }
});

it("is small enough to start at once", () => {
  const files = new Map(bundled.outputFiles.map((file) => [file.path.split("/out/")[1], file.contents]));
  // As one: the deployed bundle is a single module, split here only to see what is evaluated at the start.
  const loaded = Buffer.concat(
    chunks.map((path) => files.get(path.replace(/^out\//, "")) ?? new Uint8Array()),
  );
  const gzipBytes = gzipSync(loaded).byteLength;
  process.stdout.write(
    `always loaded: ${loaded.byteLength} bytes, ${gzipBytes} gzip, ${inputs.length} modules\n`,
  );
  expect(loaded.byteLength).toBeGreaterThan(0);
  expect(gzipBytes).toBeLessThanOrEqual(maxGzipBytes);
});
