// Wrangler inherits no variable and no binding: what an environment of wrangler.toml lacks, its Worker lacks.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import { queueKind } from "#workers/outbox/queue-kind.ts";
import { root } from "../setup.mjs";
import { buildWeb, run } from "../stack/bundle.ts";

const environments = ["dev", "staging", "production"] as const;

/** What is looked at of what wrangler read. */
interface Config {
  readonly name: string;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly secrets?: { readonly required?: readonly string[] };
  readonly d1_databases: readonly {
    readonly binding: string;
    readonly database_name: string;
    readonly migrations_dir: string;
  }[];
  readonly r2_buckets: readonly { readonly binding: string; readonly bucket_name: string }[];
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[];
  };
  readonly queues: {
    readonly producers: readonly { readonly binding: string; readonly queue: string }[];
    readonly consumers: readonly { readonly queue: string; readonly dead_letter_queue?: string }[];
  };
  readonly ratelimits: readonly { readonly name: string; readonly namespace_id: string }[];
  readonly containers: readonly { readonly name: string; readonly class_name: string }[];
  readonly triggers: { readonly crons: readonly string[] };
  readonly migrations: readonly { readonly tag: string }[];
  readonly assets: unknown;
  readonly observability: unknown;
  readonly compatibility_flags: unknown;
}

const configOf = (env?: string) =>
  unstable_readConfig({
    config: join(root, "wrangler.toml"),
    ...(env === undefined ? {} : { env }),
  }) as Config;

/** Everything that a Worker is given, by names that are the same in each environment. */
function given(config: Config) {
  const { queues, triggers, migrations, vars, secrets, assets, observability, compatibility_flags } = config;
  return {
    vars: Object.keys(vars).toSorted(),
    secrets: secrets?.required?.toSorted(),
    databases: config.d1_databases.map(({ binding, migrations_dir }) => [binding, migrations_dir]),
    buckets: config.r2_buckets.map(({ binding }) => binding),
    objects: config.durable_objects.bindings.map(({ name, class_name }) => [name, class_name]),
    producers: queues.producers.map(({ binding, queue }) => [binding, queueKind(queue)]),
    consumers: queues.consumers.map(({ queue, dead_letter_queue, ...rest }) => ({
      ...rest,
      queue: queueKind(queue),
      dead: dead_letter_queue === undefined ? null : queueKind(dead_letter_queue),
    })),
    limits: config.ratelimits.map(({ name }) => name),
    containers: config.containers.map(({ class_name }) => class_name),
    crons: triggers.crons,
    tags: migrations.map(({ tag }) => tag),
    ...{ assets, observability, compatibility_flags },
  };
}

/** What two deployments of one account must not share. */
function owned(config: Config): readonly string[] {
  return [
    `Worker ${config.name}`,
    ...config.d1_databases.map(({ database_name }) => `database ${database_name}`),
    ...config.r2_buckets.map(({ bucket_name }) => `bucket ${bucket_name}`),
    ...config.queues.consumers.map(({ queue }) => `queue ${queue}`),
    ...config.ratelimits.map(({ namespace_id }) => `limits ${namespace_id}`),
    ...config.containers.map(({ name }) => `containers ${name}`),
  ];
}

describe.each(environments)("%s", (env) => {
  it("lacks no variable, binding, queue, cron or migration", () => {
    expect(given(configOf(env))).toEqual(given(configOf()));
  });
});

it("environments share nothing, and production is what is deployed without one", () => {
  const all = environments.flatMap((env) => owned(configOf(env)));
  expect(new Set(all).size).toBe(all.length);
  expect(owned(configOf("production"))).toEqual(owned(configOf()));
});

describe("a dry run of the deploy", () => {
  const directory = mkdtempSync(join(tmpdir(), "sluice-environments-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  // One stands for all, which the test above holds to be alike.
  it("passes for staging", async () => {
    await buildWeb();
    const output = await run("wrangler", [
      ...["deploy", "--dry-run", "--containers-rollout", "none"],
      ...["--env", "staging", "--outdir", join(directory, "staging")],
    ]);
    const [database] = configOf("staging").d1_databases;
    expect(output).toContain(`env.DB (${database?.database_name})`);
    expect(output).not.toMatch(/warning/i);
  });
});
