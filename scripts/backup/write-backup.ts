// A backup is a folder: a manifest with the checksum of every part, rows as lines of JSON, objects by their content.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { release } from "#workers/release.ts";
import { isSmall } from "./bucket.ts";
import { Refusal } from "./checked.ts";
import { ephemeralTables, newManifest, writeManifest, type Manifest, type Part } from "./manifest.ts";
import type { Target } from "./target.ts";

export interface BackupOptions {
  readonly out: string;
  readonly media: boolean;
  readonly say: (line: string) => void;
}

export async function writeBackup(target: Target, { out, media, say }: BackupOptions): Promise<Manifest> {
  if (existsSync(out)) throw new Refusal(`${out} is there already: a backup goes into a folder of its own`);
  // Under another name until it is whole: what was cut short is not taken for a backup.
  const directory = `${out}.partial`;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, "tables"), { recursive: true });
  const sealingKeyFingerprint = await target.deployment.sealingKeyFingerprint();
  // Rows before objects: objects that no row names do no harm.
  const dump = await target.dump();
  const tables = [];
  for (const table of dump.names.filter((name) => !ephemeralTables.includes(name))) {
    const part = await writeLines(directory, `tables/${table}.ndjson`, dump.rows(table));
    tables.push({ table, ...part });
  }
  dump.close();
  say(`${tables.reduce((sum, { rows }) => sum + rows, 0)} rows of ${tables.length} tables`);
  const revocations = await writeLines(
    directory,
    "revocations.ndjson",
    await target.deployment.revocations(),
  );
  say(`${revocations.rows} revocations`);
  const objects = await writeLines(directory, "objects.ndjson", objectsOf(target, directory, media));
  say(`${objects.rows} objects${media ? "" : ": indexes and texts; media stays in its bucket"}`);
  const manifest = newManifest({
    release,
    madeAt: new Date().toISOString(),
    needs: { sealingKeyFingerprint },
    migrations: dump.migrations,
    tables,
    leftOut: ephemeralTables.filter((name) => dump.names.includes(name)),
    revocations,
    objects,
    hasMedia: media,
  });
  writeFileSync(join(directory, "manifest.json"), writeManifest(manifest));
  renameSync(directory, out);
  return manifest;
}

async function* objectsOf(target: Target, directory: string, media: boolean) {
  for await (const key of target.bucket.keys()) {
    if (!media && !isSmall(key)) continue;
    const object = await target.bucket.fetchInto(join(directory, "objects"), key);
    if (object !== null) yield object;
  }
}

async function writeLines(
  directory: string,
  file: string,
  lines: Iterable<object> | AsyncIterable<object>,
): Promise<Part> {
  const stream = createWriteStream(join(directory, file), { mode: 0o600 });
  const hash = createHash("sha256");
  let rows = 0;
  let sizeBytes = 0;
  for await (const line of lines) {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    hash.update(bytes);
    rows += 1;
    sizeBytes += bytes.length;
    if (!stream.write(bytes)) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "close");
  return { file, sizeBytes, sha256: hash.digest("hex"), rows };
}
