import { defineConfig, type Plugin } from "vite";
import { readFileSync } from "node:fs";

const root = new URL("./", import.meta.url).pathname;
const at = (path: string) => `${root}${path}`;

// The same header stands in every page's HTML, so the first paint has it and nothing jumps.
const partials: Plugin = {
  name: "sluice-partials",
  transformIndexHtml: {
    order: "pre",
    handler: (html) =>
      html.replaceAll(/<!-- include (design\/[a-z-]+\.html) -->/g, (_, path: string) =>
        readFileSync(at(path), "utf8").trim(),
      ),
  },
};

/** On pages that are there to play, what plays is fetched beside the player and not after it. */
const engineAhead: Plugin = {
  name: "sluice-engine-ahead",
  transformIndexHtml: {
    order: "post",
    handler: (_html, { bundle = {}, filename }) => {
      const engine = Object.keys(bundle).find((name) => name.startsWith("assets/hls-engine-"));
      if (engine === undefined || !/\/(?:embed|watch)\.html$/.test(filename)) return [];
      const attrs = { rel: "modulepreload", crossorigin: true, href: `/${engine}` };
      return [{ tag: "link", attrs, injectTo: "head" }];
    },
  },
};

export default defineConfig({
  root,
  plugins: [partials, engineAhead],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: at("dist"),
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // hls.js alone is more than the default; budget.test.ts holds the limits that matter.
    chunkSizeWarningLimit: 640,
    // Preload hints of a dynamic import are resolved against the embedding page, so only HTML gets them.
    modulePreload: {
      polyfill: false,
      resolveDependencies: (_file, deps, { hostType }) => (hostType === "html" ? deps : []),
    },
    rolldownOptions: {
      input: {
        index: at("index.html"),
        dashboard: at("dashboard.html"),
        docs: at("docs.html"),
        upload: at("upload.html"),
        watch: at("watch.html"),
        embed: at("embed.html"),
        "404": at("404.html"),
        "sluice-player": at("player/sluice-player.ts"),
      },
      // The embed snippet names this file: it keeps its name over releases, all that it imports is hashed.
      preserveEntrySignatures: "allow-extension",
      output: {
        entryFileNames: (chunk) =>
          chunk.name === "sluice-player" ? "player/sluice-player.js" : "assets/[name]-[hash].js",
      },
    },
  },
});
