// Pure. What a backup says of itself, and whether what is there is what was written.
import { createHash } from "node:crypto";
import { err, type Checked } from "./checked.ts";

/** Counts up when what is written can't be read by what was there before. */
const format = 1;

export interface Part {
  /** Below the backup's folder. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Lines of it. */
  readonly rows: number;
}

export interface TablePart extends Part {
  readonly table: string;
}

export interface Manifest {
  readonly format: number;
  /** Of Sluice, when it was made. */
  readonly release: string;
  readonly madeAt: string;
  /** What is sealed in the rows opens with this key alone; no secret is in a backup. */
  readonly needs: { readonly sealingKeyFingerprint: string };
  /** Applied, in order. */
  readonly migrations: readonly string[];
  readonly tables: readonly TablePart[];
  /** Tables whose rows are not in it: what is in them means nothing elsewhere. */
  readonly leftOut: readonly string[];
  readonly revocations: Part;
  readonly objects: Part;
  /** All objects of the bucket are in it, not the small ones alone. */
  readonly hasMedia: boolean;
}

/**
 * Rows that belong to the moment or to a browser: answers kept for those who ask again, dashboard sessions, when what
 * ran last.
 */
export const ephemeralTables: readonly string[] = [
  "dashboard_sessions",
  "heartbeats",
  "idempotency_keys",
  "runners",
];

export const newManifest = (rest: Omit<Manifest, "format">): Manifest => ({ format, ...rest });

export const sha256Of = (text: string | Uint8Array): string =>
  createHash("sha256").update(text).digest("hex");

export function writeManifest(manifest: Manifest): string {
  const sha256 = sha256Of(JSON.stringify(manifest));
  return `${JSON.stringify({ sha256, manifest }, null, 2)}\n`;
}

export function readManifest(text: string): Checked<Manifest> {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return err("manifest.json is no JSON: the backup is cut short, or no backup of Sluice");
  }
  if (typeof read !== "object" || read === null || !("manifest" in read) || !("sha256" in read))
    return err("manifest.json is none of a backup of Sluice");
  const { manifest, sha256 } = read;
  if (sha256Of(JSON.stringify(manifest)) !== sha256)
    return err("manifest.json is not as it was written: its checksum is another");
  // Checked by its sum: what is inside is what `writeManifest` was given, maybe by another release.
  const known = manifest as Manifest;
  if (known.format !== format) {
    return err(
      `the backup is of format ${known.format}, this release reads ${format}: restore it with release ${known.release}`,
    );
  }
  return { ok: true, value: known };
}

export const partsOf = ({ tables, revocations, objects }: Manifest): readonly Part[] => [
  ...tables,
  revocations,
  objects,
];

/** Migrations are forward only and stay: one that is not here is of a later release. */
export function checkMigrations(manifest: Manifest, here: readonly string[]): Checked<null> {
  const unknown = manifest.migrations.filter((name) => !here.includes(name));
  if (unknown.length === 0) return { ok: true, value: null };
  return err(
    `the backup is of a later release (${manifest.release}): its migration ${unknown[0]} is not here. Restore it with that release`,
  );
}

export function checkKey(manifest: Manifest, fingerprint: string): Checked<null> {
  const needed = manifest.needs.sealingKeyFingerprint;
  if (needed === fingerprint) return { ok: true, value: null };
  return err(
    `the SEALING_KEY here is another (${fingerprint}) than the backup's (${needed}): signing keys and secrets of webhooks would be lost. ` +
      "Set the SEALING_KEY of the deployment that was backed up, then restore",
  );
}
