// A backup read whole and checked before anything is changed by it.
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathOf, type StoredObject } from "./bucket.ts";
import { err, must, Refusal, type Checked } from "./checked.ts";
import { partsOf, readManifest, sha256Of, type Manifest, type Part } from "./manifest.ts";
import type { RestoredTable } from "./restore-script.ts";
import type { Row } from "./rows.ts";

export interface Backup {
  readonly manifest: Manifest;
  readonly tables: readonly RestoredTable[];
  readonly revocations: readonly Row[];
  readonly objects: readonly StoredObject[];
  /** Where the objects lie. */
  readonly directory: string;
}

export async function readBackup(directory: string): Promise<Backup> {
  const path = join(directory, "manifest.json");
  if (!existsSync(path)) throw new Refusal(`${directory} is no backup: it has no manifest.json`);
  const manifest = must(readManifest(readFileSync(path, "utf8")));
  for (const part of partsOf(manifest)) must(checkPart(directory, part));
  // Checked by their sums: each line is what was written.
  const lines = ({ file }: Part) => linesOf(readFileSync(join(directory, file), "utf8"));
  const objects = lines(manifest.objects) as readonly StoredObject[];
  const held = join(directory, "objects");
  for (const object of objects) must(await checkObject(held, object));
  return {
    manifest,
    tables: manifest.tables.map((part) => ({ table: part.table, rows: lines(part) as readonly Row[] })),
    revocations: lines(manifest.revocations) as readonly Row[],
    objects,
    directory: held,
  };
}

const linesOf = (text: string): readonly unknown[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);

function checkPart(directory: string, { file, sizeBytes, sha256 }: Part): Checked<null> {
  const path = join(directory, file);
  if (!existsSync(path)) return err(`the backup lacks ${file}`);
  const { size } = statSync(path);
  if (size !== sizeBytes) return err(`${file} has ${size} bytes, not the ${sizeBytes} that were written`);
  if (sha256Of(readFileSync(path)) !== sha256)
    return err(`${file} is not as it was written: its checksum is another`);
  return { ok: true, value: null };
}

async function checkObject(
  directory: string,
  { key, sizeBytes, sha256 }: StoredObject,
): Promise<Checked<null>> {
  const path = pathOf(directory, sha256);
  if (!existsSync(path)) return err(`the backup lacks the object ${key}`);
  const { size } = statSync(path);
  if (size !== sizeBytes) return err(`the object ${key} has ${size} bytes, not ${sizeBytes}`);
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(path)) hash.update(bytes as Uint8Array);
  return hash.digest("hex") === sha256
    ? { ok: true, value: null }
    : err(`the object ${key} is not as it was written: its checksum is another`);
}
