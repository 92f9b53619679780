// `npm run restore -- DIR [--data .sluice | --url https://… [--env production]]`: a backup into an empty stack
// (docs/backup.md). What is wrong with it is said before anything is changed.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { must, Refusal } from "./backup/checked.ts";
import { localFingerprint, openLocal } from "./backup/local-target.ts";
import { checkKey } from "./backup/manifest.ts";
import { readBackup } from "./backup/read-backup.ts";
import { openRemote } from "./backup/remote-target.ts";
import { rehearse, restoreBackup } from "./backup/restore-backup.ts";
import { root } from "./setup.mjs";

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      data: { type: "string", default: ".sluice" },
      url: { type: "string" },
      env: { type: "string" },
    },
  });
  const { url, env } = values;
  const [from] = positionals;
  if (from === undefined) throw new Refusal("say which backup: npm run restore -- DIR");
  if (env !== undefined && url === undefined) throw new Refusal("--env goes with --url https://…");
  const backup = await readBackup(resolve(from));
  rehearse(backup);
  const dataDirectory = resolve(root, values.data);
  if (url === undefined) must(checkKey(backup.manifest, await localFingerprint(dataDirectory)));
  const target =
    url === undefined
      ? await openLocal(dataDirectory, true)
      : openRemote({ env, url, variables: process.env });
  try {
    must(checkKey(backup.manifest, await target.deployment.sealingKeyFingerprint()));
    await restoreBackup(target, backup, (line) => console.log(`- ${line}`));
    console.log("Restored. Ask the doctor next: GET /v1/doctor.");
  } finally {
    await target.close();
  }
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
}
