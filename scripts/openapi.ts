// Writes openapi.json: the document that the Worker serves, as a file that reviews can read; and the types of the client,
// which are made of it. `--check` writes nothing and fails when a file is not what the code says.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { format } from "prettier";
import { clientSource, type ApiDocument } from "./stack/client-source.ts";

const root = join(import.meta.dirname, "..");

/** Routes reach workerd's own modules; describing them calls none of it. */
const withoutWorkerd: Plugin = {
  name: "without-workerd",
  setup(plugin) {
    plugin.onResolve({ filter: /^cloudflare:/ }, ({ path }) => ({ path, namespace: "workerd" }));
    plugin.onLoad({ filter: /.*/, namespace: "workerd" }, () => ({
      contents: "export class DurableObject {} export class WorkerEntrypoint {} export const env = {};",
    }));
  },
};

async function openApiJson(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "sluice-openapi-"));
  try {
    const outfile = join(directory, "api.mjs");
    await build({
      stdin: {
        contents:
          'import { api } from "./workers/api.ts"; import { openApiDocument } from "./workers/http/openapi.ts";' +
          "export const document = openApiDocument(api);",
        resolveDir: root,
      },
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      logLevel: "error",
      plugins: [withoutWorkerd],
    });
    const bundle = (await import(pathToFileURL(outfile).href)) as { readonly document: unknown };
    return `${JSON.stringify(bundle.document, null, 2)}\n`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const json = await openApiJson();
// Own document: what the routes describe.
const client = await format(clientSource(JSON.parse(json) as ApiDocument), {
  parser: "typescript",
  printWidth: 110,
});
const files = [
  [join(root, "openapi.json"), json],
  [join(root, "web/client/operations.ts"), client],
] as const;

for (const [path, text] of files) {
  if (!process.argv.includes("--check")) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) {
    console.error(`${path} is not what the routes say: run \`npm run openapi\` and commit it.`);
    process.exitCode = 1;
  }
}
