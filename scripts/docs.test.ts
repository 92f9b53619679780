// The documentation against the tree: files it names exist, links lead somewhere, every setting is explained.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { metrics } from "#workers/metrics/names.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const captured = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, found]) => found ?? "");

const pages: readonly string[] = ["README.md", "CHANGELOG.md", ...globSync("docs/**/*.md", { cwd: root })];
const operations = read("docs/operations.md");
const coverage = read("docs/coverage.md");

/** As GitHub names a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");

const anchorsOf = (text: string) => captured(text, /^#+ (.+)$/gm).map(anchorOf);

describe("links", () => {
  it.each(pages)("of %s lead to a file, and to a heading where they name one", (page) => {
    const links = captured(read(page), /\]\(([^)\s]+)\)/g).filter((link) => !/^[a-z]+:/.test(link));
    const broken = links.filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? join(root, page) : resolve(root, dirname(page), path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(target, "utf8")).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("number every decision once, from 1 on", () => {
    const numbers = globSync("docs/decisions/*.md", { cwd: root }).map((path) =>
      Number(/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]),
    );
    const sorted = numbers.toSorted((a, b) => a - b);
    expect(sorted).toEqual(sorted.map((_, index) => index + 1));
  });
});

describe("docs/coverage.md", () => {
  it("names files that exist", () => {
    const named = captured(coverage, /`([\w./-]+\/[\w.-]+\.ts)`/g);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe("docs/operations.md", () => {
  const toml = read("wrangler.toml");
  const tableOf = (name: string) => toml.split(`[${name}]`)[1]?.split(/^\[/m)[0] ?? "";
  const settings = [
    ...captured(tableOf("vars"), /^([A-Z_]+) =/gm),
    ...captured(tableOf("secrets"), /"([A-Z_]+)"/g),
    ...captured(toml, /^binding = "(\w+)"$/gm),
    ...captured(read("workers/env.ts"), /readonly ([A-Z][A-Z_]+):/g),
    ...captured(read("transcoder/config.ts"), /env\["(\w+)"\]/g),
  ];

  it.each([...new Set(settings)])("explains %s", (setting) => {
    expect(operations).toContain(`\`${setting}\``);
  });

  it("tells the defaults that wrangler.toml has", () => {
    for (const [, name, value] of tableOf("vars").matchAll(/^([A-Z_]+) = "(.*)"$/gm)) {
      expect(operations).toContain(`| \`${name}\` | ${value} |`);
    }
  });

  it("explains every flag of the runner", () => {
    const flags = captured(read("transcoder/config.ts").split("const usage")[1] ?? "", /(--[a-z-]+)/g);
    expect(flags.length).toBeGreaterThan(0);
    expect(flags.filter((flag) => !operations.includes(`\`${flag}\``))).toEqual([]);
  });

  it("names every metric", () => {
    const gauges = captured(read("workers/metrics/routes.ts"), /"(transcoding_\w+)"/g);
    const names = [...Object.keys(metrics), ...gauges];
    expect(names.filter((name) => !operations.includes(`| \`${name}\` |`))).toEqual([]);
  });
});

it("README.md names scripts of package.json only", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = captured(read("README.md"), /\bnpm (?:run )?([a-z:]+)/g);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
