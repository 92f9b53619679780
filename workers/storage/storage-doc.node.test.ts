// docs/storage.md against the code: every key shape, every table, every column, in both directions.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as keys from "./keys.ts";

const root = join(import.meta.dirname, "..", "..");
const page = readFileSync(join(root, "docs/storage.md"), "utf8");

/** Numbers that stand where the page has a placeholder. */
const version = 7001;
const chunk = 7002;
const attempt = 7003;
const stream = 7004;
const width = 7005;
const atMs = 7006;
const placeholders = new Map([
  [version, "{version}"],
  [chunk, "{chunk}"],
  [attempt, "{attempt}"],
  [stream, "{stream}"],
  [width, "{width}"],
  [atMs, "{milliseconds}"],
]);
const videoId = "{videoId}";
const track = "{track}";

/** A builder that is missing here does not compile. */
const built: { readonly [Builder in keyof typeof keys]: string } = {
  sourcePrefix: keys.sourcePrefix(videoId),
  sourceKey: keys.sourceKey(videoId),
  sourceKeyOf: keys.sourceKeyOf(videoId, null),
  replacementKey: keys.replacementKey(videoId, "{upload}"),
  videoPrefix: keys.videoPrefix(videoId),
  versionPrefix: keys.versionPrefix(videoId, version),
  initKey: keys.initKey(videoId, version, track),
  chunkKey: keys.chunkKey({ videoId, version, track, chunk, attempt }),
  indexKey: keys.indexKey(videoId, version, track),
  sourceLayoutKey: keys.sourceLayoutKey(videoId, version),
  sourceMapKey: keys.sourceMapKey(videoId, version),
  posterKey: keys.posterKey(videoId, version, width, attempt),
  subtitlesKey: keys.subtitlesKey(videoId, version, stream, attempt),
  thumbnailPackKey: keys.thumbnailPackKey(videoId, version, width, attempt),
  framesPrefix: keys.framesPrefix(videoId, version),
  frameKey: keys.frameKey(videoId, version, { atMs, width }),
  storyboardKey: keys.storyboardKey(videoId, version, attempt),
  previewKey: keys.previewKey(videoId, version, attempt),
  captionKey: keys.captionKey(videoId, "{caption}"),
  doctorProbeKey: keys.doctorProbeKey("{probe}"),
};

/** The rows of the table below a heading: the first cell of each, which is in backquotes. */
function firstCells(heading: string): readonly string[] {
  const from = page.indexOf(`\n${heading}\n`);
  if (from < 0) throw new Error(`docs/storage.md has no "${heading}"`);
  const section = page
    .slice(from + heading.length + 2)
    .split(/^#/m, 1)
    .join("");
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell]) => cell ?? "");
}

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

function tablesIn(path: string): readonly Table[] {
  const text = readFileSync(join(root, path), "utf8").replaceAll(/--.*$/gm, "");
  const tables = text.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+) \(([\s\S]*?)\)(?:;|"| WITHOUT ROWID)/g);
  return [...tables].map(([, name = "", body = ""]) => ({
    name,
    columns: [...body.matchAll(/(\w+) (?:TEXT|INTEGER|REAL|BLOB)\b/g)].map(([, column]) => column ?? ""),
  }));
}

/** Whose SQLite a file of the Worker writes to. */
const owners: readonly (readonly [prefix: string, owner: string])[] = [
  ["migrations/", "D1"],
  ["workers/access/revocation", "Revocations"],
  ["workers/analytics/", "SessionRecords"],
  ["workers/events/", "EventHub"],
  ["workers/uploads/", "UploadSession"],
  ["workers/transcoding/", "TranscodeScheduler"],
];

function ownerOf(path: string): string {
  const owner = owners.find(([prefix]) => path.startsWith(prefix))?.[1];
  if (owner === undefined) throw new Error(`say whose tables ${path} makes, here and in docs/storage.md`);
  return owner;
}

const sources = [
  ...globSync("migrations/*.sql", { cwd: root }),
  ...globSync("workers/**/*.ts", { cwd: root }),
].filter((path) => !path.endsWith(".test.ts"));
/** `table.column`, of every migration that adds one. */
const added = globSync("migrations/*.sql", { cwd: root }).flatMap((path) => {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(/^ALTER TABLE (\w+) ADD COLUMN (\w+) /gm)].map(([, table = "", column = ""]) => ({
    table,
    column,
  }));
});

/** A table that is made anew takes the name of the one it replaces. */
const renamed = new Map(
  globSync("migrations/*.sql", { cwd: root }).flatMap((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return [...text.matchAll(/^ALTER TABLE (\w+) RENAME TO (\w+);/gm)].map(([, from = "", to = ""]) => [
      from,
      to,
    ]);
  }),
);

const made = sources.toSorted().flatMap((path) =>
  tablesIn(path).map(({ name, columns }) => {
    const later = added.filter(({ table }) => path.startsWith("migrations/") && table === name);
    const all = [...columns, ...later.map(({ column }) => column)];
    return [`### ${ownerOf(path)} \`${renamed.get(name) ?? name}\``, all] as const;
  }),
);
// The last one of a name is what there is.
const tables = [...new Map(made)];

it("names every key of R2, and no other", () => {
  expect(Object.keys(built).toSorted()).toEqual(Object.keys(keys).toSorted());
  const shapes = Object.values(built).map((key) =>
    [...placeholders].reduce((shape, [number, name]) => shape.replaceAll(String(number), name), key),
  );
  const told = firstCells("## R2: bucket `sluice-media`, binding `MEDIA`");
  // Two builders may make the same key.
  expect(told.toSorted()).toEqual([...new Set(shapes)].toSorted());
});

it("has a heading for every table of D1 and of the Durable Objects, and for no other", () => {
  const told = [
    ...page.matchAll(
      /^### (?:D1|UploadSession|TranscodeScheduler|EventHub|Revocations|SessionRecords) `\w+`$/gm,
    ),
  ].map(([heading]) => heading);
  expect(new Set(told)).toEqual(new Set(tables.map(([heading]) => heading)));
  expect(told).toHaveLength(tables.length);
});

it.each(tables)("%s: every column, and no other", (heading, columns) => {
  expect(columns.length).toBeGreaterThan(0);
  expect(firstCells(heading).toSorted()).toEqual(columns.toSorted());
});

it("tells of every Durable Object and every queue of wrangler.toml", () => {
  const toml = readFileSync(join(root, "wrangler.toml"), "utf8");
  const named = [
    ...toml.matchAll(/^(?:class_name|queue|dead_letter_queue|database_name|bucket_name) = "(.+)"$/gm),
  ];
  expect(named.length).toBeGreaterThan(0);
  for (const [, name] of named) expect(page).toContain(`\`${name}\``);
});
