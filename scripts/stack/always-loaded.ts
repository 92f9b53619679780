// What a cold isolate loads and evaluates before it can answer a player: the entry, and what it imports statically.
// The deployed bundle is one module; it is split here only to see which part of it is evaluated at the start.
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "../setup.mjs";

export interface AlwaysLoaded {
  /** Modules by their paths, as `workers/index.ts`. */
  readonly modules: readonly string[];
  /** Those that are loaded when they are needed, too. */
  readonly allModules: readonly string[];
  readonly sizeBytes: number;
  readonly gzipBytes: number;
}

const entryPoint = "workers/index.ts";

/** What chunks say to each other is nothing that is deployed, and changes with who else imports what. */
const withoutSeams = (code: string): string =>
  code.replaceAll(/import(?:\{[^}]*\}from)?"\.\/[^"]*";/g, "").replaceAll(/export\{[^}]*\};/g, "");

export async function measureAlwaysLoaded(): Promise<AlwaysLoaded> {
  const { metafile, outputFiles } = await build({
    entryPoints: [entryPoint],
    absWorkingDir: root,
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
  const { outputs } = metafile;
  const chunks = new Set<string>();
  const walk = (path: string) => {
    if (chunks.has(path)) return;
    chunks.add(path);
    for (const link of outputs[path]?.imports ?? []) {
      if (link.kind === "import-statement" && link.external !== true) walk(link.path);
    }
  };
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === entryPoint);
  if (entry !== undefined) walk(entry);
  const files = new Map(outputFiles.map((file) => [file.path.split("/out/")[1], file.text]));
  const loaded = Buffer.from(
    [...chunks].map((path) => withoutSeams(files.get(path.replace(/^out\//, "")) ?? "")).join(""),
  );
  return {
    modules: [...chunks].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {})),
    allModules: Object.keys(metafile.inputs),
    sizeBytes: loaded.byteLength,
    gzipBytes: gzipSync(loaded).byteLength,
  };
}
