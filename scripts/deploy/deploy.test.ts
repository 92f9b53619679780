// `npm run deploy` against a stand-in for the wrangler command that answers as an empty account does: what is
// run, in which order, with which secrets, and what a person is shown.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { root } from "../setup.mjs";

let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "sluice-deploy-test-"));
});
afterEach(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** Keeps a copy of every file that it is handed: the script removes its own. */
const wrangler = `#!/usr/bin/env bash
echo "$*" >> "$RECORD/commands"
case "$*" in
  whoami) echo "You are logged in with an API Token" ;;
  "queues list") echo "│ sluice-transcode │" ;;
  "d1 info "*) exit 1 ;;
  "secret list") echo "This Worker does not exist [code: 10007]"; exit 1 ;;
  *"SELECT COUNT"*) echo '[{"results":[{"n": 0}]}]' ;;
  *--file*) for arg; do [ -f "$arg" ] && cp "$arg" "$RECORD/admin.sql"; done ;;
  *--secrets-file*) for arg; do [ -f "$arg" ] && cp "$arg" "$RECORD/secrets.json"; done; : ;;
esac
`;

function deploy(): Promise<{ readonly code: number | null; readonly output: string }> {
  for (const [name, text] of [
    ["wrangler", wrangler],
    ["docker", "#!/usr/bin/env bash\nexit 1\n"],
  ] as const) {
    writeFileSync(join(scratch, name), text);
    chmodSync(join(scratch, name), 0o755);
  }
  const child = spawn(process.execPath, [join(root, "scripts", "deploy.ts")], {
    env: { ...process.env, RECORD: scratch, PATH: `${scratch}:${process.env["PATH"]}` },
  });
  let output = "";
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (output += bytes.toString()));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

test(
  "an empty account gets database, missing queues, migrations, code and secrets, and one admin key",
  { timeout: 60_000 },
  async () => {
    const { code, output } = await deploy();
    expect(output).toContain("Your admin key, shown this once:");
    expect(code).toBe(0);
    const commands = readFileSync(join(scratch, "commands"), "utf8").trim().split("\n");
    const changes = commands.filter((line) => /^(d1 create|queues create|d1 migrations|deploy)/.test(line));
    expect(changes.map((line) => line.replace(/\S+secrets\.json/, "FILE"))).toEqual([
      "d1 create sluice",
      "queues create sluice-transcode-priority",
      "queues create sluice-erase",
      "queues create sluice-webhooks",
      "queues create sluice-webhooks-dead",
      "queues create sluice-transcode-dead",
      "queues create sluice-transcode-priority-dead",
      "queues create sluice-erase-dead",
      "d1 migrations apply sluice --remote",
      "deploy --secrets-file FILE --containers-rollout none --var RUNNER_FLEET:external",
    ]);

    const secrets = JSON.parse(readFileSync(join(scratch, "secrets.json"), "utf8")) as Record<string, string>;
    expect(Object.keys(secrets).sort()).toEqual([
      "METRICS_TOKEN",
      "OBJECT_URL_KEY",
      "RUNNER_TOKEN",
      "SEALING_KEY",
      "SESSION_KEYS",
    ]);
    const token = /sluice_key_\w+/.exec(output)?.[0] ?? "";
    const sql = readFileSync(join(scratch, "admin.sql"), "utf8");
    expect(sql).toContain(token.slice("sluice_".length, "sluice_".length + 30));
    expect(sql).not.toContain(token.slice(-20));

    // What was secret is on no disk and in no argument.
    const file = /--secrets-file (\S+)/.exec(commands.join("\n"))?.[1] ?? "";
    expect(existsSync(file)).toBe(false);
    for (const secret of Object.values(secrets)) expect(commands.join("\n")).not.toContain(secret);
    expect(output).toContain("Start a runner on any machine with FFmpeg");
    // Nobody could start one otherwise: a secret can't be read back.
    expect(output).toContain(secrets["RUNNER_TOKEN"]);
    expect(output).not.toContain(secrets["OBJECT_URL_KEY"]);
  },
);
