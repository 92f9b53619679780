// `npm run backup -- --out DIR [--data .sluice | --url https://… [--env production]] [--media]`: rows, indexes and
// revocations of a local stack or a deployment, in a folder (docs/backup.md).
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Refusal } from "./backup/checked.ts";
import { openLocal } from "./backup/local-target.ts";
import { openRemote } from "./backup/remote-target.ts";
import { writeBackup } from "./backup/write-backup.ts";
import { root } from "./setup.mjs";

try {
  const { values } = parseArgs({
    options: {
      out: { type: "string" },
      data: { type: "string", default: ".sluice" },
      url: { type: "string" },
      env: { type: "string" },
      media: { type: "boolean", default: false },
    },
  });
  const { url, env } = values;
  if (values.out === undefined) throw new Refusal("say where to: --out DIR");
  if (env !== undefined && url === undefined) throw new Refusal("--env goes with --url https://…");
  const out = resolve(values.out);
  const target =
    url === undefined
      ? await openLocal(resolve(root, values.data), false)
      : openRemote({ env, url, variables: process.env });
  try {
    const manifest = await writeBackup(target, {
      out,
      media: values.media,
      say: (line) => console.log(`- ${line}`),
    });
    console.log(
      `${out} is a backup. To restore it takes the SEALING_KEY ${manifest.needs.sealingKeyFingerprint}, which is not in it: keep it apart.`,
    );
  } finally {
    await target.close();
  }
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
}
