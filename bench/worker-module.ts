// The modules of bench/workers as text, for workerd.
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../scripts/setup.mjs";

/** Where a module of bench/workers says `#workers/index.ts`, it gets the bundle that is deployed. */
export async function benchModule(name: string, bundlePath = "./index.js"): Promise<string> {
  const built = await build({
    entryPoints: [join(root, "bench", "workers", name)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    alias: { "#workers/index.ts": bundlePath },
    external: [bundlePath],
    logLevel: "error",
  });
  const [file] = built.outputFiles;
  if (file === undefined) throw new Error(`${name} gave no module`);
  return file.text;
}
