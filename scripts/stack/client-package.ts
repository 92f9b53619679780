// web/client as others import it: JavaScript, declarations, and a package.json that asks for nothing else.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup.mjs";
import { run } from "./bundle.ts";

export async function buildClient(directory: string): Promise<void> {
  // What an earlier build left would be packed with it.
  rmSync(directory, { recursive: true, force: true });
  await run("tsc", ["-p", join(root, "web/client/tsconfig.build.json"), "--outDir", directory]);
  for (const name of readdirSync(directory).filter((each) => each.endsWith(".d.ts"))) {
    // tsc rewrites the paths of imports in what runs, and leaves those of declarations.
    const path = join(directory, name);
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(/(from "\.\/[\w-]+)\.ts"/g, '$1.js"'));
  }
  const { name, version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Named;
  const manifest = {
    ...{ name, version, license },
    description: "The typed client of the Sluice API.",
    type: "module",
    sideEffects: false,
    exports: { "./client": { types: "./client.d.ts", default: "./client.js" } },
  };
  writeFileSync(join(directory, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

interface Named {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}
