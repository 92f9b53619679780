// What a visitor downloads, held to a budget, and what the content security policy rests on.
import { beforeAll, describe, expect, it, vi } from "vitest";
import { build } from "vite";

const files = new Map<string, string>();

async function gzipBytes(text: string): Promise<number> {
  const zipped = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(zipped).arrayBuffer()).byteLength;
}

function file(pattern: RegExp): string {
  const found = [...files].filter(([name]) => pattern.test(name));
  expect(found.map(([name]) => name)).toHaveLength(1);
  return found[0]?.[1] ?? "";
}

/** What a page names in its HTML, which is all that it needs to show itself. */
async function loadedBy(page: RegExp): Promise<{ names: readonly string[]; js: number; css: number }> {
  const names = [...file(page).matchAll(/(?:src|href)="\/((?:assets|player)\/[^"]+)"/g)].map(
    ([, name = ""]) => name,
  );
  const bytes = { js: 0, css: 0 };
  for (const name of names)
    bytes[name.endsWith(".css") ? "css" : "js"] += await gzipBytes(files.get(name) ?? "");
  return { names, ...bytes };
}

beforeAll(async () => {
  const configFile = new URL("./vite.config.ts", import.meta.url).pathname;
  // As it is deployed: for a test's environment each element would carry the file and line that it comes from.
  vi.stubEnv("NODE_ENV", "production");
  const result = await build({ configFile, logLevel: "silent", build: { write: false } });
  vi.unstubAllEnvs();
  const outputs = Array.isArray(result) ? result : [result];
  for (const output of outputs) {
    if (!("output" in output)) continue;
    for (const made of output.output) {
      const content = made.type === "chunk" ? made.code : made.source;
      files.set(made.fileName, typeof content === "string" ? content : new TextDecoder().decode(content));
    }
  }
}, 60_000);

describe("sizes", () => {
  it("keeps the player at 60 KB gzip, and hls.js, which it loads only to play, at 182 KB", async () => {
    expect(await gzipBytes(file(/^player\/sluice-player\.js$/))).toBeLessThanOrEqual(60_000);
    expect(await gzipBytes(file(/^assets\/hls-engine-/))).toBeLessThanOrEqual(182_000);
  });

  it("keeps Shaka at 186 KB, and out of what any page loads by itself", async () => {
    const [name = ""] = [...files.keys()].filter((each) => each.startsWith("assets/shaka-engine-"));
    expect(await gzipBytes(files.get(name) ?? "")).toBeLessThanOrEqual(186_000);
    expect(files.get(name)?.length).toBeGreaterThan(100_000);
    const naming = [...files].filter(([, text]) => text.includes(name.slice("assets/".length)));
    // The player names it, to import it when it is asked to.
    expect(naming.map(([each]) => each).filter((each) => each.endsWith(".html"))).toEqual([]);
    expect(naming).toHaveLength(1);
  });

  it("keeps all that the dashboard loads at 67 KB gzip, and its styles at 5.5 KB", async () => {
    const { names, js, css } = await loadedBy(/^dashboard\.html$/);
    expect(names.some((name) => /^assets\/dashboard-.*\.js$/.test(name))).toBe(true);
    expect(js).toBeLessThanOrEqual(67_000);
    expect(css).toBeLessThanOrEqual(5500);
    // The player is framed, and pages that play nothing do not load it.
    expect(names.filter((name) => /hls-engine|sluice-player/.test(name))).toEqual([]);
  });

  it.each([
    ["watch", 11, 260_000],
    ["embed", 6, 242_000],
    ["dashboard", 13, 73_000],
  ])("keeps the %s page at %d files and %d bytes gzip before it asks the API", async (name, most, bytes) => {
    const { names, js, css } = await loadedBy(new RegExp(`^${name}\\.html$`));
    expect(names.length + 1, names.join(" ")).toBeLessThanOrEqual(most);
    expect(js + css + (await gzipBytes(file(new RegExp(`^${name}\\.html$`))))).toBeLessThanOrEqual(bytes);
  });

  it("keeps all that the upload page loads at 34 KB gzip, and every style sheet at 3 KB", async () => {
    expect((await loadedBy(/^upload\.html$/)).js).toBeLessThanOrEqual(34_000);
    for (const [name, text] of files) {
      if (name.endsWith(".css")) expect(await gzipBytes(text), name).toBeLessThanOrEqual(3000);
    }
  });
});

describe("a player that a stranger embeds", () => {
  it("imports what it needs from beside itself, not from the embedding page", () => {
    const player = file(/^player\/sluice-player\.js$/);
    expect(player).toMatch(/import\([`"']\.\.\/assets\/hls-engine-[\w-]+\.js[`"']\)/);
    expect(player).not.toMatch(/[`"']\/assets\//);
  });
});

describe("pages", () => {
  it("hold no inline script, no inline style and no address of another host", () => {
    const pages = [...files].filter(([name]) => name.endsWith(".html"));
    expect(pages.map(([name]) => name).sort()).toEqual([
      "404.html",
      "dashboard.html",
      "docs.html",
      "embed.html",
      "index.html",
      "upload.html",
      "watch.html",
    ]);
    for (const [name, html] of pages) {
      expect(html, name).not.toMatch(/<script(?![^>]* src=)/);
      expect(html, name).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
      expect(html, name).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    }
  });
});
