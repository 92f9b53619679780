// `npm run deploy [-- --env staging]`: puts Sluice into your Cloudflare account. Creates what `wrangler deploy` does not,
// generates secrets once, applies migrations, and prints the first admin key once.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { unstable_readConfig } from "wrangler";
import {
  deployPlan,
  givenSecrets,
  missingSecrets,
  secretsFilePlaceholder,
  type Names,
} from "./deploy/plan.ts";
import { root } from "./setup.mjs";
import { newAdminKey } from "./stack/admin-key.ts";
import { buildWeb } from "./stack/bundle.ts";
import { newSecrets } from "./stack/secrets.ts";

const { values } = parseArgs({ options: { env: { type: "string" } } });
const inEnvironment = values.env === undefined ? [] : ["--env", values.env];
const scratch = mkdtempSync(join(tmpdir(), "sluice-deploy-"));

function ask(args: readonly string[]): { readonly ok: boolean; readonly output: string } {
  const run = spawnSync("wrangler", [...args, ...inEnvironment], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, CI: "1" },
  });
  return { ok: run.status === 0, output: `${run.stdout}${run.stderr}` };
}

function mustRun(why: string, args: readonly string[]): void {
  console.log(`- ${why}`);
  const words = [...args, ...inEnvironment];
  const run = spawnSync("wrangler", words, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, CI: "1" },
  });
  if (run.status !== 0)
    throw new Error(`${why}: \`wrangler ${words.join(" ")}\` failed; its output is above`);
}

function namesOfConfig(): Names {
  const config = unstable_readConfig({
    config: join(root, "wrangler.toml"),
    ...(values.env === undefined ? {} : { env: values.env }),
  });
  const database = config.d1_databases[0]?.database_name;
  if (database === undefined) throw new Error("wrangler.toml names no D1 database");
  const queues = (config.queues.consumers ?? []).map(({ queue }: { queue: string }) => queue);
  return { database, queues };
}

function queuesOfAccount(): readonly string[] {
  const listed = ask(["queues", "list"]);
  return listed.ok ? listed.output.split(/[\s│|]+/) : [];
}

async function firstAdminKey(database: string): Promise<string | null> {
  const counted = ask([
    "d1",
    "execute",
    database,
    "--remote",
    "--json",
    "--command",
    "SELECT COUNT(*) AS n FROM api_keys",
  ]);
  if (!counted.ok || !/"n":\s*0\b/.test(counted.output)) return null;
  const key = await newAdminKey("first admin");
  const file = join(scratch, "admin.sql");
  writeFileSync(file, key.sql, { mode: 0o600 });
  mustRun("make the first admin key", ["d1", "execute", database, "--remote", "--yes", "--file", file]);
  return key.token;
}

try {
  const names = namesOfConfig();
  if (!ask(["whoami"]).output.includes("You are logged in")) {
    throw new Error("Not logged in to Cloudflare. Run: npx wrangler login   (or set CLOUDFLARE_API_TOKEN)");
  }
  const generated = newSecrets();
  const missing = missingSecrets(Object.keys(generated), ask(["secret", "list"]));
  if (missing === null) {
    throw new Error("`wrangler secret list` failed, so it is not known which secrets are in use. Try again.");
  }
  const made = Object.fromEntries(Object.entries(generated).filter(([name]) => missing.includes(name)));
  const secrets: Readonly<Record<string, string>> = { ...made, ...givenSecrets(process.env) };
  const docker = spawnSync("docker", ["info"], { stdio: "ignore" }).status === 0;
  await buildWeb();
  const secretsFile = join(scratch, "secrets.json");
  writeFileSync(secretsFile, JSON.stringify(secrets), { mode: 0o600 });
  const plan = deployPlan(names, {
    databaseExists: ask(["d1", "info", names.database, "--json"]).ok,
    queues: queuesOfAccount(),
    missingSecrets: Object.keys(secrets),
    docker,
  });
  for (const { why, args } of plan) {
    mustRun(
      why,
      args.map((word) => (word === secretsFilePlaceholder ? secretsFile : word)),
    );
  }
  const token = await firstAdminKey(names.database);
  if (token !== null) console.log(`\nYour admin key, shown this once:\n  ${token}\n`);
  const shown = {
    RUNNER_TOKEN: "What a runner presents",
    METRICS_TOKEN: "What a scraper of /metrics presents",
  };
  for (const [name, what] of Object.entries(shown)) {
    if (secrets[name] !== undefined) console.log(`${what}, shown this once:\n  ${secrets[name]}\n`);
  }
  if (!docker) {
    console.log("No Docker here, so no runner image was built. Start a runner on any machine with FFmpeg:");
    console.log(
      "  SLUICE_RUNNER_TOKEN=… node transcoder/main.ts --url https://YOUR-WORKER   (docs/operations.md)",
    );
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
